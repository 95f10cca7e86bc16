"""Compile and fit: one network under one loss variant."""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from harness.checks import at_least, one_of
from harness.errors import DivergedError, InputError
from harness.spec import Fittable
from harness.training.checkpoint import Checkpoint, read, write

OPTIMIZERS = ("adam", "adamw", "nadam", "rmsprop", "sgd")
MONITORS = ("val_rmse", "val_mae", "val_weighted_rmse")


@dataclass(frozen=True, kw_only=True)
class Training:
    """How to train, the same for every loss variant.

    epochs: at most so many; patience: stop after so many without a better `monitor`, a validation metric of the panel
    (one of MONITORS), which picks the epoch that is kept as well; jit_compile: whether XLA compiles the step.

    Raises:
        InputError: for a value that cannot be trained with.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: str
    monitor: str
    patience: int
    jit_compile: bool

    def __post_init__(self):
        for key in ("epochs", "batch_size", "patience"):
            at_least(f"train.{key}", getattr(self, key), 1)
        one_of("train.optimizer", self.optimizer, OPTIMIZERS)
        one_of("train.monitor", self.monitor, MONITORS)
        one_of("train.jit_compile", self.jit_compile, (True, False))
        rate = self.learning_rate
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate < float("inf"):
            raise InputError("train.learning_rate", f"got {rate!r}", "Write a number above 0")


@dataclass
class History:
    """What fitting leaves behind, epoch by epoch; epochs count from 1.

    own_loss: the variant's own training loss, not comparable between variants; monitor: the panel's metric; seconds:
    since training began, compiling and judging counted, however often it was stopped.
    """

    own_loss: list[float] = field(default_factory=list)
    monitor: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The epoch that is kept: the first one with the lowest monitor."""
        return int(np.argmin(self.monitor)) + 1

    def ended(self, training: Training) -> bool:
        """Whether every epoch is done, or the last `patience` of them brought no better monitor."""
        epoch = len(self.monitor)
        return epoch > 0 and (epoch >= training.epochs or epoch - self.best_epoch >= training.patience)


def fit(
    network: keras.Model,
    fittable: Fittable,
    arrays: tuple[np.ndarray, np.ndarray, np.ndarray],
    validate: Callable[[], Mapping[str, float]],
    training: Training,
    seed: int,
    on_epoch: Callable[[int, History], None],
    checkpoint: Path | None,
) -> History:
    """Trains the network in place and leaves it with the weights of its best epoch.

    A training that was stopped at any moment and goes on from its checkpoint ends with the same bits as one that never
    stopped, provided that the network draws its random numbers from Keras's seed generators, as Keras's layers do.

    Args:
        network: [batch, lookback, features] -> [batch, outputs].
        fittable: the network under a loss variant.
        arrays: x [n, lookback, features], y [n, outputs], both scaled, and weights [outputs] or [n, outputs].
        validate: the panel's validation metrics of the network as it stands, by name.
        training: how to train.
        seed: decides the order of the batches, together with the epoch alone.
        on_epoch: told the epoch and the history so far after every epoch that is trained here.
        checkpoint: this training's own file, to go on from and to keep up to date after every epoch; its folder
            exists. A damaged one is left aside, one that cannot be written is done without, both with a warning. None
            keeps none.

    Raises:
        DivergedError: when the loss or the monitored metric is no longer finite.
    """
    model, n = fittable.model, len(arrays[0])
    steps = -(-n // training.batch_size)
    optimizer = {"class_name": training.optimizer, "config": {"learning_rate": training.learning_rate}}
    model.compile(
        optimizer=keras.optimizers.get(optimizer),
        jit_compile=training.jit_compile,
        steps_per_execution=steps,
        **fittable.compile,
    )
    _create_state(model, fittable, arrays)
    keep = _Keep(network, model, validate, training, on_epoch, checkpoint)
    keep.go_on()
    done = len(keep.history.monitor)
    if not keep.history.ended(training):
        model.fit(
            _batches(fittable, arrays, training.batch_size, seed, done),
            initial_epoch=done,
            epochs=training.epochs,
            steps_per_epoch=steps,
            shuffle=False,
            verbose=0,
            callbacks=[keep],
        )
    network.set_weights(keep.best)
    return keep.history


def first_step(
    fittable: Fittable, arrays: tuple[np.ndarray, np.ndarray, np.ndarray], training: Training, seed: int
) -> tuple[float, np.ndarray]:
    """(the loss, its gradient by all variables as one vector) of the first batch; nothing is trained."""
    batch = next(iter(_batches(fittable, arrays, training.batch_size, seed, 0)))
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    model = fittable.model
    model.compile(**fittable.compile)
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=False), sample_weight=sample_weight)
    gradients = tape.gradient(loss, model.trainable_variables)
    return float(loss), np.concatenate([np.ravel(gradient) for gradient in gradients])


