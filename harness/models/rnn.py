"""A recurrent network: windows in, one vector out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from annotated_types import Interval

from harness.memory import BYTES_A_PARAMETER, check_memory

if TYPE_CHECKING:
    import keras

Width: TypeAlias = Annotated[int, Interval(ge=1, le=16_384)]
# How many matrices of weights each cell multiplies its inputs with.
GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}


def rnn(
    lookback: int,
    features: int,
    outputs: int,
    *,
    cell: Literal["simple_rnn", "gru", "lstm"],
    units: Width,
    upper_units: Width | None,
    layers: Annotated[int, Interval(ge=1, le=100)],
    dropout: Annotated[float, Interval(ge=0, lt=1)],
    bidirectional: bool,
    kernel: Literal["fast", "keras"],
) -> keras.Model:
    """[batch, lookback, features] -> [batch, outputs]: recurrent layers, then one dense layer.

    Args:
        lookback, features, outputs: the shape of the problem.
        cell: simple_rnn | gru | lstm.
        units: the width of the first recurrent layer (of each direction, where bidirectional).
        upper_units: that of the layers above it; None: the same.
        layers: how many recurrent layers.
        dropout: the share of a layer's outputs left out in training, in [0, 1); after every recurrent layer.
        bidirectional: whether each layer also reads the window backwards.
        kernel: how a recurrent layer is computed: by this project's recurrence, or as Keras does it. The values are
            the same but for rounding; no GPU was measured.

    Raises:
        InputError: more parameters than this machine's memory can train.
    """
    # TensorFlow is imported when a network is built, and not when its arguments are checked.
    import keras

    from harness.training.kernels.fast import use_fast

    widths = [units, *[units if upper_units is None else upper_units] * (layers - 1)]
    _check_size(cell, widths, features, 2 if bidirectional else 1)
    cells = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
    inputs = x = keras.Input((lookback, features), name="history")
    for layer, width in enumerate(widths, start=1):
        recurrent = cells[cell](width, return_sequences=layer < layers, name=f"{cell}_{layer}")
        if bidirectional:
            recurrent = keras.layers.Bidirectional(recurrent, name=f"both_ways_{layer}")
        x = (use_fast(recurrent) if kernel == "fast" else recurrent)(x)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"dropout_{layer}")(x)
    return keras.Model(inputs, keras.layers.Dense(outputs, name="forecast")(x), name="network")


def _check_size(cell: str, widths: list[int], features: int, directions: int) -> None:
    parameters, below = 0, features
    for width in widths:
        parameters += directions * GATES[cell] * width * (below + width)
        below = directions * width
    what = f"{len(widths)} layer{'s' if len(widths) > 1 else ''} of up to {max(widths)} units"
    check_memory(parameters * BYTES_A_PARAMETER, what, "model.units", "Write fewer units or fewer layers")
