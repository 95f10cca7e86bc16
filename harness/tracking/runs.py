"""Runs of a store as a collection to filter, to group and to turn into a frame, in a notebook or a script."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from harness.checks import one_of
from harness.run import Run

if TYPE_CHECKING:
    import pandas

MISSING = object()


class Runs(Sequence[Run]):
    """Some runs of a store; `harness.runs` gives them. Nothing here writes. See `Run` for what each of them holds."""

    def __init__(self, runs: Sequence[Run]):
        self._runs = list(runs)

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._runs)

    @overload
    def __getitem__(self, place: int) -> Run: ...
    @overload
    def __getitem__(self, place: slice) -> "Runs": ...
    def __getitem__(self, place: int | slice) -> "Run | Runs":
        return Runs(self._runs[place]) if isinstance(place, slice) else self._runs[place]

    def __repr__(self) -> str:
        return f"<{len(self)} runs>"

    def filter(self, *conditions: Callable[[Run], bool] | Mapping[str, object], **equal: object) -> "Runs":
        """The runs for which all of these hold.

        Args:
            conditions: functions of a run, or values by key; a key is `status`, a tag, a param or a key of the config,
                and a list, a tuple or a set of values means any of them: `filter({"model.units": (16, 32)})`.
            equal: values by key, for keys without a dot: `filter(loss="weighted_rmse")`.

        Raises:
            InputError: a key that none of the runs has; it names the nearest one.
        """
        found = self._runs
        for condition in (*conditions, equal):
            if isinstance(condition, Mapping):
                for key, wanted in condition.items():
                    self._check(key)
                    found = [run for run in found if _is_wanted(value_of(run, key), wanted)]
            else:
                found = [run for run in found if condition(run)]
        return Runs(found)

    def group(self, *by: str) -> "dict[object, Runs]":
        """The runs by the value of a key, or by a tuple of several; keys as for `filter`, in order of appearance."""
        for key in by:
            self._check(key)
        groups: dict[object, list[Run]] = {}
        for run in self._runs:
            values = tuple(None if (value := value_of(run, key)) is MISSING else value for key in by)
            groups.setdefault(values[0] if len(by) == 1 else values, []).append(run)
        return {value: Runs(members) for value, members in groups.items()}

    def frame(self) -> "pandas.DataFrame":
        """One row a run: run_id, status, seed, fold, every other param, every metric that is one number."""
        import pandas

        rows = []
        for run in self._runs:
            replicate = {key: value_of(run, key) for key in ("seed", "fold") if value_of(run, key) is not MISSING}
            params = {key: typed(value) for key, value in run.params.items()}
            rows.append({"run_id": run.run_id, "status": run.status, **replicate, **params, **run.scalars})
        return pandas.DataFrame(rows, columns=list(dict.fromkeys(name for row in rows for name in row)))

    def _check(self, key: str) -> None:
        if self._runs and all(value_of(run, key) is MISSING for run in self._runs):
            known = {name for run in self._runs for name in ("status", *run.tags, *run.params)}
            one_of(key, key, sorted(known))


def value_of(run: Run, key: str) -> object:
    """What a run has at a key: its status, a tag, a param, or a value of its config; MISSING where it has none."""
    if key == "status":
        return run.status
    for texts in (run.tags, run.params):
        if key in texts:
            return typed(texts[key])
    if not run.files.path("config.yaml").exists():
        return MISSING
    node: Any = run.config
    for name in key.split("."):
        if not isinstance(node, Mapping) or name not in node:
            return MISSING
        node = node[name]
    return node


def typed(text: str) -> object:
    """A text as the value that was written: None, a truth value, a whole number, a float, or else the text."""
    if text in ("None", "True", "False"):
        return {"None": None, "True": True, "False": False}[text]
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        # Not 1_000, which Python takes for a number too.
        return text if "_" in text else value
    return text


def _is_wanted(value: object, wanted: object) -> bool:
    several = isinstance(wanted, list | tuple | set | frozenset)
    choices = wanted if several else (wanted,)
    return value is not MISSING and any(value == choice or str(value) == str(choice) for choice in choices)
