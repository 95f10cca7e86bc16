"""Fit: one network under one loss variant."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from harness.spec import Fittable
from harness.training.batches import Arrays, batches
from harness.training.callbacks.guard import Guard
from harness.training.callbacks.keep_best import KeepBest
from harness.training.callbacks.keep_checkpoint import KeepCheckpoint
from harness.training.callbacks.own import forgetful
from harness.training.callbacks.progress import Progress
from harness.training.callbacks.record_history import RecordHistory
from harness.training.callbacks.stop import Stop
from harness.training.callbacks.validate import Validate
from harness.training.callbacks.whole_epochs import WholeEpochs
from harness.training.fused.member import Member
from harness.training.history import History
from harness.training.program import Program
from harness.training.settings import Training


def fit(
    program: Program,
    arrays: Arrays,
    validate: Callable[[], Mapping[str, float]],
    training: Training,
    seed: int,
    on_epoch: Callable[[int, History], None],
    checkpoint: Path | None,
    member: Member | None = None,
) -> History:
    """Trains the program's network and leaves it, and the loss's own variables, as they were after the best epoch.

    A training that was stopped at any moment and resumes from its checkpoint ends with the same bits as one that never
    stopped, provided that the network draws its random numbers from Keras's seed generators, as Keras's layers do.

    Args:
        program: the network under a loss variant, compiled for this training.
        arrays: x [n, lookback, features], y [n, outputs], both scaled, and weights [outputs] or [n, outputs].
        validate: gives the validation metrics of the network as it stands, by name.
        training: how to train.
        seed: decides the order of the batches, together with the epoch alone.
        on_epoch: called with the epoch and the history so far after every epoch that is trained here.
        checkpoint: this training's own file, to resume from and to keep up to date after every epoch; its folder
            exists. A damaged one is left aside, one that cannot be written is done without, both with a warning. None
            keeps none, and so does a user's callback whose memory it could not keep, with a warning.
        member: computes its epochs together with those of others; None: Keras does.

    Raises:
        DivergedError: when the loss or the monitored metric is no longer finite.
    """
    model, fittable = program.model, program.fittable
    history = History(lower_is_better=training.lower_is_better)
    best = KeepBest([*program.network.weights, *fittable.owned.values()], history)
    own = [callback.make() for callback in training.callbacks]
    keep = _keep_checkpoint(checkpoint, model, training, own, best, history)
    if keep:
        keep.resume()
    done = len(history.monitor)
    if not history.ended(training.epochs, training.patience):
        callbacks = _in_order(training, program.steps, validate, own, history, best, keep, on_epoch)
        if member is None:
            model.fit(
                batches(fittable, arrays, training.batch_size, seed, done),
                initial_epoch=done,
                epochs=training.epochs,
                steps_per_epoch=program.steps,
                shuffle=False,
                verbose=0,
                callbacks=callbacks,
            )
        else:
            _fit_with_others(member, model, callbacks, seed, range(done, training.epochs))
    best.restore()
    history.owned = {name: variable.numpy() for name, variable in fittable.owned.items()}
    # A user's callback may have changed the network after it was validated.
    history.validation = None if own else best.validation
    return history


def _fit_with_others(
    member: Member, model: Any, callbacks: Sequence[keras.callbacks.Callback], seed: int, epochs: range
) -> None:
    """What `model.fit` does around each epoch, where others compute it."""
    calls = keras.callbacks.CallbackList(list(callbacks), model=model)
    model.stop_training = False
    calls.on_train_begin()
    for epoch in epochs:
        calls.on_epoch_begin(epoch)
        calls.on_epoch_end(epoch, {"loss": member.train(seed, epoch)})
        if model.stop_training:
            break
    calls.on_train_end()


def first_step(
    network: keras.Model, fittable: Fittable, arrays: Arrays, training: Training, seed: int
) -> tuple[float, np.ndarray, np.ndarray]:
    """The loss of the first batch, and its gradient as two vectors; nothing is trained.

    Returns:
        (loss, gradient by the network's trainable variables, gradient by those that the loss owns).
    """
    batch = next(iter(batches(fittable, arrays, training.batch_size, seed, 0)))
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    model = fittable.model
    model.compile(**fittable.compile)
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=False), sample_weight=sample_weight)
    variables = [[v.value for v in group] for group in (network.trainable_variables, fittable.owned.values())]
    gradients: Any = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    by_network, by_own = (np.concatenate([np.empty(0), *(g.numpy().ravel() for g in group)]) for group in gradients)
    return float(loss), by_network, by_own


def _keep_checkpoint(
    checkpoint: Path | None,
    model: keras.Model,
    training: Training,
    own: Sequence[keras.callbacks.Callback],
    best: KeepBest,
    history: History,
) -> KeepCheckpoint | None:
    """What keeps the checkpoint; None, with a warning, where it could not hold all that decides the epochs to come."""
    if checkpoint is None:
        return None
    lost = forgetful(training.callbacks, own)
    if lost:
        warnings.warn(
            f"training keeps no checkpoint, and restarts from its first epoch where it is killed: {', '.join(lost)} of "
            "train.callbacks may remember what no checkpoint keeps. Give it get_state and set_state, or write "
            "stateless: true beside its _target_",
            stacklevel=1,
        )
        return None
    # Unlike `weights`, `variables` has the states of the seed generators too.
    return KeepCheckpoint(checkpoint, [*model.variables, *model.optimizer.variables], best, history, own)


def _in_order(
    training: Training,
    steps: int,
    validate: Callable[[], Mapping[str, float]],
    own: Sequence[keras.callbacks.Callback],
    history: History,
    best: KeepBest,
    keep: KeepCheckpoint | None,
    on_epoch: Callable[[int, History], None],
) -> list[keras.callbacks.Callback]:
    """All callbacks of one training; each finds what those before it have done in the same epoch."""
    return [
        WholeEpochs(steps),
        Guard("loss", "the training loss"),
        Validate(validate),
        Guard(training.monitor, training.monitor),
        *own,
        RecordHistory(history, training.monitor, spent=history.seconds[-1] if history.seconds else 0.0),
        best,
        *([keep] if keep else []),
        Progress(on_epoch, history),
        Stop(history, training.epochs, training.patience),
    ]
