"""What a sweep would run: every trial composed, read and fingerprinted, without TensorFlow."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from omegaconf import DictConfig

from harness.config.build import build_data, build_part, places_of_seed, resolve
from harness.config.keys import GROUPS, kind_of, leaves
from harness.config.overrides import NESTED_CHOICES
from harness.config.schema import check_config, check_part
from harness.config.values import check_value
from harness.config.variant import SHORT, labels_of
from harness.data.digest import digest
from harness.errors import HarnessError, InputError
from harness.kinds import Config
from harness.processes.tensorflow import import_tensorflow
from harness.spec import Dataset, Scheme
from harness.sweep.composition import Composition
from harness.sweep.grid import check_excluded, combinations, matches, planned_values
from harness.trial.fingerprint import array_hash, code_hash, fingerprint
from harness.weights.weights import evaluation_weights, training_weights

# (the resolved config of a job, the names of its files in GROUPS, those of all places).
Composed: TypeAlias = tuple[Config, Mapping[str, str], Mapping[str, str]]
# An override that sets the seed, as a range of seeds writes it.
SEED = re.compile(r"seed=(0|[1-9][0-9]*)")
# Of `sweep.until`.
PLANNED, DECIDED = "planned", "decided"


@dataclass(frozen=True)
class Planned:
    """One trial of a sweep.

    overrides: what makes it; labels: see `labels_of`; config: resolved; names: the choices of GROUPS; fingerprint: None
    where its data or weights are refused, for the reason in `refusal`; notes: those of its data set.
    """

    overrides: Sequence[str]
    labels: Mapping[str, str]
    config: Config
    names: Mapping[str, str]
    fingerprint: str | None
    refusal: str = ""
    notes: Sequence[str] = ()


class Planner:
    """Plans trials; what several of them share, files of conf/, data and weights, is read once.

    Args:
        config: the sweep's own composed config; loader: Hydra's.
    """

    def __init__(self, config: DictConfig, loader: Any):
        self._config, self._loader = config, loader
        self._compose, self._read = _composer(config, loader), _reader()

    def plan(self, params: Mapping[str, str], arguments: Sequence[str]) -> list[Planned]:
        """Every trial of the sweep in order, holes left out; params, arguments: see `combinations`.

        Raises:
            InputError, or Hydra's own errors: an override that no trial could be composed with, a value that is
                refused (see `check_config`), an exclusion of what is not there, or of all.
        """
        sweep = resolve(self._config)["sweep"]
        jobs = combinations(self._loader, params, arguments, sweep["zip"], sweep["include"])
        composed = [(overrides, labels_of(overrides), *self._compose(overrides)) for overrides in jobs]
        excluded, values = sweep["exclude"], []
        if excluded:
            values = [_values(resolved, choices, labels) for _, labels, resolved, _, choices in composed]
        check_excluded(excluded, values, planned_values(self._loader, params))
        planned = [
            self._planned(overrides, labels, resolved, names)
            for place, (overrides, labels, resolved, names, _) in enumerate(composed)
            if not any(matches(each, values[place]) for each in excluded)
        ]
        if not planned:
            found = f"it leaves none of the {len(jobs)} trials"
            raise InputError("sweep.exclude", found, "Take a combination out of it, or sweep over more values")
        return planned

    def with_seed(self, trial: Planned, seed: int) -> Planned:
        """The same trial with another seed."""
        kept = [text for text in trial.overrides if text.partition("=")[0].lstrip("+") != "seed"]
        overrides = [*kept, f"seed={seed}"]
        resolved, names, _ = self._compose(overrides)
        return self._planned(overrides, trial.labels, resolved, names)

    def _planned(
        self, overrides: Sequence[str], labels: Mapping[str, str], resolved: Config, names: Mapping[str, str]
    ) -> Planned:
        try:
            if resolved["search"]:
                build_part(resolved, "search").space_of(resolved, labels)
            (found, notes), refusal = self._read(resolved), ""
        except HarnessError as error:
            found, notes, refusal = None, (), str(error)
        return Planned(overrides, labels, resolved, names, found, refusal, notes)


def check_losses(trials: Sequence[Planned]) -> None:
    """Checks what trials set below `loss`: only Keras's own classes can tell, and those take seconds to import.

    Raises:
        InputError: see `check_part`.
    """
    set_by_hand = [trial for trial in trials if any(_is_argument_of_loss(key) for key in trial.labels)]
    if set_by_hand:
        import_tensorflow()
    for node in {json.dumps(trial.config["loss"]) for trial in set_by_hand}:
        check_part("loss", json.loads(node))


def _is_argument_of_loss(key: str) -> bool:
    return key.startswith("loss.") and key not in NESTED_CHOICES


def identity(planned: Sequence[Planned], until: str) -> str:
    """Six hexadecimal digits that two sweeps share if they hold the same trials, and run until the same."""
    parts = sorted(trial.fingerprint or " ".join(trial.overrides) for trial in planned)
    parts += [] if until == PLANNED else [until]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:6]


def _composer(config: DictConfig, loader: Any) -> Callable[[Sequence[str]], Composed]:
    """(the resolved config, the names of its files in GROUPS, those of all places) of a job's overrides.

    Jobs that differ in their seeds alone are resolved once.
    """
    composition = Composition(config, loader)
    # And where the seed stands in each.
    resolved_once: dict[tuple[str, ...], tuple[list[tuple[str, ...]] | None, Composed]] = {}

    def whole(overrides: Sequence[str]) -> tuple[list[tuple[str, ...]] | None, Composed]:
        composed, choices = composition.own(overrides)
        names = {group: choices[group] for group in GROUPS}
        chosen = {SHORT.get(str(place), str(place)): name for place, name in choices.items()}
        return places_of_seed(composed), (resolve(composed), names, chosen)

    def compose(overrides: Sequence[str]) -> Composed:
        others = tuple(text for text in overrides if not SEED.fullmatch(text))
        seeds = [int(text.partition("=")[2]) for text in overrides if SEED.fullmatch(text)]
        if others not in resolved_once:
            resolved_once[others] = whole(overrides)
        places, (resolved, names, chosen) = resolved_once[others]
        if places is None or len(seeds) != 1:
            return whole(overrides)[1]
        reseeded = _with_seed(resolved, places, seeds[0])
        check_config(reseeded) if len(places) > 1 else check_value("seed", seeds[0], kind_of("seed"))
        return reseeded, names, chosen

    return compose


def _with_seed(resolved: Config, places: Iterable[tuple[str, ...]], seed: int) -> dict[str, Any]:
    """A copy of a resolved config with the seed in these places; it shares the sections without them."""
    reseeded = dict(resolved)
    for *sections, name in places:
        node = reseeded
        for section in sections:
            node[section] = dict(node[section])
            node = node[section]
        node[name] = seed
    return reseeded


def _values(resolved: Config, choices: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, tuple[object, ...]]:
    """What the value of each key of a trial may be called in `sweep.exclude`: see `matches`."""
    values: dict[str, tuple[object, ...]] = {key: (value,) for key, value in leaves(resolved)}
    for key, name in [*choices.items(), *labels.items()]:
        values[key] = (*values.get(key, ()), name)
    return values


def _reader() -> Callable[[Config], tuple[str, Sequence[str]]]:
    """(Fingerprint, the notes of the data): each source is read once a fold, each scheme applied to it once.

    The code is read once for all.
    """

    @cache
    def data(source: str, fold: int) -> tuple[Dataset, str]:
        found = build_data(json.loads(source), fold)()
        return found, digest(found)

    @cache
    def weights(place: tuple[str, int], scheme: str, rule: str) -> str:
        return array_hash(training_weights(_scheme(scheme), rule, data(*place)[0]))

    code = cache(code_hash)

    @cache
    def evaluation(place: tuple[str, int], scheme: str) -> str:
        return array_hash(*evaluation_weights(_scheme(scheme), data(*place)[0]).values())

    def read(config: Config) -> tuple[str, Sequence[str]]:
        source, scheme, evaluated = (
            json.dumps(n) for n in (config["data"], config["weights"], config["evaluate"]["weights"])
        )
        place = source, config["fold"]
        dataset, content = data(*place)
        hashes = content, weights(place, scheme, config["rescale_weights"]), evaluation(place, evaluated)
        return fingerprint(config, *hashes, code), dataset.notes

    return read


def _scheme(text: str) -> Scheme:
    return build_part({"weights": json.loads(text)}, "weights")
