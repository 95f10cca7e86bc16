"""What to type after a sweep that has left something open."""

import shlex
from collections.abc import Sequence

from harness.report.verdict import Verdict
from harness.statistics.sequential import all_looks


def next_command(verdicts: Sequence[Verdict], arguments: Sequence[str], first_seed: int, merges: bool) -> str | None:
    """What to type where something remains open; None where all is decided, or no number of seeds decides it.

    Of variants with the same scores one goes on, and stands for the others.

    Args:
        arguments: those of the sweep's command line.
        first_seed: the lowest one of the sweep.
        merges: whether trials of one objective are merged already.
    """
    left = [verdict for verdict in verdicts if not verdict.decided]
    needed = [verdict.needed for verdict in left]
    if not left or None in needed:
        return None
    most = max((number for number in needed if number is not None), default=0)
    trained = max((seeds for verdict in left for seeds in verdict.seeds), default=0)
    size = next((size for size in all_looks() if size >= 1.25 * most and size > trained), None)
    if size is None:
        return None
    alike = any(len(group) > 1 for verdict in verdicts for group in verdict.groups)
    new = [f"seed={first_seed}", "sweep.until=decided", f"sweep.max_seeds={size}"]
    new += ["sweep.merge_equivalent=true"] if alike and not merges else []
    ours = {"sweep.max_minutes", *(text.partition("=")[0] for text in new)}
    kept = [text for text in arguments if text.lstrip("+").partition("=")[0] not in ours]
    return shlex.join(["harness", "-m", *kept, *new])


def leading_to_store(arguments: Sequence[str]) -> list[str]:
    """Those words of a command line that say where runs are kept."""
    keys = ("tracking", "experiment")
    return [text for text in arguments if text.lstrip("+").partition("=")[0].partition(".")[0] in keys]
