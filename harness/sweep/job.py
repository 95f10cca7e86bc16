"""One Hydra job, a trial or a search, from its config to its outcome."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from harness.config.build import build, resolve
from harness.config.keys import GROUPS
from harness.config.schema import check_launcher
from harness.config.variant import labels_of
from harness.errors import TrackingError, in_one_line
from harness.processes.before_computing import before_computing
from harness.spec import Outcome
from harness.sweep.outcomes import write_outcome, write_standing
from harness.sweep.signs import leave_sign
from harness.tracking.tracking import Tracking

if TYPE_CHECKING:
    from harness.search.trainings import Progress
    from harness.training.history import History


class Job:
    """What a composed config asks for.

    Attributes:
        labels: what the trial was set to by its overrides.
        parts: what its config builds.
        notes: those of its data set, once it is prepared.

    Args:
        tracking: keeps its run in the place of what its config says; None: nothing does.

    Raises:
        InputError: a value or a key that a part refuses.
    """

    def __init__(self, config: DictConfig, tracking: Tracking | None = None):
        self.labels = labels()
        self.notes: Sequence[str] = ()
        resolved = resolve(config)
        check_launcher(OmegaConf.to_container(HydraConfig.get().launcher, resolve=True))
        before_computing(config.threads, Path(resolved["compiled"]))
        parts = build(resolved, names(), list(HydraConfig.get().overrides.task))
        self.parts = parts if tracking is None else replace(parts, tracking=tracking)

    def prepare(
        self, on_epoch: "Callable[[int, History], None]", on_search: "Callable[[Progress], None]"
    ) -> Callable[[str | None, bool], Outcome]:
        """Reads and checks all that can be refused before training.

        Args:
            on_epoch, on_search: see `harness.trial.trial.run` and `harness.search.study.run`.

        Returns:
            what trains: (the sweep or None, whether to resume) -> the outcome.

        Raises:
            InputError: whatever is wrong with the data, the weights, the network or the space.
        """
        from harness.search import study
        from harness.trial import trial

        if self.parts.search:
            inputs_and_space = study.prepare(self.parts, self.labels)
            self.notes = inputs_and_space[0].data.notes
            return lambda sweep, resume: study.run(self.parts, inputs_and_space, self.labels, sweep, resume, on_search)
        inputs_and_network = trial.prepare(self.parts)
        self.notes = inputs_and_network[0].data.notes
        return lambda sweep, resume: trial.run(self.parts, inputs_and_network, self.labels, sweep, resume, on_epoch)


def run_in_sweep(config: DictConfig) -> Outcome:
    """One trial of a sweep; a failure is an outcome too. Leaves the outcome as a file for the sweep's progress."""
    folder, number = Path(config.sweep.folder) / config.sweep.id, HydraConfig.get().job.num

    def on_search(progress: "Progress") -> None:
        write_standing(folder, number, progress)
        leave_sign(folder, number)

    try:
        try:
            run = Job(config).prepare(lambda epoch, history: leave_sign(folder, number), on_search)
        except Exception as error:
            _keep_refusal(config, error)
            raise
        outcome = run(config.sweep.id, config.resume)
    except Exception as error:
        outcome = failed(config, in_one_line(error))
    write_outcome(folder, number, asdict(outcome))
    return outcome


def failed(config: DictConfig, reason: str) -> Outcome:
    """The outcome of a trial that gave no result; config: a job's, with Hydra's own keys."""
    own = labels_of(config.hydra.overrides.task) if "hydra" in config else labels()
    return Outcome("FAILED", own, config.seed, {}, {}, fingerprint="", seconds=0.0, reason=reason, fold=config.fold)


def names() -> dict[str, str]:
    """Which file of conf/ Hydra chose in each group."""
    return {group: HydraConfig.get().runtime.choices[group] for group in GROUPS}


def labels() -> dict[str, str]:
    """What distinguishes the variant of Hydra's job: see `labels_of`."""
    return labels_of(HydraConfig.get().overrides.task)


def _keep_refusal(config: DictConfig, error: Exception) -> None:
    """Keeps a run for a trial that could not begin, so that the store holds its reason, too."""
    from harness.config.build import build_tracking, resolve
    from harness.trial import record
    from harness.trial.opening import opening_of

    resolved = resolve(config)
    logger = build_tracking(resolved).logger()
    with suppress(TrackingError):
        logger.start(opening_of(resolved, names(), labels(), config.sweep.id))
        record.close_failed(logger, record.failure_of(error))
