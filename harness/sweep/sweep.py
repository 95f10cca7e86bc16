"""A sweep: every combination as a trial, on whichever launcher, with one run of its own in the store.

A sweep that was stopped resumes by the same command: what is FINISHED in the store is not
trained again, and its table is that of a sweep that never stopped.
"""

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import yaml
from joblib import cpu_count
from omegaconf import OmegaConf

from harness.checks import one_of
from harness.config.build import build_metrics, build_part, build_tracking, resolve
from harness.config.values import check_value
from harness.errors import STATUS_INTERRUPTED, in_one_line
from harness.kinds import Config
from harness.processes.companion import Companion
from harness.processes.interrupt import interrupted_once
from harness.processes.lock import held
from harness.report.verdict import Verdict
from harness.run import Run
from harness.spec import Outcome
from harness.sweep.cost import Measured
from harness.sweep.keep import Said, close_dead, is_kept, keep, store_may_be_out_of_reach
from harness.sweep.ledger import gather, is_alive, remove_leftovers, sweep_folder, to_go
from harness.sweep.merge import Merger, as_one_row, merged_sentences
from harness.sweep.next_command import leading_to_store, next_command
from harness.sweep.outcomes import forget_outcomes, read_outcomes, read_standings
from harness.sweep.plan import Planned, Planner, check_losses, identity
from harness.sweep.rounds import Rounds
from harness.sweep.signs import Signs
from harness.sweep.verdicts import on_common_seeds
from harness.terminal.console import open_console, print_pointer, print_text, width_of
from harness.terminal.messages import (
    FAILURE,
    describe_trial,
    print_notes,
    print_round,
    print_start,
    print_sweep,
    print_verdict,
)
from harness.terminal.progress import SweepProgress
from harness.terminal.table import Standard, standard_of, swept
from harness.tracking.logger import Logger, Opening
from harness.tracking.store import RunStore
from harness.tracking.sweeps import UNTIL

STATUS_WITH_FAILURES = 3
# What `hydra.sweeper.params` may be.
PARAMS = Mapping[str, str | int | float | bool | Sequence[Any] | None]


def run_sweep(
    config: Any,
    loader: Any,
    launcher: Any,
    params: Mapping[str, str],
    arguments: Sequence[str],
    companion: Companion[Sequence[Planned], Measured] | None,
) -> list[Outcome]:
    """Runs what is not done yet, shows its progress, and ends with the table of all.

    Every combination is composed before the first is trained, so that a wrong key or choice stops the sweep at once.
    Ends the process with STATUS_WITH_FAILURES where a trial failed or waits to be kept, and with STATUS_INTERRUPTED
    after Ctrl-C.

    Args:
        config: the sweep's own composed config.
        loader, launcher: Hydra's.
        params, arguments: see `combinations`.
        companion: of a dry run, see `measuring`.
    """
    settings = _settings(config, params)
    planner = Planner(config, loader)
    base = planner.plan(params, arguments)
    standard = standard_of([trial.config for trial in base], settings["report"]["metric"])
    merger = Merger() if settings["sweep"]["merge_equivalent"] else None
    rounds = Rounds(base, planner, settings, standard, merger)
    planned = rounds.first()
    one_of("report.metric", standard.ranked_by, standard.metrics.on_test)
    tracking = build_tracking(settings)
    store, logger = tracking.store, tracking.logger()
    done = _finished(store, settings, planned)
    left = to_go(planned, done)
    print_notes(note for trial in planned for note in trial.notes)
    if companion:
        from harness.sweep.dry_run import print_plan

        workers = len(getattr(launcher, "environments", ())) or cpu_count()
        print_plan(planned, done, left, workers, merger is not None, companion)
        return []
    check_losses(left)
    if left:
        # Launchers of others know no such thing.
        getattr(launcher, "connect", lambda: None)()
    store.prepare(build_metrics(settings))
    name = identity(merger.merged(base) if merger else base, settings["sweep"]["until"])
    folder = sweep_folder(Path(settings["sweep"]["folder"]), name, settings["resume"])
    with held(folder / "lock"):
        store.close_abandoned(lambda tags: is_alive(tags, Path(settings["trials"]), folder), "KILLED", {})
        remove_leftovers(Path(settings["trials"]), done)
        print_start(folder.name, planned, done, left, rounds.by_looks)
        for sentence in merged_sentences(planned) if merger else ():
            print_text(sentence)
        start = _Start(store, logger, launcher, folder, settings, standard, params, arguments)
        planned, left, outcomes, verdicts = start.train(rounds, planned, done, left)
        # First one row: what another stands for trains no further, and has fewer seeds.
        shown = as_one_row(outcomes) if merger else outcomes
        shown = on_common_seeds(shown) if rounds.by_looks else shown
        following = next_command(verdicts, arguments, min(trial.config["seed"] for trial in base), merger is not None)
        said = Said(verdicts, rounds.end, following, merged_sentences(planned) if merger else [])
        is_new = start.keep(planned, left, outcomes, shown, said)
        print_verdict([*said.sentences, *said.merged], said.end, said.following)
        words = [*([] if is_new else [folder.name]), *leading_to_store(arguments)]
        print_sweep(shown, standard, folder / "table.csv", store.describe(words))
        if settings["report"]["after_sweep"]:
            _report(store, settings, folder, is_new)
    if any(outcome.status != "FINISHED" or outcome.reason for outcome in outcomes):
        sys.exit(STATUS_WITH_FAILURES)
    return outcomes


