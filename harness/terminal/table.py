"""The table of a sweep: one row a variant, the naive baselines among them."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.config.keys import Decides
from harness.config.keys import row as row_of
from harness.config.variant import variant_name
from harness.metrics import BUILT_IN, FIRST, SKILL, SPLITS, Metric, Metrics, described
from harness.spec import Outcome
from harness.terminal.layout import Column, Layout, fits, lay_out

EPOCHS = "epochs"
WIDTH_OF_A_FILE = 160


@dataclass(frozen=True)
class Standard:
    """What the trials of a sweep are evaluated by.

    metrics: all of them; ranked_by: the one that ranks, by its name in the store, such as test_rmse.
    """

    metrics: Metrics = field(default_factory=lambda: BUILT_IN)
    ranked_by: str = f"test_{FIRST}"

    @property
    def metric(self) -> Metric:
        """The one that ranks."""
        return self.metrics.of(self.ranked_by)

    @property
    def names(self) -> list[str]:
        """Every column of the table in order: the metric that ranks, others on test, skill, those on validation."""
        on_test, on_validation = ([f"{split}_{metric.name}" for metric in self.metrics] for split in reversed(SPLITS))
        others = [name for name in on_test if name != self.ranked_by]
        return [self.ranked_by, *others, SKILL, *on_validation, EPOCHS]

    def lowest_is_best(self, values: Sequence[float]) -> float:
        """The mean of a variant's values of `ranked_by`, of which the lowest ranks first; none: last of all."""
        return float(self.metric.lowest_is_best(np.mean(values))) if len(values) else np.inf

    @property
    def directions(self) -> str:
        """Which way each column is better, as a sentence or two."""
        higher = [metric.name for metric in self.metrics if not metric.lower_is_better]
        shown = " and ".join([", ".join(higher), SKILL] if higher else [SKILL])
        return f"Lower is better; for {shown}, higher is better."


def standard_of(configs: Sequence[Mapping], ranked_by: str) -> Standard:
    """For trials of these resolved configs; nothing is built from them."""
    own = {name: node for config in configs for name, node in config["evaluate"]["metrics"].items()}
    return Standard(described(own), ranked_by)


@dataclass(frozen=True)
class Row:
    """A variant over its seeds and folds, or a baseline over its folds.

    variant: swept key -> value, or {"": name} for a baseline; metrics: name -> one value a replicate.
    """

    variant: Mapping[str, str]
    metrics: Mapping[str, Sequence[float]]
    failed: int = 0
    baseline: bool = False


