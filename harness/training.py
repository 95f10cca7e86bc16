"""Compile and fit: one network under one loss variant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from harness.contracts import Fittable
from harness.errors import DivergedError, InputError, at_least, one_of

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

    own_loss: the variant's own training loss, not comparable between variants; monitor: the panel's metric.
    """

    own_loss: list[float] = field(default_factory=list)
    monitor: list[float] = field(default_factory=list)

    @property
    def best_epoch(self) -> int:
        """The epoch that is kept: the first one with the lowest monitor."""
        return int(np.argmin(self.monitor)) + 1


def fit(
    network: keras.Model,
    fittable: Fittable,
    arrays: tuple[np.ndarray, np.ndarray, np.ndarray],
    validate: Callable[[], Mapping[str, float]],
    training: Training,
    seed: int,
    on_epoch: Callable[[int, History], None],
) -> History:
    """Trains the network in place and leaves it with the weights of its best epoch.

    Args:
        network: [batch, lookback, features] -> [batch, outputs].
        fittable: the network under a loss variant.
        arrays: x [n, lookback, features], y [n, outputs], both scaled, and weights [outputs] or [n, outputs].
        validate: the panel's validation metrics of the network as it stands, by name.
        training: how to train.
        seed: decides the order of the batches, together with the epoch alone.
        on_epoch: told the epoch and the history so far after every epoch.

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
    history = History()
    model.fit(
        _batches(fittable, arrays, training.batch_size, seed),
        epochs=training.epochs,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
        callbacks=[_KeepBest(network, validate, training, history, on_epoch)],
    )
    return history


def predictor(network: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """x [n, lookback, features] -> the network's predictions [n, outputs], whatever n.

    Not compiled by XLA, which would take longer to compile than the predictions of a trial take.
    """
    call = tf.function(
        lambda x: network(x, training=False), input_signature=[tf.TensorSpec(network.input_shape, tf.float32)]
    )
    return lambda x: np.concatenate([call(x[i : i + 1024]).numpy() for i in range(0, len(x), 1024)])


def _batches(fittable, arrays, batch_size, seed):
    """Epoch after epoch of batches; each epoch's order is a function of (seed, epoch) and of nothing else."""
    x, y, w = (tf.constant(a, tf.float32) for a in arrays)
    shared = w.shape.rank == 1

    def epoch(number):
        order = tf.random.experimental.stateless_shuffle(tf.range(len(x)), seed=(seed, number))
        return tf.data.Dataset.from_tensor_slices(order).batch(batch_size)

    def batch(i):
        return fittable.batch(tf.gather(x, i), tf.gather(y, i), w if shared else tf.gather(w, i))

    epochs = tf.data.Dataset.counter(dtype=tf.int64)
    return epochs.flat_map(epoch).map(batch).prefetch(2)


def _create_state(model, fittable, arrays):
    """Creates the optimizer's and the loss's variables, which would otherwise cost a second tracing of the step."""
    x, y, w = (a if a.ndim == 1 else a[:1] for a in arrays)
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(
        fittable.batch(*(tf.constant(a, tf.float32) for a in (x, y, w)))
    )
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(x=x, y=y, y_pred=model(x, training=False), sample_weight=sample_weight)


class _KeepBest(keras.callbacks.Callback):
    """Judges every epoch by the panel, stops when it no longer improves, and puts the best epoch's weights back."""

    def __init__(self, network, validate, training, history, on_epoch):
        super().__init__()
        self.network, self.validate, self.training = network, validate, training
        self.history, self.on_epoch = history, on_epoch
        self.best = None

    def on_epoch_end(self, epoch, logs=None):
        self._finite("the training loss", logs["loss"])
        self.history.own_loss.append(float(logs["loss"]))
        score = self.validate()[self.training.monitor]
        self._finite(self.training.monitor, score)
        self.history.monitor.append(float(score))
        if self.history.best_epoch == epoch + 1:
            self.best = self.network.get_weights()
        self.on_epoch(epoch + 1, self.history)
        self.model.stop_training = epoch + 1 - self.history.best_epoch >= self.training.patience

    def on_train_end(self, logs=None):
        self.network.set_weights(self.best)

    def _finite(self, metric, value):
        if not np.isfinite(value):
            raise DivergedError(len(self.history.own_loss) + (metric == "the training loss"), metric, float(value))
