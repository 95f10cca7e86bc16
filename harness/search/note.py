"""The line that sums up a search."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.search.space import Space
from harness.search.tried import Tried


def note(
    objective: str,
    space: Space,
    tried: Sequence[Tried],
    best: Tried,
    score: float,
    repeats: Mapping[int, Mapping[str, float]],
    asked: int,
) -> str:
    """The best values, which of them sit at an edge, and how far the best score holds for other seeds and on test.

    Args:
        best, score: the best of `tried`, and its objective.
        repeats: by seed, the metrics of each repeat that gave a result.
        asked: how many repeats were planned.
    """
    values = best.proposal.values
    shown = (f"{key}={value:.4g}" if isinstance(value, float) else f"{key}={value}" for key, value in values.items())
    failed = sum(one.score is None for one in tried)
    parts = [f"best of {len(tried)} tuner trials{f' ({failed} failed)' if failed else ''}: {', '.join(shown)}"]
    parts += [f"{key} sits at the {end} edge of its range: widen it" for key, end in space.edges(values).items()]
    again = np.array([metrics[objective] for metrics in repeats.values()])
    test = np.array([metrics[objective.replace("val_", "test_")] for metrics in repeats.values()])
    seeds = f"{len(again)} fresh seeds" + (f" ({asked - len(again)} failed)" if asked > len(again) else "")
    parts.append(
        f"{objective} {score:.4g} at best in the search, {_spread(again)} with {seeds} "
        f"({again.mean() / score - 1:+.1%}), on test {_spread(test)} ({test.mean() / score - 1:+.1%})"
    )
    return "; ".join(parts)


def _spread(values: np.ndarray) -> str:
    return f"{values.mean():.4g}" + (f" ± {values.std(ddof=1):.2g}" if len(values) > 1 else "")
