"""One Hydra job: a trial alone, told as it goes, or one of a sweep's, told by the sweep."""

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from harness.contracts import GROUPS, Outcome
from harness.errors import TrackingError, at_least
from harness.quiet import import_tensorflow
from harness.sweep.grid import labels_of
from harness.sweep.outcomes import write_outcome


def run_alone(config: DictConfig) -> Outcome:
    """One trial, with its progress and its result in the terminal; raises what goes wrong."""
    from harness.report.terminal import Epochs, tell_trial

    with Epochs() as epochs:
        parts, trial = _build(config)
        epochs.expect(parts.training.epochs, parts.training.monitor)
        prepared = trial.prepare(parts)
        # A store that cannot be opened is told of before the training, not after.
        parts.tracker.prepare()
        outcome = trial.run(parts, prepared, _labels(), None, config.resume, epochs)
    tell_trial(outcome, [] if outcome.reason else parts.tracker.look())
    return outcome


def run_in_sweep(config: DictConfig) -> Outcome:
    """One trial of a sweep; a failure is an outcome too. Leaves the outcome as a file for the sweep's progress."""
    from harness.record import reason

    labels = _labels()
    try:
        try:
            parts, trial = _build(config)
            prepared = trial.prepare(parts)
        except Exception as error:
            _keep_refusal(config, labels, error)
            raise
        outcome = trial.run(parts, prepared, labels, config.sweep.id, config.resume, lambda epoch, history: None)
    except Exception as error:
        outcome = Outcome("FAILED", labels, config.seed, {}, {}, fingerprint="", seconds=0.0, reason=reason(error))
    write_outcome(Path(config.sweep.folder) / config.sweep.id, HydraConfig.get().job.num, asdict(outcome))
    return outcome


def _keep_refusal(config, labels, error):
    """A run for a trial that could not begin, so that the store tells of it too."""
    from harness import record
    from harness.build import build_part, resolve

    resolved = resolve(config)
    tracker = build_part(resolved, "tracking")
    with suppress(TrackingError):
        tracker.start(*record.opening(resolved, _names(), labels, config.sweep.id))
        record.close_failed(tracker, error)


def _build(config):
    at_least("threads", config.threads, 1)
    tf = import_tensorflow()
    from harness import trial
    from harness.build import build, resolve

    # A process that has computed already keeps its threads: they change no result.
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(config.threads)
        tf.config.threading.set_inter_op_parallelism_threads(config.threads)
    return build(resolve(config), _names()), trial


def _names():
    return {group: HydraConfig.get().runtime.choices[group] for group in GROUPS}


def _labels():
    return labels_of(HydraConfig.get().overrides.task)
