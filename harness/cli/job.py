"""One Hydra job: a trial alone, told as it goes, or one of a sweep's, told by the sweep."""

from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from harness.config.keys import GROUPS
from harness.config.variant import labels_of
from harness.errors import TrackingError
from harness.processes.threads import use_threads
from harness.spec import Outcome
from harness.sweep.ledger import is_alive
from harness.sweep.outcomes import write_outcome, write_standing


def run_alone(config: DictConfig) -> Outcome:
    """One trial, with its progress and its result in the terminal; raises what goes wrong."""
    from harness.terminal.messages import print_trial
    from harness.terminal.progress import TrialProgress
    from harness.terminal.table import Standard

    with TrialProgress() as bar:
        parts, trial = _build(config)
        monitor = parts.training.monitor
        bar.expect(parts.training.epochs, monitor, parts.metrics.of(monitor))
        prepared = _prepared(parts, trial)
        # A store that cannot be opened is told of before the training, not after.
        parts.tracking.store.prepare(parts.metrics)
        here = Path(config.trials), Path(config.sweep.folder, "none")
        parts.tracking.store.close_abandoned(lambda tags: is_alive(tags, *here), "KILLED", {})
        run, tell = (_tuned().run, bar.search) if parts.search else (trial.run, bar.epoch)
        outcome = run(parts, prepared, _labels(), None, config.resume, tell)
    print_trial(outcome, Standard(parts.metrics), [] if outcome.reason else parts.tracking.store.describe())
    return outcome


def run_in_sweep(config: DictConfig) -> Outcome:
    """One trial of a sweep; a failure is an outcome too. Leaves the outcome as a file for the sweep's progress."""
    from harness.trial.record import reason

    labels, number = _labels(), HydraConfig.get().job.num
    try:
        try:
            parts, trial = _build(config)
            prepared = _prepared(parts, trial)
        except Exception as error:
            _keep_refusal(config, labels, error)
            raise
        run, tell = trial.run, lambda epoch, history: None
        if parts.search:
            run, tell = _tuned().run, partial(write_standing, Path(config.sweep.folder) / config.sweep.id, number)
        outcome = run(parts, prepared, labels, config.sweep.id, config.resume, tell)
    except Exception as error:
        told = reason(error)
        outcome = Outcome(
            "FAILED", labels, config.seed, {}, {}, fingerprint="", seconds=0.0, reason=told, fold=config.fold
        )
    write_outcome(Path(config.sweep.folder) / config.sweep.id, number, asdict(outcome))
    return outcome


def _keep_refusal(config, labels, error):
    """A run for a trial that could not begin, so that the store tells of it too."""
    from harness.config.build import build_tracking, resolve
    from harness.trial import record

    resolved = resolve(config)
    logger = build_tracking(resolved).logger()
    with suppress(TrackingError):
        logger.start(record.opening(resolved, _names(), labels, config.sweep.id))
        record.close_failed(logger, error)


def _build(config):
    use_threads(config.threads)
    from harness.config.build import build, resolve
    from harness.trial import trial

    return build(resolve(config), _names()), trial


def _prepared(parts, trial):
    return _tuned().prepare(parts, _labels()) if parts.search else trial.prepare(parts)


def _tuned():
    from harness.search import study

    return study


def _names():
    return {group: HydraConfig.get().runtime.choices[group] for group in GROUPS}


def _labels():
    return labels_of(HydraConfig.get().overrides.task)
