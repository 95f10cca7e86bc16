"""The table of a sweep: one row a variant, the naive baselines among them."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from harness.config.keys import Decides
from harness.config.keys import row as row_of
from harness.spec import Outcome

METRICS = ("test_weighted_rmse", "test_rmse", "test_mae", "skill", "val_weighted_rmse")
NARROW = ("test_weighted_rmse", "test_rmse", "skill")
ALL_METRICS = (*METRICS, "val_rmse", "val_mae", "epochs")
CAPTION = "± is the deviation over seeds. Lower is better; skill, the share gained on the best baseline: higher."


@dataclass(frozen=True)
class Row:
    """A variant, or a baseline, over its seeds.

    variant: swept key -> value, or {"": name} for a baseline; metrics: name -> one value a seed.
    """

    variant: Mapping[str, str]
    metrics: Mapping[str, Sequence[float]]
    failed: int = 0
    baseline: bool = False


def rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """A row a variant and a row a baseline, the lowest mean test_weighted_rmse first, those without any last."""
    keys = swept([outcome.labels for outcome in outcomes])
    groups: dict[tuple, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(tuple(outcome.labels.get(key, "") for key in keys), []).append(outcome)
    found = [_row(dict(zip(keys, values, strict=True)), group) for values, group in groups.items()]
    found += _baseline_rows(outcomes, keys)
    return sorted(found, key=lambda row: np.mean(row.metrics[METRICS[0]]) if row.metrics else np.inf)


def to_csv(outcomes: Sequence[Outcome]) -> str:
    """The table with the mean and the deviation over seeds of every metric in columns of their own."""
    found, text = rows(outcomes), io.StringIO()
    keys = _columns(found)
    writer = csv.writer(text)
    writer.writerow(
        [*keys, "baseline", "seeds", "failed", *(f"{m}_{part}" for m in ALL_METRICS for part in ("mean", "std"))]
    )
    for row in found:
        cells = [_of(row, metric) for metric in ALL_METRICS]
        figures = [part for values in cells for part in (_mean(values), _deviation(values))]
        writer.writerow([*_variant(row, keys), row.baseline, _seeds(row), row.failed, *figures])
    return text.getvalue()


def to_rich(outcomes: Sequence[Outcome], width: int) -> Table:
    """The table for a terminal of so many columns; a narrow one shows NARROW alone."""
    metrics = METRICS if width >= 110 else NARROW
    found = rows(outcomes)
    keys = _columns(found)
    lines = [_variant(row, keys) for row in found]
    table = Table(caption=CAPTION, caption_justify="left", box=SIMPLE_HEAD, padding=(0, 0, 0, 1))
    for i, key in enumerate(keys):
        words = [word for line in [*lines, keys] for word in line[i].split()]
        table.add_column(key or "variant", min_width=max(map(len, words), default=0))
    table.add_column("seeds", justify="right")
    for metric in metrics:
        table.add_column(metric.replace("_", " "), justify="right")
    decimals = {metric: _decimals([_of(row, metric) for row in found]) for metric in metrics}
    for row, line in zip(found, lines, strict=True):
        seeds = "" if row.baseline else f"{_seeds(row)}" + (f", {row.failed} failed" if row.failed else "")
        figures = [_figure(_of(row, metric), decimals[metric]) for metric in metrics]
        table.add_row(*line, seeds, *figures, style="dim" if row.baseline else "")
    return table


def to_text(outcomes: Sequence[Outcome]) -> str:
    """The table in plain characters."""
    console = Console(file=io.StringIO(), width=200, no_color=True)
    console.print(to_rich(outcomes, console.width))
    return console.file.getvalue()


def swept(labels: Sequence[Mapping[str, str]]) -> list[str]:
    """The keys whose values differ between the trials of a sweep, in order of appearance."""
    keys = dict.fromkeys(key for each in labels for key in each)
    return [key for key in keys if len({each.get(key) for each in labels}) > 1]


def _row(variant: Mapping[str, str], group: Sequence[Outcome]) -> Row:
    done = sorted((o for o in group if o.status == "FINISHED"), key=lambda o: o.seed)
    # Each seed that a search's best was trained again with is one value.
    panels = [panel for outcome in done for panel in (outcome.repeats.values() or [outcome.metrics])]
    names = {name: None for panel in panels for name in panel}
    metrics = {name: [panel[name] for panel in panels if name in panel] for name in names}
    return Row(variant, metrics, failed=len(group) - len(done))


def _baseline_rows(outcomes: Sequence[Outcome], keys: Sequence[str]) -> Iterator[Row]:
    """A baseline is one row for each choice of data and of the weights that judge: its scores hang on nothing else."""
    judged = [key for key in keys if row_of(key).decides in (Decides.DATA, Decides.EVALUATION)]
    seen = set()
    for outcome in outcomes:
        place = {key: outcome.labels.get(key, "") for key in judged}
        for name, scores in outcome.baselines.items():
            if (name, *place.values()) not in seen:
                seen.add((name, *place.values()))
                yield Row(
                    {"": name.replace("_", " "), **place}, {m: [score] for m, score in scores.items()}, baseline=True
                )


def _columns(found: Sequence[Row]) -> list[str]:
    keys = list(dict.fromkeys(key for row in found for key in row.variant if key))
    return keys or [""]


def _variant(row: Row, keys: Sequence[str]) -> list[str]:
    """A baseline's name stands in the first column that is not its own."""
    cells = [row.variant.get(key, "") for key in keys]
    if row.baseline:
        cells[next((i for i, key in enumerate(keys) if key not in row.variant or not key), 0)] = row.variant[""]
    return cells


def _of(row: Row, metric: str) -> Sequence[float]:
    return row.metrics.get(metric, ())


def _seeds(row: Row) -> int:
    return 0 if row.baseline else len(_of(row, METRICS[0]))


def _mean(values: Sequence[float]) -> float | str:
    return float(np.mean(values)) if len(values) else ""


def _deviation(values: Sequence[float]) -> float | str:
    return float(np.std(values, ddof=1)) if len(values) > 1 else ""


def _figure(values: Sequence[float], decimals: int) -> str:
    if not len(values):
        return ""
    return f"{_mean(values):.{decimals}f}" + (f" ± {_deviation(values):.{decimals}f}" if len(values) > 1 else "")


def _decimals(column: Sequence[Sequence[float]]) -> int:
    """So many that the largest mean of a column has four digits, whatever its unit."""
    largest = max((abs(_mean(values)) for values in column if len(values)), default=0)
    return int(np.clip(3 - np.floor(np.log10(largest)), 0, 9)) if 0 < largest < np.inf else 3
