"""The rounds of a sweep that runs until it is decided: which trials come next, or why none does."""

import time
from collections.abc import Sequence

from harness.errors import InputError
from harness.kinds import Config
from harness.report.verdict import Verdict, counted
from harness.spec import Outcome
from harness.statistics.sequential import looks
from harness.sweep.merge import Merger
from harness.sweep.plan import DECIDED, Planned, Planner
from harness.sweep.verdicts import name_of, verdicts
from harness.terminal.table import Standard, swept


class Rounds:
    """Each round has the seeds up to the next look, for every variant that is not shown to be worse than another.

    What comes next follows from the outcomes alone, so that a sweep that was killed gets to the same end.

    Args:
        base: the trials of the sweep; run until decided, with one seed, the first one.
        settings: the sweep's resolved config.
        merger: what merges trials of one objective; None: nothing is merged.

    Raises:
        InputError: run until decided, several seeds are swept, or a search.
    """

    def __init__(
        self,
        base: Sequence[Planned],
        planner: Planner,
        settings: Config,
        standard: Standard,
        merger: Merger | None = None,
    ):
        self._base, self._planner, self._standard, self._merger = base, planner, standard, merger
        self._report, self._minutes = settings["report"], settings["sweep"]["max_minutes"]
        self.by_looks = settings["sweep"]["until"] == DECIDED
        self._sizes = [0, *looks(settings["sweep"]["max_seeds"])]
        self._first_seed = base[0].config["seed"]
        self._began = time.monotonic()
        self.number, self.end = 1, ""
        if self.by_looks:
            _check(base)

    def first(self) -> list[Planned]:
        """The trials of the first round."""
        return self._seeds(self._base) if self.by_looks else self._merged(self._base)

    def verdicts(self, planned: Sequence[Planned], outcomes: Sequence[Outcome]) -> list[Verdict]:
        """What is known by now: see `harness.sweep.verdicts`."""
        return verdicts(planned, outcomes, self._report, self._standard, self.by_looks)

    def next(self, found: Sequence[Verdict], trained: int) -> list[Planned]:
        """The trials of the next round; none where the sweep is over, for the reason in `end`.

        Args:
            found: the verdicts after all rounds so far; trained: how many trials this start has trained.
        """
        if not self.by_looks:
            return []
        if not found:
            self.end = "Nothing is decided: no trial gave a result."
            return []
        if all(verdict.decided for verdict in found):
            self.end = f"Decided in {counted(self.number, 'round')}."
            return []
        if self.number + 1 >= len(self._sizes):
            self.end = f"Stopped at {self._sizes[self.number]} seeds, before everything is decided: sweep.max_seeds."
            return []
        out = {name for verdict in found for name in verdict.out}
        keys = swept([trial.labels for trial in self._base])
        more = self._seeds([trial for trial in self._base if name_of(trial.labels, keys) not in out], self.number)
        seconds = time.monotonic() - self._began
        expected = seconds / trained * len(more) if trained else 0.0
        if self._minutes is not None and seconds + expected > 60 * self._minutes:
            self.end = (
                f"Stopped after {seconds / 60:.1f} min, before everything is decided: another round takes about "
                f"{expected / 60:.1f} min, and sweep.max_minutes is {self._minutes:g}."
            )
            return []
        self.number += 1
        return more

    def _seeds(self, trials: Sequence[Planned], place: int = 0) -> list[Planned]:
        """These trials with the seeds between two looks."""
        low, high = self._sizes[place], self._sizes[place + 1]
        seeds = range(self._first_seed + low, self._first_seed + high)
        return self._merged([self._planner.with_seed(trial, seed) for seed in seeds for trial in trials])

    def _merged(self, trials: Sequence[Planned]) -> list[Planned]:
        return list(trials) if self._merger is None else self._merger.merged(trials)


def _check(base: Sequence[Planned]) -> None:
    seeds = sorted({trial.config["seed"] for trial in base})
    if len(seeds) > 1:
        found = f"got decided, and the seeds {', '.join(map(str, seeds))} are swept"
        raise InputError("sweep.until", found, f"Write seed={seeds[0]}: the seeds from this one on are added in rounds")
    if len({tuple(trial.labels.items()) for trial in base}) < 2:
        raise InputError("sweep.until", "got decided, and there is one variant", "Sweep over two or more, as loss=a,b")
    if any(trial.config["search"] for trial in base):
        found = "got decided with a search, whose best network is trained under search.repeats seeds"
        raise InputError("sweep.until", found, "Write sweep.until=planned, or take the search out")
