"""Has a recurrent layer of Keras train by this project's recurrence; the layer stays Keras's own."""

from collections.abc import Callable
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


def use_fast(layer: Any) -> Any:
    """The layer itself, an LSTM, GRU or SimpleRNN or a Bidirectional of them, which now trains by `recurrence`.

    Its class, its config and its variables are Keras's, so that it is saved and loaded as a layer of Keras, and what is
    made anew from its config computes as Keras does. So does the layer itself wherever it is not training, and where
    it has an argument that the recurrence does not cover, is given a mask, or computes in another precision. Values
    and gradients differ from Keras's in rounding alone.

    No GPU was measured.
    """
    if isinstance(layer, keras.layers.Bidirectional):
        use_fast(layer.forward_layer)
        use_fast(layer.backward_layer)
    elif all(COVERED.get(name, value) == value for name, value in layer.get_config().items()):
        # Keras calls it with the sequences, and looks it up in the instance first.
        layer.inner_loop = _inner_loop(layer, CELLS[type(layer)])
    return layer


def _inner_loop(layer: Any, cell: Cell) -> Callable[..., tuple[Tensor, Tensor, list[Tensor]]]:
    of_keras = layer.inner_loop

    def inner_loop(
        sequences: Tensor, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        covered = mask is None and sequences.dtype == tf.float32 and sequences.shape[1] is not None
        if not (training and covered):
            return of_keras(sequences, initial_state, mask, training=training)
        steps = tf.transpose(sequences, (1, 0, 2))
        if layer.go_backwards:
            steps = steps[::-1]
        inputs = tf.concat([steps, tf.ones_like(steps[:, :, :1])], axis=-1)
        own = layer.cell
        packed = cell.pack(*(tf.convert_to_tensor(v) for v in (own.kernel, own.recurrent_kernel, own.bias)))
        outputs = recurrence(cell, inputs, packed, list(initial_state), layer.return_sequences)
        if not layer.return_sequences:
            return outputs, outputs[:, None], [outputs]
        return outputs[-1], tf.transpose(outputs, (1, 0, 2)), [outputs[-1]]

    return inner_loop
