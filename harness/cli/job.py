"""One trial, or one search, alone: with its progress and its result in the terminal."""

from contextlib import suppress
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from harness.checks import one_of
from harness.errors import TrackingError
from harness.processes.interrupt import interrupted_once
from harness.spec import Outcome
from harness.sweep.job import Job
from harness.sweep.ledger import is_alive
from harness.sweep.next_command import leading_to_store


def run_alone(config: DictConfig) -> Outcome:
    """Trains and shows the result; raises any error, and KeyboardInterrupt after it closed the run."""
    from harness.terminal.messages import print_notes, print_trial
    from harness.terminal.progress import TrialProgress
    from harness.terminal.table import Standard

    with TrialProgress() as progress:
        job = Job(config)
        training, metrics, store = job.parts.training, job.parts.metrics, job.parts.tracking.store
        one_of("report.metric", job.parts.config["report"]["metric"], metrics.on_test)
        progress.expect(training.epochs, training.monitor, metrics.of(training.monitor))
        run = job.prepare(progress.epoch, progress.search)
        # A store that cannot be opened is refused before the training, not after it.
        store.prepare(metrics)
        here = Path(config.trials), Path(config.sweep.folder, "none")
        store.close_abandoned(lambda tags: is_alive(tags, *here), "KILLED", {})
        try:
            with interrupted_once():
                outcome = run(None, config.resume)
        except KeyboardInterrupt:
            with suppress(TrackingError):
                store.close_abandoned(lambda tags: is_alive(tags, *here), "KILLED", {})
            raise
    print_notes(job.notes)
    words = leading_to_store(HydraConfig.get().overrides.task)
    print_trial(outcome, Standard(metrics), [] if outcome.reason else store.describe(words))
    return outcome
