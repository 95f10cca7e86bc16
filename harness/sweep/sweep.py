"""A sweep: every combination as a trial, on whichever launcher, with one run of its own in the store.

A sweep that was stopped resumes by the same command: what is FINISHED in the store is not
trained again, and its table is that of a sweep that never stopped.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import yaml
from joblib import cpu_count
from omegaconf import OmegaConf

from harness.checks import one_of
from harness.config.build import build_metrics, build_part, build_tracking, resolve
from harness.config.values import check_value
from harness.errors import STATUS_INTERRUPTED, TrackingError, in_one_line
from harness.processes.interrupt import interrupted_once
from harness.processes.lock import held
from harness.spec import Outcome
from harness.sweep.ledger import gather, is_alive, remove_leftovers, sweep_folder, to_go
from harness.sweep.outcomes import forget_outcomes, read_outcomes, read_standings
from harness.sweep.plan import Planned, check_losses, identity, plan
from harness.sweep.signs import Signs
from harness.terminal.console import open_console, print_pointer, print_text, width_of
from harness.terminal.messages import FAILURE, describe_trial, print_notes, print_start, print_sweep
from harness.terminal.progress import SweepProgress
from harness.terminal.table import Standard, standard_of, swept, to_csv, to_text
from harness.tracking.logger import Logger, Opening
from harness.tracking.store import RunStore
from harness.trial.record import NESTED_IN

STATUS_WITH_FAILURES = 3
# What `hydra.sweeper.params` may be.
PARAMS = Mapping[str, str | int | float | bool | Sequence[Any] | None]


def run_sweep(
    config: Any, loader: Any, launcher: Any, params: Mapping[str, str], arguments: Sequence[str]
) -> list[Outcome]:
    """Runs what is not done yet, shows its progress, and ends with the table of all.

    Every combination is composed before the first is trained, so that a wrong key or choice stops the sweep at once.
    Ends the process with STATUS_WITH_FAILURES where a trial failed or waits to be kept, and with STATUS_INTERRUPTED
    after Ctrl-C.

    Args:
        config: the sweep's own composed config.
        loader, launcher: Hydra's.
        params, arguments: see `combinations`.
    """
    settings = _settings(config, params)
    planned = plan(config, loader, params, arguments)
    standard = standard_of([trial.config for trial in planned], settings["report"]["metric"])
    one_of("report.metric", standard.ranked_by, standard.metrics.on_test)
    tracking = build_tracking(settings)
    store, logger = tracking.store, tracking.logger()
    asked = {trial.fingerprint for trial in planned if trial.fingerprint}
    done = store.finished(asked) if settings["resume"] else {}
    left = to_go(planned, done)
    print_notes(note for trial in planned for note in trial.notes)
    if settings["sweep"]["dry_run"]:
        from harness.sweep.dry_run import print_plan

        print_plan(planned, done, left, len(getattr(launcher, "environments", ())) or cpu_count())
        return []
    check_losses(left)
    store.prepare(build_metrics(settings))
    folder = sweep_folder(Path(settings["sweep"]["folder"]), identity(planned), settings["resume"])
    with held(folder / "lock"):
        store.close_abandoned(lambda tags: is_alive(tags, Path(settings["trials"]), folder), "KILLED", {})
        remove_leftovers(Path(settings["trials"]), done)
        print_start(folder.name, planned, done, left)
        outcomes = [] if left else gather(planned, done, left, folder)
        is_new = bool(left) or not _is_kept(folder, outcomes, standard)
        if is_new:
            forget_outcomes(folder)
            (folder / "sweep.yaml").write_text(yaml.safe_dump({"params": dict(params), "arguments": list(arguments)}))
            try:
                with interrupted_once():
                    with _store_may_be_out_of_reach():
                        logger.start(_opening(folder.name, len(planned), arguments))
                    _launch(launcher, folder, planned, left, standard)
            except KeyboardInterrupt:
                _stop(store, Path(settings["trials"]), folder, len(left))
            outcomes = gather(planned, done, left, folder)
            with _store_may_be_out_of_reach():
                _close_dead(store, left, read_outcomes(folder))
                _keep(logger, folder, outcomes, standard)
        print_sweep(outcomes, standard, folder / "table.csv", _pointers(store))
        if settings["report"]["after_sweep"]:
            _report(store, settings, folder, is_new)
    if any(outcome.status != "FINISHED" or outcome.reason for outcome in outcomes):
        sys.exit(STATUS_WITH_FAILURES)
    return outcomes


def _settings(config: Any, params: Any) -> dict[str, Any]:
    """The sweep's own config, resolved and checked with what only a sweep has."""
    swept_in_file = OmegaConf.to_container(params) if OmegaConf.is_config(params) else params
    check_value("hydra.sweeper.params", swept_in_file, PARAMS)
    settings = resolve(config)
    check_value("sweep.id", settings["sweep"]["id"], None)
    return settings