@dataclass
class _Start:
    """One start of a sweep: what it trains, and the run that it keeps of itself."""

    store: RunStore
    logger: Logger
    launcher: Any
    folder: Path
    settings: Config
    standard: Standard
    params: Mapping[str, str]
    arguments: Sequence[str]
    opened: bool = False

    def train(
        self, rounds: Rounds, planned: Sequence[Planned], done: Mapping[str, Run], left: Sequence[Planned]
    ) -> tuple[list[Planned], list[Planned], list[Outcome], list[Verdict]]:
        """(all that was planned, what of it this start had to train, the outcome of each, the verdicts) at the end.

        planned, done, left: of the first round.
        """
        planned, left, done, fresh = list(planned), list(left), dict(done), list(left)
        try:
            with interrupted_once(), getattr(self.launcher, "kept_open", nullcontext)():
                while True:
                    if fresh:
                        with store_may_be_out_of_reach():
                            self.open(planned)
                        self._launch(fresh, planned, len(left) - len(fresh))
                    outcomes = gather(planned, done, left, self.folder)
                    verdicts = rounds.verdicts(planned, outcomes)
                    more = rounds.next(verdicts, len(left))
                    if not more:
                        return planned, left, outcomes, verdicts
                    print_round(rounds.number, len(planned), len(more), {trial.config["seed"] for trial in more})
                    with store_may_be_out_of_reach():
                        done |= _finished(self.store, self.settings, more)
                    fresh = [trial for trial in to_go(more, done) if trial not in left]
                    planned, left = [*planned, *more], [*left, *fresh]
        except KeyboardInterrupt:
            self._stop(len(left))

    def open(self, planned: Sequence[Planned]) -> None:
        """Begins the sweep's own run, once."""
        if self.opened:
            return
        self.opened = True
        forget_outcomes(self.folder)
        command = {"params": dict(self.params), "arguments": list(self.arguments)}
        (self.folder / "sweep.yaml").write_text(yaml.safe_dump(command))
        tags = {"role": "sweep", "sweep": self.folder.name, UNTIL: self.settings["sweep"]["until"]}
        params = {"trials": len(planned), "overrides": " ".join(self.arguments)}
        self.logger.start(Opening(f"sweep {self.folder.name}", tags, params))

    def keep(
        self,
        planned: Sequence[Planned],
        left: Sequence[Planned],
        outcomes: Sequence[Outcome],
        shown: Sequence[Outcome],
        said: Said,
    ) -> bool:
        """Keeps what came of the sweep with its own run, unless that is kept already; whether it was new."""
        if not self.opened and is_kept(self.folder, shown, self.standard):
            return False
        with store_may_be_out_of_reach():
            self.open(planned)
            close_dead(self.store, left, read_outcomes(self.folder))
            keep(self.logger, self.folder, outcomes, shown, self.standard, said)
        return True

    def _launch(self, fresh: Sequence[Planned], planned: Sequence[Planned], first: int) -> None:
        """Runs some trials; an error that ends them early is printed, and the same command resumes."""
        jobs = [[*trial.overrides, f"sweep.id={self.folder.name}"] for trial in fresh]
        try:
            with self._progress(fresh, planned, first):
                self.launcher.launch(jobs, initial_job_idx=first)
        except Exception as error:
            # joblib gives a whole sweep up where one worker dies; what was done by then stands all the same.
            print_text(f"The launcher gave up: {in_one_line(error)}", FAILURE)

    def _progress(self, fresh: Sequence[Planned], planned: Sequence[Planned], first: int) -> SweepProgress:
        keys = swept([trial.labels for trial in planned])
        names = {
            first + place: describe_trial(each.labels, keys, each.config["seed"], each.config["fold"])
            for place, each in enumerate(fresh)
        }
        silent = Signs(self.folder, names).silent
        outcomes, standings = partial(read_outcomes, self.folder), partial(read_standings, self.folder)
        return SweepProgress(outcomes, standings, silent, first, len(fresh), keys, self.standard)

    def _stop(self, asked: int) -> NoReturn:
        """After Ctrl-C: closes what ran, and ends the process."""
        trials = Path(self.settings["trials"])
        finished = sum(outcome.status == "FINISHED" for outcome in read_outcomes(self.folder).values())
        with store_may_be_out_of_reach():
            self.store.close_abandoned(lambda tags: is_alive(tags, trials, self.folder), "KILLED", {})
        print_text(f"Stopped: {finished} of {asked} trials done. The same command resumes.")
        sys.exit(STATUS_INTERRUPTED)


def _finished(store: RunStore, settings: Config, planned: Sequence[Planned]) -> Mapping[str, Run]:
    """What the store holds of these trials, by fingerprint; nothing where all is to be trained anew."""
    if not settings["resume"]:
        return {}
    return store.finished({trial.fingerprint for trial in planned if trial.fingerprint})


def _settings(config: Any, params: Any) -> dict[str, Any]:
    """The sweep's own config, resolved and checked with what only a sweep has."""
    swept_in_file = OmegaConf.to_container(params) if OmegaConf.is_config(params) else params
    check_value("hydra.sweeper.params", swept_in_file, PARAMS)
    settings = resolve(config)
    check_value("sweep.id", settings["sweep"]["id"], None)
    return settings


def _report(store: RunStore, settings: Config, folder: Path, anew: bool) -> None:
    """What has been trained is kept by now, and stays so whatever becomes of the report."""
    from harness.report.after import FOLDER, report
    from harness.report.files import PAGE

    page, console = folder / FOLDER / PAGE, open_console()
    if page.exists() and not anew:
        print_pointer(f"The report: {page}")
        return
    asked = {**settings["report"], "sweeps": [folder.name], "filter": None, "folder": None}
    try:
        with console.status("writing the report"):
            summary = report(store, build_part({"report": asked}, "report"), folder.parent, width_of(console), True)
    except Exception as error:
        print_text(f"No report: {in_one_line(error)}", FAILURE)
    else:
        console.print(summary)
