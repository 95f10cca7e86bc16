"""What a run was made with, kept with it: the command, the installed packages, the code that no commit holds."""

import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from harness.errors import without_passwords
from harness.kinds import Config
from harness.trial.fingerprint import HARNESS, own_modules

FOLDER = "origin"
COMMAND, PACKAGES, DIFF, OWN = "command.txt", "packages.txt", "code.diff", "own"
CODE = ("*.py", "*.yaml")
# A diff beyond this is no change to some code any more.
LONGEST_DIFF = 2_000_000


def write_origin(folder: Path, config: Config, words: Sequence[str]) -> None:
    """Writes `origin/` below a run's folder of files.

    code.diff is there where the code differs from its commit, own/ where the config names modules outside the project.

    Args:
        config: resolved.
        words: the overrides of its command line.
    """
    place = folder / FOLDER
    place.mkdir()
    if words:
        (place / COMMAND).write_text(command(words), "utf-8")
    (place / PACKAGES).write_text(as_text(packages()), "utf-8")
    if found := uncommitted():
        (place / DIFF).write_text(found, "utf-8")
    for file in own_modules(config):
        (place / OWN).mkdir(exist_ok=True)
        (place / OWN / file.name).write_bytes(file.read_bytes())


def command(words: Sequence[str]) -> str:
    """What to type for one trial, without the sweep that it belonged to."""
    own = [word for word in words if not word.startswith("sweep.id=")]
    return without_passwords(shlex.join(["python", "-m", "harness", *own])) + "\n"


@cache
def packages() -> Mapping[str, str]:
    """The version of each installed package by its name, as `pip freeze` has them."""
    found = {each.metadata["Name"]: each.version for each in distributions() if each.metadata["Name"]}
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower()))


def as_text(versions: Mapping[str, str]) -> str:
    """A requirement a line."""
    return "".join(f"{name}=={version}\n" for name, version in versions.items())


def from_text(text: str) -> dict[str, str]:
    """The inverse of `as_text`."""
    pairs = (line.partition("==") for line in text.splitlines() if "==" in line)
    return {name: version for name, _, version in pairs}


@dataclass(frozen=True)
class Origin:
    """Where code comes from; commit, changes: as `git_commit` and `uncommitted` give them."""

    commit: str
    changes: str


_copied_from: Origin | None = None


def copied_from(origin: Origin) -> None:
    """Says of this process's code, before it is asked for, that it is a copy of what stands elsewhere."""
    global _copied_from
    _copied_from = origin


@cache
def git_commit() -> str:
    """The commit this code was run from, marked where files differ from it; "none" outside a checkout."""
    if _copied_from is not None:
        return _copied_from.commit
    return (_git("describe", "--always", "--abbrev=40", "--dirty", "--exclude=*") or "").strip() or "none"


@cache
def uncommitted() -> str:
    """The changes of code that no commit holds, new files included, for `git apply`; "" outside a checkout.

    Of a process it is what stands on the disk when it is first asked for.
    """
    if _copied_from is not None:
        return _copied_from.changes
    if not git_commit().endswith("-dirty") and not _new_files():
        return ""
    pieces = [_git("diff", "--binary", "HEAD", "--", *CODE) or ""]
    pieces += [_git("diff", "--no-index", "--binary", "/dev/null", file) or "" for file in _new_files()]
    found = "".join(pieces)
    if len(found) > LONGEST_DIFF:
        return f"# {len(found)} characters of changes, too many to keep\n"
    return found


def _new_files() -> list[str]:
    return (_git("ls-files", "--others", "--exclude-standard", "--", *CODE) or "").splitlines()


def changed_files(diff: str) -> Iterator[tuple[str, str]]:
    """(file, its part of a diff) of each file in it."""
    # The lines of a file stand behind a sign.
    for part in re.split(r"^diff --git ", diff, flags=re.M)[1:]:
        yield part.splitlines()[0].rpartition(" b/")[2], part


def _git(*words: str) -> str | None:
    """What git prints about the project's folder; None where it fails, or is none of git's."""
    command = ["git", "-C", str(HARNESS.parent), *words]
    try:
        done = subprocess.run(command, capture_output=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    # Of two files that differ, `git diff --no-index` says so by its status.
    return done.stdout.decode("utf-8", "replace") if done.returncode in (0, 1) else None