def _pointers(store: RunStore) -> Sequence[str]:
    pointers: Sequence[str] = []
    with _store_may_be_out_of_reach():
        pointers = store.describe()
    return pointers


def _is_kept(folder: Path, outcomes: Sequence[Outcome], standard: Standard) -> bool:
    """Whether the table of these outcomes stands in the folder.

    It does not where a trial was kept in the store and its process died before it could report that.
    """
    table = folder / "table.csv"
    return table.exists() and table.read_bytes() == to_csv(outcomes, standard).encode()


def _opening(name: str, trials: int, arguments: Sequence[str]) -> Opening:
    params = {"trials": trials, "overrides": " ".join(arguments)}
    return Opening(f"sweep {name}", {"role": "sweep", "sweep": name}, params)


def _launch(
    launcher: Any, folder: Path, planned: Sequence[Planned], left: Sequence[Planned], standard: Standard
) -> None:
    """Runs what is left; an error that ends it early is printed, and the same command resumes."""
    jobs = [[*trial.overrides, f"sweep.id={folder.name}"] for trial in left]
    try:
        with _progress(folder, left, planned, standard):
            if jobs:
                launcher.launch(jobs, initial_job_idx=0)
    except Exception as error:
        # joblib gives a whole sweep up where one worker dies; what was done by then stands all the same.
        print_text(f"The launcher gave up: {in_one_line(error)}", FAILURE)


def _stop(store: RunStore, trials: Path, folder: Path, asked: int) -> NoReturn:
    """After Ctrl-C: closes what ran, and ends the process."""
    finished = sum(outcome.status == "FINISHED" for outcome in read_outcomes(folder).values())
    with _store_may_be_out_of_reach():
        store.close_abandoned(lambda tags: is_alive(tags, trials, folder), "KILLED", {})
    print_text(f"Stopped: {finished} of {asked} trials done. The same command resumes.")
    sys.exit(STATUS_INTERRUPTED)


def _progress(folder: Path, left: Sequence[Planned], planned: Sequence[Planned], standard: Standard) -> SweepProgress:
    keys = swept([trial.labels for trial in planned])
    names = [describe_trial(each.labels, keys, each.config["seed"], each.config["fold"]) for each in left]
    silent = Signs(folder, names).silent
    outcomes, standings = partial(read_outcomes, folder), partial(read_standings, folder)
    return SweepProgress(outcomes, standings, silent, len(left), keys, standard)


def _close_dead(store: RunStore, left: Sequence[Planned], outcomes: Mapping[int, Outcome]) -> None:
    """A trial that died with its process could not end its run itself.

    What is nested in it is cut short and has not failed: the next start delivers its record again.
    """
    for number, trial in enumerate(left):
        outcome = outcomes.get(number)
        if trial.fingerprint and (outcome is None or outcome.status != "FINISHED"):
            own, why = trial.fingerprint, {"failure": outcome.reason if outcome else "lost by its launcher"}
            store.close_abandoned(lambda tags, own=own: tags.get(NESTED_IN) != own, "KILLED", {})
            store.close_abandoned(lambda tags, own=own: tags.get("fingerprint") != own, "FAILED", why)


def _keep(logger: Logger, folder: Path, outcomes: Sequence[Outcome], standard: Standard) -> None:
    finished = sum(outcome.status == "FINISHED" for outcome in outcomes)
    logger.metrics([("finished", finished, 0), ("failed", len(outcomes) - finished, 0)])
    with tempfile.TemporaryDirectory() as kept:
        files = {
            "table.csv": to_csv(outcomes, standard),
            "table.txt": to_text(outcomes, standard),
            "outcomes.json": json.dumps([asdict(outcome) for outcome in outcomes], indent=1),
            "sweep.yaml": (folder / "sweep.yaml").read_text(),
        }
        for name, text in files.items():
            (Path(kept) / name).write_text(text)
        logger.files(Path(kept))
    logger.close("FINISHED", {"description": f"```\n{files['table.txt']}\n```"})
    # The table stands in the folder only when the sweep's run is whole.
    partial = folder / "table.csv.partial"
    partial.write_text(files["table.csv"])
    partial.replace(folder / "table.csv")


def _report(store: RunStore, settings: Mapping[str, Any], folder: Path, anew: bool) -> None:
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
            summary = report(store, build_part({"report": asked}, "report"), folder.parent, width_of(console))
    except Exception as error:
        print_text(f"No report: {in_one_line(error)}", FAILURE)
    else:
        console.print(summary)


@contextmanager
def _store_may_be_out_of_reach() -> Iterator[None]:
    """A sweep continues without its store: its trials' records wait, and its own run is made at the next start."""
    try:
        yield
    except TrackingError as error:
        print_text(f"The store is out of reach: {error}", FAILURE)