def predictor(network: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """x [n, lookback, features] -> the network's predictions [n, outputs], whatever n.

    Not compiled by XLA, which would take longer to compile than the predictions of a trial take.
    """
    call = tf.function(
        lambda x: network(x, training=False), input_signature=[tf.TensorSpec(network.inputs[0].shape, tf.float32)]
    )
    return lambda x: np.concatenate([call(x[i : i + 1024]).numpy() for i in range(0, len(x), 1024)])


def _batches(fittable, arrays, batch_size, seed, first):
    """Batches of epoch `first`, the next, and so on; each epoch's order is a function of (seed, epoch) alone."""
    x, y, w = (tf.constant(a, tf.float32) for a in arrays)
    shared = w.shape.rank == 1

    def epoch(number):
        order = tf.random.experimental.stateless_shuffle(tf.range(len(x)), seed=(seed, number))
        return tf.data.Dataset.from_tensor_slices(order).batch(batch_size)

    def batch(i):
        return fittable.batch(tf.gather(x, i), tf.gather(y, i), w if shared else tf.gather(w, i))

    epochs = tf.data.Dataset.counter(start=first, dtype=tf.int64)
    return epochs.flat_map(epoch).map(batch).prefetch(2)


def _create_state(model, fittable, arrays):
    """Creates the optimizer's and the loss's variables, which would otherwise cost a second tracing of the step."""
    x, y, w = (a if a.ndim == 1 else a[:1] for a in arrays)
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(
        fittable.batch(*(tf.constant(a, tf.float32) for a in (x, y, w)))
    )
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(x=x, y=y, y_pred=model(x, training=False), sample_weight=sample_weight)


class _Keep(keras.callbacks.Callback):
    """Judges every epoch by the panel, keeps the best one's weights and a checkpoint, stops when nothing improves."""

    def __init__(self, network, model, validate, training, on_epoch, checkpoint):
        super().__init__()
        self.network, self.validate, self.training = network, validate, training
        self.on_epoch, self.checkpoint = on_epoch, checkpoint
        # Unlike get_weights(), `variables` has the states of the seed generators too.
        self.variables = [*model.variables, *model.optimizer.variables]
        self.history, self.best = History(), None
        self.began = time.perf_counter()
        self.warned = False

    def go_on(self):
        """Puts everything back to where the checkpoint was written, if there is one."""
        found = self.checkpoint and read(self.checkpoint, self._values(), self.network.get_weights())
        if found:
            for variable, value in zip(self.variables, found.variables, strict=True):
                variable.assign(value)
            self.history, self.best = History(found.own_loss, found.monitor, found.seconds), found.best
            self.began -= found.seconds[-1]

    def on_epoch_end(self, epoch, logs=None):
        self._finite("the training loss", logs["loss"])
        self.history.own_loss.append(float(logs["loss"]))
        score = self.validate()[self.training.monitor]
        self._finite(self.training.monitor, score)
        self.history.monitor.append(float(score))
        self.history.seconds.append(time.perf_counter() - self.began)
        if self.history.best_epoch == epoch + 1:
            self.best = self.network.get_weights()
        self._write()
        self.on_epoch(epoch + 1, self.history)
        self.model.stop_training = self.history.ended(self.training)

    def _write(self):
        if not self.checkpoint:
            return
        try:
            history = self.history
            state = Checkpoint(self._values(), self.best, history.own_loss, history.monitor, history.seconds)
            write(self.checkpoint, state)
        except OSError as error:
            if not self.warned:
                # At this level: one further up is Keras's, whose warnings may be silenced.
                warnings.warn(f"training goes on without a checkpoint of its latest epochs: {error}", stacklevel=1)
            self.warned = True

    def _values(self):
        return [variable.numpy() for variable in self.variables]

    def _finite(self, metric, value):
        if not np.isfinite(value):
            raise DivergedError(len(self.history.own_loss) + (metric == "the training loss"), metric, float(value))
