"""A recurrent network: windows in, one vector out."""

import keras

from harness.checks import at_least, one_of
from harness.errors import InputError

CELLS = {"simple_rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}


def rnn(
    lookback: int,
    features: int,
    outputs: int,
    *,
    cell: str,
    units: int,
    upper_units: int | None,
    layers: int,
    dropout: float,
    bidirectional: bool,
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

    Raises:
        InputError: for a value outside these.
    """
    one_of("model.cell", cell, CELLS)
    at_least("model.units", units, 1)
    if upper_units is not None:
        at_least("model.upper_units", upper_units, 1)
    at_least("model.layers", layers, 1)
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise InputError("model.dropout", f"got {dropout!r}", "Write a number from 0 up to, but not including, 1")
    one_of("model.bidirectional", bidirectional, (True, False))
    inputs = x = keras.Input((lookback, features), name="history")
    for layer in range(1, layers + 1):
        width = units if layer == 1 or upper_units is None else upper_units
        recurrent = CELLS[cell](width, return_sequences=layer < layers, name=f"{cell}_{layer}")
        x = (keras.layers.Bidirectional(recurrent, name=f"both_ways_{layer}") if bidirectional else recurrent)(x)
        if dropout:
            x = keras.layers.Dropout(dropout, name=f"dropout_{layer}")(x)
    return keras.Model(inputs, keras.layers.Dense(outputs, name="forecast")(x), name="network")
