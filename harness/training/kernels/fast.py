"""Has a recurrent layer of Keras train by this project's recurrence; the layer stays Keras's own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
import tensorflow as tf

from harness.training.kernels.cells import GRU, LSTM, Cell, SimpleRNN, Tensor
from harness.training.kernels.recurrence import recurrence

CELLS: dict[type, Cell] = {keras.layers.LSTM: LSTM(), keras.layers.GRU: GRU(), keras.layers.SimpleRNN: SimpleRNN()}
# With these arguments alone; where a layer has others, it trains as Keras does.
COVERED = {
    "activation": "tanh",
    "recurrent_activation": "sigmoid",
    "use_bias": True,
    "dropout": 0.0,
    "recurrent_dropout": 0.0,
    "reset_after": True,
    "unroll": False,
    "stateful": False,
    "return_state": False,
}
_forecasts: ContextVar[bool] = ContextVar("_forecasts", default=False)


@contextmanager
def fast_forecasts() -> Iterator[None]:
    """A block in which layers that train by `recurrence` compute by it outside of training, too.

    Under XLA alone: it drops what the recurrence leaves for a gradient.
    """
    token = _forecasts.set(True)
    try:
        yield
    finally:
        _forecasts.reset(token)


def use_fast(layer: Any) -> Any:
    """The layer itself, an LSTM, GRU or SimpleRNN or a Bidirectional of them, which now trains by `recurrence`.

    Its class, its config and its variables are Keras's, so that it is saved and loaded as a layer of Keras, and what is
    made anew from its config computes as Keras does. So does the layer itself where it is not training and outside of
    `fast_forecasts`, and where it has an argument that the recurrence does not cover, is given a mask, or computes in
    another precision. Values and gradients differ from Keras's in rounding alone.

    No GPU was measured.
    """
    if isinstance(layer, keras.layers.Bidirectional):
        use_fast(layer.forward_layer)
        use_fast(layer.backward_layer)
    elif all(COVERED.get(name, value) == value for name, value in layer.get_config().items()):
        # Keras calls it with the sequences, and looks it up in the instance first.
        layer.inner_loop = _inner_loop(layer)
    return layer


def is_fast(layer: Any) -> bool:
    """Whether the layer, an LSTM, GRU or SimpleRNN or a Bidirectional of them, trains by `recurrence`."""
    if isinstance(layer, keras.layers.Bidirectional):
        return layer.merge_mode == "concat" and is_fast(layer.forward_layer) and is_fast(layer.backward_layer)
    return "inner_loop" in vars(layer)


def outputs_of_each(layer: Any, sequences: Tensor, values: Mapping[int, Tensor]) -> Tensor:
    """The outputs of a layer of several networks [networks, batch, units], or [networks, batch, steps, units].

    Args:
        layer: one that is fast.
        sequences: [networks, batch, steps, features].
        values: of each variable of the layer by its id, [networks, ...].
    """
    if isinstance(layer, keras.layers.Bidirectional):
        ways: Any = (layer.forward_layer, layer.backward_layer)
        forward, backward = (outputs_of_each(way, sequences, values) for way in ways)
        # Keras gives what is read backwards in the order of the steps.
        return tf.concat([forward, tf.reverse(backward, [-2]) if layer.return_sequences else backward], axis=-1)
    own = layer.cell
    state = tf.zeros((*tf.unstack(tf.shape(sequences)[:2]), own.units), sequences.dtype)
    variables = [values[id(variable)] for variable in (own.kernel, own.recurrent_kernel, own.bias)]
    return _outputs(layer, sequences, variables, [state] * len(tf.nest.flatten(own.state_size)))


def _inner_loop(layer: Any) -> Callable[..., tuple[Tensor, Tensor, list[Tensor]]]:
    of_keras = layer.inner_loop

    def inner_loop(
        sequences: Tensor, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        covered = mask is None and sequences.dtype == tf.float32 and sequences.shape[1] is not None
        if not ((training or _forecasts.get()) and covered):
            return of_keras(sequences, initial_state, mask, training=training)
        own = layer.cell
        variables = [tf.convert_to_tensor(v) for v in (own.kernel, own.recurrent_kernel, own.bias)]
        outputs = _outputs(layer, sequences, variables, list(initial_state))
        if not layer.return_sequences:
            return outputs, outputs[:, None], [outputs]
        return outputs[:, -1], outputs, [outputs[:, -1]]

    return inner_loop


def _outputs(layer: Any, sequences: Tensor, variables: Sequence[Tensor], states: Sequence[Tensor]) -> Tensor:
    """[..., batch, units] or, where the layer returns sequences, [..., batch, steps, units].

    Args:
        sequences: [..., batch, steps, features]; variables: kernel, recurrent kernel and bias of the layer's cell, each
            [..., its shape]; states: [..., batch, units].
    """
    cell, rank = CELLS[type(layer)], len(sequences.shape)
    steps: Any = tf.transpose(sequences, (rank - 2, *range(rank - 2), rank - 1))
    if layer.go_backwards:
        steps = steps[::-1]
    inputs = tf.concat([steps, tf.ones_like(steps[..., 0:1])], axis=-1)
    outputs = recurrence(cell, inputs, cell.pack(*variables), states, layer.return_sequences)
    return tf.transpose(outputs, (*range(1, rank - 1), 0, rank - 1)) if layer.return_sequences else outputs
