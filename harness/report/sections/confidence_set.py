"""The variants that cannot be distinguished from the best."""

import numpy as np

from harness.errors import InputError
from harness.report.criterion import Criterion
from harness.report.paired import Paired
from harness.report.section import Table
from harness.report.settings import Settings
from harness.run import Run
from harness.statistics.confidence_set import confidence_set

# With fewer test windows that share no targets, a loser of half the loss is missed too often; from here on, rarely.
FEW_WINDOWS = 4


def indistinguishable(
    group: Paired, criterion: Criterion, settings: Settings, rng: np.random.Generator, mark: str
) -> tuple[list[str], list[Table]]:
    """(sentences, tables): the model confidence set of a group of variants, or why there is none.

    mark: ends the table's name, and tells it from those of other groups.
    """
    members = (group.reference, *group.others)
    networks = [[variant.seeds[seed] for variant in members] for seed in group.seeds]
    if criterion.metric.by_window is None:
        return [f"{criterion.name} is no mean over test windows: there is no model confidence set for it."], []
    if any(not trained.test for row in networks for trained in row):
        return ["Some runs keep no forecasts on test: there is no model confidence set."], []
    losses = np.array([[criterion.by_window(trained) for trained in row] for row in networks]).transpose(0, 2, 1)
    overlap = _overlap(group.reference.first)
    try:
        found = confidence_set(
            losses,
            overlap=overlap,
            confidence=settings.set_confidence,
            resamples=settings.resamples,
            rng=rng,
        )
    except InputError as error:
        return [str(error)], []
    kept = [name for name, inside in zip(group.names, found.included, strict=True) if inside]
    which = "all of them" if len(kept) == len(members) else f"these {len(kept)} of {len(members)}: {', '.join(kept)}"
    sentence = f"Cannot be distinguished from the best, at the {settings.set_confidence:.0%} level: {which}."
    caption = (
        "The model confidence set (Hansen, Lunde and Nason 2011) on what each test window adds to "
        f"{criterion.name}, over seeds and windows, whose variances are added. A small p leaves a variant out. "
        f"{_correlation(found.length, losses.shape[1], overlap)}"
    )
    rows = [
        [name, "yes" if inside else "no", float(p)]
        for name, inside, p in zip(group.names, found.included, found.p_values, strict=True)
    ]
    return [sentence], [Table(f"confidence_set{mark}", caption, ["variant", "in the set", "p"], rows)]


def _correlation(length: float, windows: int, overlap: int) -> str:
    """What the level of the set rests on."""
    effective = windows // overlap
    sentence = (
        f"The level rests on losses whose correlation fades within a quarter of the test, {windows // 4} windows: "
        f"beyond shared targets it is taken to reach over {length:.0f} windows, as the losses themselves show, and "
        f"{effective} windows share no targets."
    )
    if effective < FEW_WINDOWS:
        sentence += f" With fewer than {FEW_WINDOWS} of those a variant is left out only where it is far worse."
    return sentence


def _overlap(trained: Run) -> int:
    """How many test windows in a row share targets; of samples that came ready-made, as many as can."""
    return -(-len(trained.by_output) // int(trained.params.get("data.stride", 1)))
