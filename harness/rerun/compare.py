"""What of a run that was trained again is not as it was: its numbers, and what it was made with."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.run import Run
from harness.trial.fingerprint import device, own_modules, versions
from harness.trial.inputs import Inputs
from harness.trial.origin import DIFF, FOLDER, PACKAGES, changed_files, from_text, git_commit, packages, uncommitted
from harness.trial.origin import OWN as OWN_CODE
from harness.trial.points import MEASURED

FORECAST = "forecast"
DIRTY = "-dirty"


@dataclass(frozen=True)
class Difference:
    """One number that is not the same; None: the run has it not. step: of a curve, or the place in test.npz."""

    name: str
    step: int
    kept: float | None
    now: float | None


def differences(kept: Run, now: Run) -> tuple[list[Difference], int]:
    """(the numbers of two runs that differ in any digit, how many there are in all).

    All points of all metrics count, but for those of the machine, and every forecast.
    """
    found, before, after = [], _numbers(kept), _numbers(now)
    keys = dict.fromkeys([*before, *after])
    for name, step in keys:
        one, other = before.get((name, step)), after.get((name, step))
        if one is None or other is None or not (one == other or (np.isnan(one) and np.isnan(other))):
            found.append(Difference(name, step, one, other))
    return found, len(keys)


def _numbers(run: Run) -> dict[tuple[str, int], float]:
    points = {name: values for name, values in run.points.items() if name not in MEASURED}
    numbers = {(name, int(step)): float(value) for name, values in points.items() for step, value in values}
    forecast = np.ravel(run.test.get(FORECAST, ()))
    return numbers | {(FORECAST, place): float(value) for place, value in enumerate(forecast)}


def changes(kept: Run, inputs: Inputs) -> list[str]:
    """Where what decides the numbers is not what the run was made with, a sentence each; inputs: those of now."""
    hashes = {"data": inputs.data_hash, "weights": inputs.weights_hash}
    found = [f"The {name} are not those of the run" for name, now in hashes.items() if kept.tags[f"{name}_hash"] != now]
    return [*found, *_of_machine(kept), *_of_packages(kept), *_of_code(kept), *_of_own_code(kept)]


def _of_machine(kept: Run) -> list[str]:
    now = {"version_python": versions()["python"], "device": device()}
    names = {"version_python": "Python", "device": "device"}
    pairs = {key: (kept.tags.get(key), value) for key, value in now.items()}
    return [f"{names[key]}: {was} -> {value}" for key, (was, value) in pairs.items() if was not in (None, value)]


def _of_packages(kept: Run) -> list[str]:
    file = kept.files.path(f"{FOLDER}/{PACKAGES}")
    if not file.exists():
        return ["The run has kept no list of packages"]
    return [f"Package {line}" for line in _between(from_text(file.read_text("utf-8")), packages())]


def _of_code(kept: Run) -> list[str]:
    was, now = kept.tags.get("git_commit", "none"), git_commit()
    found = []
    if was.removesuffix(DIRTY) != now.removesuffix(DIRTY):
        found.append(f"Commit: {was.removesuffix(DIRTY)} -> {now.removesuffix(DIRTY)}")
    file = kept.files.path(f"{FOLDER}/{DIFF}")
    before = dict(changed_files(file.read_text("utf-8"))) if file.exists() else {}
    after = dict(changed_files(uncommitted()))
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if changed:
        how = f", the run's are in its {FOLDER}/{DIFF}" if before else ""
        found.append(f"Changes that no commit holds differ in {', '.join(changed)}{how}")
    return found


def _of_own_code(kept: Run) -> list[str]:
    now = {file.name: file for file in own_modules(kept.config)}
    place = kept.files.path(f"{FOLDER}/{OWN_CODE}")
    was = {file.name: file for file in sorted(place.glob("*"))} if place.is_dir() else {}
    differ = [name for name in now if name in was and was[name].read_bytes() != now[name].read_bytes()]
    return [f"Your own module {name} is another than the run's, which is in its {FOLDER}/{OWN_CODE}" for name in differ]


def _between(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    pairs = {name: (was.get(name, "none"), now.get(name, "none")) for name in sorted({*was, *now}, key=str.lower)}
    return [f"{name}: {before} -> {after}" for name, (before, after) in pairs.items() if before != after]
