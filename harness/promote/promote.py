"""Picks the best network of a sweep, and registers it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.checks import one_of
from harness.errors import InputError
from harness.metrics import Metrics
from harness.run import Run
from harness.tracking.store import RunStore
from harness.tracking.sweeps import is_search, repeats_of, trials_of

# What of a run's tags its registered network carries.
CARRIED = ("variant", "sweep", "seed", "fold", "unit", "data", "data_hash", "weights_hash", "fingerprint", "git_commit")
VALIDATION = "val_"


@dataclass(frozen=True)
class Best:
    """The best of the networks of a sweep. among: how many there are; value: its metric."""

    run: Run
    metric: str
    value: float
    among: int


def best_network(store: RunStore, sweep: Run, metric: str, metrics: Metrics) -> Best:
    """The single network with the best `metric`, such as val_weighted_rmse; of equal ones the first of the sweep.

    Of a trial that is a search the repeats count, which are networks of their own.

    Raises:
        InputError: no such metric, or no network with it.
    """
    one_of("--metric", metric, [*(f"val_{each.name}" for each in metrics), *metrics.on_test])
    trials = trials_of(store, sweep)
    networks = [run for run in (*trials, *repeats_of(store, trials)) if run.status == "FINISHED" and not is_search(run)]
    known = [run for run in networks if math.isfinite(run.metrics.get(metric, math.nan))]
    if not known:
        found = f"the sweep {sweep.tags['sweep']} holds no finished network with {metric}"
        raise InputError("SWEEP", found, "Write another sweep, or another --metric")
    values = metrics.of(metric).lowest_is_best([run.metrics[metric] for run in known])
    best = known[int(values.argmin())]
    return Best(best, metric, best.metrics[metric], len(known))


def tags_of(best: Best) -> dict[str, str]:
    """What a registered network carries: where it is from, what it learned from, and every metric in full digits."""
    own = {key: best.run.tags[key] for key in CARRIED if key in best.run.tags}
    scores = {name: repr(value) for name, value in best.run.scalars.items() if name.startswith((VALIDATION, "test_"))}
    return {**own, **scores, "chosen_by": best.metric, "chosen_among": str(best.among)}


def text_of(best: Best, sweep: Run, pages: Sequence[str]) -> str:
    """What the registry shows above a network, in Markdown; pages: links to its run and to its sweep's report."""
    tags, unit = best.run.tags, best.run.tags.get("unit", "")
    scores = {name: value for name, value in tags_of(best).items() if name.startswith((VALIDATION, "test_"))}
    rows = "".join(f"| {name} | {float(value):.4g} |\n" for name, value in scores.items())
    on_test = "" if best.metric.startswith(VALIDATION) else ", so that this value is too good an estimate"
    return (
        f"**{tags.get('variant', '')}**, seed {tags.get('seed', '')}: of {best.among} networks of the sweep "
        f"{sweep.tags['sweep']} the one with the best `{best.metric}`{on_test}. Data `{tags.get('data_hash', '')}`, "
        f"errors in {unit or 'units of the data'}.\n\n| metric | value |\n|---|---|\n{rows}\n"
        + "\n".join(f"- {page}" for page in pages)
        + "\n"
    )