def rows(outcomes: Sequence[Outcome], standard: Standard) -> list[Row]:
    """A row a variant and a row a baseline, the best mean of `standard.ranked_by` first, those without any last."""
    keys = swept([outcome.labels for outcome in outcomes])
    groups: dict[tuple[str, ...], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(tuple(outcome.labels.get(key, "") for key in keys), []).append(outcome)
    variants = [_row(dict(zip(keys, values, strict=True)), group) for values, group in groups.items()]
    both = [*variants, *_baseline_rows(outcomes, keys)]
    return sorted(both, key=lambda row: standard.lowest_is_best(_values(row, standard.ranked_by)))


def to_csv(outcomes: Sequence[Outcome], standard: Standard) -> str:
    """The table with the mean and the deviation over seeds and folds of every metric in columns of their own."""
    table, text = rows(outcomes, standard), io.StringIO()
    keys = _keys(table)
    writer = csv.writer(text)
    figures = [f"{name}_{part}" for name in standard.names for part in ("mean", "std")]
    writer.writerow([*keys, "baseline", replicates(outcomes), "failed", *figures])
    for row in table:
        parts = [part for name in standard.names for part in (_mean(row, name), _deviation(row, name))]
        cells = ["" if part is None else part for part in parts]
        writer.writerow([*_labels(row, keys), row.baseline, _seeds(row, standard), row.failed, *cells])
    return text.getvalue()


def spreads(outcomes: Sequence[Outcome], standard: Standard) -> Iterator[tuple[Row, str, dict[str, float]]]:
    """(row, its name, numbers by name) of each variant and baseline with a result.

    The numbers are the mean of each metric under its own name, the deviation under `<name>_std` where there are several
    values, and how many `replicates` there are.
    """
    for row in rows(outcomes, standard):
        numbers: dict[str, float] = {}
        for name in standard.names:
            parts = {name: _mean(row, name), f"{name}_std": _deviation(row, name)}
            numbers |= {key: part for key, part in parts.items() if part is not None}
        if numbers:
            yield row, _name(row), {**numbers, "replicates": max(map(len, row.metrics.values()))}


def to_layout(outcomes: Sequence[Outcome], standard: Standard, width: int | None) -> tuple[Layout, list[Row]]:
    """The table for so many columns, and its rows. The narrower, the fewer metrics; None: every one of them."""
    table = rows(outcomes, standard)
    names = [name for name in standard.names if any(_values(row, name) for row in table) or name == standard.ranked_by]
    metrics = [
        Column(name, _figures(table, name), number=True, rank=_rank(name, standard, place))
        for place, name in enumerate(names)
    ]
    seeds = Column(replicates(outcomes), [_seeds_and_failures(row, standard) for row in table], number=True)
    first_two = [column for column in metrics if column.rank <= 1]
    columns = [*_label_columns(table, [seeds, *first_two], width), seeds, *metrics]
    return lay_out(columns, width), table


def to_text(outcomes: Sequence[Outcome], standard: Standard) -> str:
    """The table in plain characters, as a file holds it."""
    layout, _ = to_layout(outcomes, standard, WIDTH_OF_A_FILE)
    return "\n".join([*layout.lines, "", caption(standard, replicates(outcomes))]) + "\n"


def caption(standard: Standard, over: str) -> str:
    """What stands below the table; over: what the deviation is over, in the plural."""
    return (
        f"Sorted by {standard.ranked_by}; ± is the deviation over {over}. {standard.directions} "
        f"Skill is the share gained on the best baseline by test_{FIRST}."
    )


def replicates(outcomes: Sequence[Outcome]) -> str:
    """The word for what a variant has several of."""
    return "seeds" if len({outcome.fold for outcome in outcomes}) == 1 else "seeds and folds"


def swept(labels: Sequence[Mapping[str, str]]) -> list[str]:
    """The keys whose values differ between the trials of a sweep, in order of appearance."""
    keys = dict.fromkeys(key for trial in labels for key in trial)
    return [key for key in keys if len({trial.get(key) for trial in labels}) > 1]


def _row(variant: Mapping[str, str], group: Sequence[Outcome]) -> Row:
    done = sorted((o for o in group if o.status == "FINISHED"), key=lambda o: (o.fold, o.seed))
    # Each seed that a search's best was trained again with is one value.
    seeds = [metrics for outcome in done for metrics in (outcome.repeats.values() or [outcome.metrics])]
    names = {name: None for metrics in seeds for name in metrics}
    return Row(
        variant,
        {name: [metrics[name] for metrics in seeds if name in metrics] for name in names},
        failed=len(group) - len(done),
    )


def _baseline_rows(outcomes: Sequence[Outcome], keys: Sequence[str]) -> Iterator[Row]:
    """A row for each choice of data and of evaluation weights, with a value a fold.

    The metrics of a baseline depend on nothing else.
    """
    evaluated_under = [key for key in keys if row_of(key).decides in (Decides.DATA, Decides.EVALUATION)]
    folds: dict[tuple[str, ...], dict[int, Mapping[str, float]]] = {}
    for outcome in outcomes:
        place = [outcome.labels.get(key, "") for key in evaluated_under]
        for name, scores in outcome.baselines.items():
            folds.setdefault((name, *place), {})[outcome.fold] = scores
    for (name, *place), scores in folds.items():
        variant = {"": name.replace("_", " "), **dict(zip(evaluated_under, place, strict=True))}
        metrics = dict.fromkeys(metric for fold in scores.values() for metric in fold)
        values = {metric: [fold[metric] for fold in scores.values() if metric in fold] for metric in metrics}
        yield Row(variant, values, baseline=True)


def _keys(table: Sequence[Row]) -> list[str]:
    keys = list(dict.fromkeys(key for row in table for key in row.variant if key))
    return keys or [""]


def _labels(row: Row, keys: Sequence[str]) -> list[str]:
    """A baseline's name stands in the first column that is not its own."""
    cells = [row.variant.get(key, "") for key in keys]
    if row.baseline:
        cells[next((i for i, key in enumerate(keys) if key not in row.variant or not key), 0)] = row.variant[""]
    return cells


def _label_columns(table: Sequence[Row], needed: Sequence[Column], width: int | None) -> list[Column]:
    """A column for each swept key; where these are too wide, one with all of them."""
    keys = _keys(table)
    labels = [_labels(row, keys) for row in table]
    columns = [Column(key or "variant", [line[i] for line in labels]) for i, key in enumerate(keys)]
    if fits([*columns, *needed], width):
        return columns
    return [Column("variant", [_name(row) for row in table])]


def _name(row: Row) -> str:
    """As the report names a variant; a baseline's own name comes first."""
    labels = {key: value for key, value in row.variant.items() if key and value}
    return " ".join(filter(None, (row.variant.get("", ""), variant_name(labels))))


def _rank(name: str, standard: Standard, place: int) -> int:
    """Which metrics are shown where there is no room for all: skill is the second one."""
    return 0 if name == standard.ranked_by else 1 if name == SKILL else 1 + place


def _values(row: Row, metric: str) -> Sequence[float]:
    return row.metrics.get(metric, ())


def _seeds(row: Row, standard: Standard) -> int:
    return 0 if row.baseline else len(_values(row, standard.ranked_by))


def _seeds_and_failures(row: Row, standard: Standard) -> str:
    return "" if row.baseline else f"{_seeds(row, standard)}" + (f", {row.failed} failed" if row.failed else "")


def _mean(row: Row, metric: str) -> float | None:
    values = _values(row, metric)
    return float(np.mean(values)) if len(values) else None


def _deviation(row: Row, metric: str) -> float | None:
    values = _values(row, metric)
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def _figures(table: Sequence[Row], metric: str) -> list[str]:
    """A cell for each row, mean and deviation, with as many decimals as give the largest mean four digits."""
    means = [_mean(row, metric) for row in table]
    decimals = 1 if metric == EPOCHS else _decimals([mean for mean in means if mean is not None])
    cells = []
    for row, mean in zip(table, means, strict=True):
        deviation = _deviation(row, metric)
        spread = "" if deviation is None else f" ± {deviation:.{decimals}f}"
        cells.append("" if mean is None else f"{mean:.{decimals}f}{spread}")
    return cells


def _decimals(means: Sequence[float]) -> int:
    largest = max(map(abs, means), default=0)
    return int(np.clip(3 - np.floor(np.log10(largest)), 0, 9)) if 0 < largest < np.inf else 3
