"""One trial: config -> data -> weights -> network -> loss variant -> fit -> metrics -> tracked run."""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import keras
from keras.src.utils.naming import reset_uids

from harness.config.build import Parts
from harness.config.keys import Decides, deciding
from harness.data.scaling import inputs as scaled_inputs
from harness.data.scaling import targets
from harness.processes.compiled import take_compiled
from harness.spec import Fittable, Outcome, SolvedFamily
from harness.tracking.logger import Opening
from harness.training.batches import Arrays
from harness.training.export import coarseness, export_network
from harness.training.fit import fit
from harness.training.fused.member import member
from harness.training.history import History
from harness.training.predictor import predictor
from harness.training.program import program
from harness.training.solve import solve
from harness.trial import record
from harness.trial.artifacts import write_artifacts
from harness.trial.claim import claim
from harness.trial.evaluation import NETWORK, Evaluator
from harness.trial.inputs import Inputs, read_inputs
from harness.trial.live import live
from harness.trial.points import points

KILOBYTES_A_MB = 1024


def run(
    parts: Parts,
    prepared: tuple[Inputs, keras.Model],
    labels: Mapping[str, str],
    sweep: str | None,
    resume: bool,
    on_epoch: Callable[[int, History], None],
) -> Outcome:
    """Runs one trial and keeps it as one tracked run.

    A trial that was killed resumes from its last epoch, and ends as if it had never stopped. In a sweep a FINISHED run
    of this very trial stands for it.

    Args:
        prepared: what `prepare` gave for these parts.
        labels, sweep, resume: see `claim`.
        on_epoch: called with the epoch and the history so far after every epoch.

    Raises:
        DivergedError: in training; the run is kept as FAILED, as for any other error.
    """
    inputs, network = prepared
    reuse = resume and sweep is not None
    with claim(parts, inputs, labels, sweep, resume=resume, reuse=reuse) as run:
        if run.needs_record:
            with live(run.logger, parts.training.monitor) as curves:

                def take(epoch: int, history: History) -> None:
                    if curves:
                        curves.take(history)
                    on_epoch(epoch, history)

                train_and_write(parts, inputs, network, run.folder, take)
        return run.commit()


def prepare(parts: Parts) -> tuple[Inputs, keras.Model]:
    """Reads the data, makes the weights, builds the network: all that can be refused before training.

    The seed gives every loss variant the same initial weights, and Keras names its layers as in a fresh process.

    Raises:
        InputError: whatever is wrong with them, or a loss variant under which these weights make no sense.
    """
    inputs = read_inputs(parts.sources)
    parts.loss.check(inputs.weights, parts.training.batch_size)
    if isinstance(parts.family, SolvedFamily):
        parts.family.check(parts.loss, inputs.weights)
    # Not `clear_session`, which has TensorFlow forget what it has compiled outside XLA.
    reset_uids()
    keras.utils.set_random_seed(parts.seed)
    _, lookback, features = inputs.data.train.x.shape
    return inputs, parts.family(lookback, features, inputs.data.train.y.shape[1])


def learned_from(parts: Parts, inputs: Inputs, network: keras.Model) -> tuple[Fittable, Arrays]:
    """(the network under its loss variant, the scaled arrays it is fitted to)."""
    return parts.loss.fittable(network, inputs.weights), (
        scaled_inputs(inputs.data.scaling, inputs.data.train.x),
        targets(inputs.data.scaling, inputs.data.train.x, inputs.data.train.y),
        inputs.weights,
    )


@dataclass(frozen=True)
class Trained:
    """A network that was trained, what evaluates it, and how it went."""

    network: keras.Model
    evaluator: Evaluator
    history: History


@contextmanager
def trained(
    parts: Parts,
    inputs: Inputs,
    network: keras.Model,
    checkpoint: Path | None,
    on_epoch: Callable[[int, History], None],
) -> Iterator[Trained]:
    """Trains the prepared network, or one that starts from its values, under the loss variant.

    What it gives is for the block alone: another trial may train the same network after it.
    """
    if isinstance(parts.family, SolvedFamily):
        predict = predictor(network, parts.training.jit_compile)
        evaluator = Evaluator(inputs, parts.metrics, predict)
        given = network, inputs.data, inputs.weights, predict, evaluator.on_validation, parts.training
        history = solve(parts.family, *given)
        on_epoch(1, history)
        yield Trained(network, evaluator, history)
        return
    take_compiled()
    fittable, arrays = learned_from(parts, inputs, network)
    made_by = deciding(parts.config, Decides.MODEL, Decides.LOSS)
    with program(network, fittable, parts.training, arrays, made_by) as compiled:
        with_others = member(compiled, arrays, parts.training)
        evaluator = Evaluator(inputs, parts.metrics, with_others.forecast if with_others else compiled.predict)
        validate, settings = evaluator.on_validation, (parts.training, parts.seed)
        history = fit(compiled, arrays, validate, *settings, on_epoch, checkpoint, with_others)
        yield Trained(compiled.network, evaluator, history)


def parameter_counts(network: keras.Model, history: History) -> dict[str, str]:
    """The tags that say how many parameters the network has, and how many the loss owns where it owns any."""
    own = sum(values.size for values in history.owned.values())
    return {"parameters": str(network.count_params()), **({"loss_parameters": str(own)} if own else {})}


def train_and_write(
    parts: Parts,
    inputs: Inputs,
    network: keras.Model,
    folder: Path,
    on_epoch: Callable[[int, History], None],
    opening: Opening | None = None,
) -> None:
    """Trains, evaluates, and writes the record of it below `folder`, which keeps the checkpoint meanwhile.

    opening: see `record.write`.
    """
    started = time.perf_counter()
    with trained(parts, inputs, network, folder / "checkpoint.npz", on_epoch) as done:
        _write(parts, inputs, done, folder, started, opening)


def _write(parts: Parts, inputs: Inputs, done: Trained, folder: Path, started: float, opening: Opening | None) -> None:
    """Evaluates what was trained, and writes its record."""
    network, history, trained_at = done.network, done.history, time.perf_counter()
    result = done.evaluator.result(history.validation)
    metrics = {
        **result.metrics,
        "train_seconds": history.seconds[-1],
        "evaluate_seconds": time.perf_counter() - trained_at,
        "epochs": len(history.own_loss),
        "peak_memory_mb": getrusage(RUSAGE_SELF).ru_maxrss / KILOBYTES_A_MB,
    }
    tags = {
        "unit": inputs.data.unit,
        **parameter_counts(network, history),
        "seconds": str(time.perf_counter() - started),
    }
    exported = export_network(network, inputs.data.scaling)
    coarse = coarseness(inputs.data.test.x, metrics["test_rmse"])
    if coarse:
        tags["coarse"] = coarse
        warnings.warn(coarse, stacklevel=1)
    record.write(
        folder,
        points(metrics, result.by_output[NETWORK], history, parts.training.monitor),
        tags,
        lambda files: write_artifacts(files, parts, inputs, history, result),
        network=(exported, inputs.data.test.x[:2]),
        opening=opening,
        outcome={"baselines": result.baselines},
    )
