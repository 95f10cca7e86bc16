"""A compiled training, which serves every later training that differs from it in values alone."""

import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from harness.processes.compiled import share_compiled
from harness.spec import Fittable
from harness.training.batches import Arrays
from harness.training.named_alike import named_alike
from harness.training.predictor import predictor
from harness.training.settings import Training

# How many a process keeps. Each holds its network and its compiled step in memory.
KEPT = 8


class Program:
    """A network under a loss variant, compiled: its step and its predictions are traced once.

    Args:
        network: [batch, lookback, features] -> [batch, outputs].
        fittable: the network under the loss variant.
        training: how to train.
        arrays: what it will be fitted to; of later ones the shapes are the same.
        key: see below.

    Attributes:
        network, fittable: as given.
        model: that of the fittable, compiled.
        predict: scaled x [n, lookback, features] -> the network's predictions [n, outputs] as it stands, whatever n.
        steps: batches an epoch.
        key: equal for programs that differ in values alone; None where this cannot be known.
    """

    def __init__(
        self, network: keras.Model, fittable: Fittable, training: Training, arrays: Arrays, key: str | None = None
    ):
        self.network, self.fittable, self.model = network, fittable, fittable.model
        self.predict = predictor(network, training.jit_compile)
        self.steps, self.key = steps_of(training, arrays), key
        self.model.compile(
            optimizer=training.optimizer(),
            jit_compile=training.jit_compile,
            steps_per_execution=self.steps,
            **fittable.compile,
        )
        _create_state(self.model, fittable, arrays)

    def start_from(self, fittable: Fittable, optimizer: keras.optimizers.Optimizer) -> None:
        """Gives every variable its value in a fittable that was built anew, and in its optimizer."""
        optimizer.build(fittable.model.trainable_variables)
        own = self.model.variables, self.model.optimizer.variables, self.fittable.weights or ()
        new = fittable.model.variables, optimizer.variables, fittable.weights or ()
        for variables, values in zip(own, new, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)


_programs: OrderedDict[str, Program] = OrderedDict()


@contextmanager
def program(
    network: keras.Model, fittable: Fittable, training: Training, arrays: Arrays, made_by: Any
) -> Iterator[Program]:
    """The program of a training, as if compiled anew: what it leaves is the same to the last bit.

    An earlier one of this process is taken where all is the same that may be built into what was compiled; it starts
    from the values of this network. It is nobody else's inside the block, and is dropped where the block raises.

    Args:
        network: just built; it is not trained itself where an earlier program is taken.
        fittable, training, arrays: see `Program`.
        made_by: what decides the network and the fittable beside their shapes and the weights, as JSON holds it.
    """
    key = _key(network, fittable, training, arrays, made_by)
    taken = _programs.pop(key, None) if key else None
    if taken is None:
        with named_alike(key):
            taken = Program(network, fittable, training, arrays, key)
            yield taken
        share_compiled()
    else:
        taken.start_from(fittable, training.optimizer())
        yield taken
    if key:
        _programs[key] = taken
        while len(_programs) > KEPT:
            _programs.popitem(last=False)


def steps_of(training: Training, arrays: Arrays) -> int:
    """Batches an epoch, the last of which may be smaller."""
    return -(-len(arrays[0]) // training.batch_size)


def _key(network: keras.Model, fittable: Fittable, training: Training, arrays: Arrays, made_by: Any) -> str | None:
    """All that may be a constant of what is compiled; None where this cannot be known.

    A user's own callback may change the model that it sees, and what cannot be described cannot be compared.
    """
    if training.callbacks:
        return None
    optimizer = training.optimizer()
    described: Any = keras.saving.serialize_keras_object(optimizer)
    # A number that one of Keras's own optimizers keeps in a variable.
    if type(optimizer).__module__.startswith("keras.") and isinstance(optimizer.learning_rate, keras.Variable):
        described["config"].pop("learning_rate")
    x, y, weights = arrays
    shapes = x.shape[1:], y.shape[1:], weights.ndim, steps_of(training, arrays), len(x) % training.batch_size
    constants = "" if fittable.weights is not None else weights.tobytes().hex()
    how = training.batch_size, training.jit_compile
    try:
        return json.dumps([network.get_config(), described, shapes, how, constants, made_by], sort_keys=True)
    except (TypeError, ValueError, NotImplementedError):
        return None


def _create_state(model: Any, fittable: Fittable, arrays: Arrays) -> None:
    """Creates the optimizer's and the loss's variables, which would otherwise cost a second tracing of the step."""
    x, y, w = arrays[0][:1], arrays[1][:1], arrays[2] if arrays[2].ndim == 1 else arrays[2][:1]
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(
        fittable.batch(*(tf.constant(a, tf.float32) for a in (x, y, w)))
    )
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(x=x, y=y, y_pred=model(x, training=False), sample_weight=sample_weight)
