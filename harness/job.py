"""One Hydra job: a trial alone, told as it goes, or one of a sweep's, told by the sweep."""

from dataclasses import asdict
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from harness.contracts import Outcome
from harness.errors import at_least
from harness.quiet import import_tensorflow
from harness.sweep.grid import labels_of
from harness.sweep.outcomes import write_outcome


def run_alone(config: DictConfig) -> Outcome:
    """One trial, with its progress and its result in the terminal; raises what goes wrong."""
    from harness.report.terminal import Epochs, tell_trial

    with Epochs() as epochs:
        parts, trial = _build(config)
        epochs.expect(parts.training.epochs, parts.training.monitor)
        outcome = trial.run(parts, _labels(), None, epochs)
    tell_trial(outcome, parts.tracker.look())
    return outcome


def run_in_sweep(config: DictConfig) -> Outcome:
    """One trial of a sweep; a failure is an outcome too. Leaves the outcome as a file for the sweep's progress."""
    from harness.record import reason

    try:
        parts, trial = _build(config)
        outcome = trial.run(parts, _labels(), config.sweep.id, lambda epoch, history: None)
    except Exception as error:
        outcome = Outcome("FAILED", _labels(), config.seed, {}, {}, fingerprint="", seconds=0.0, reason=reason(error))
    folder = Path(config.sweep.folder) / config.sweep.id
    write_outcome(folder, HydraConfig.get().job.num, asdict(outcome))
    return outcome


def _build(config):
    at_least("threads", config.threads, 1)
    tf = import_tensorflow()
    from harness import trial
    from harness.build import build

    if tf.config.threading.get_intra_op_parallelism_threads() != config.threads:
        tf.config.threading.set_intra_op_parallelism_threads(config.threads)
        tf.config.threading.set_inter_op_parallelism_threads(config.threads)
    return build(config, HydraConfig.get().runtime.choices), trial


def _labels():
    return labels_of(HydraConfig.get().overrides.task)
