"""A recurrent network over segments of the window, whose forecast segments are decoded side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from annotated_types import Interval

from harness.errors import InputError
from harness.memory import BYTES_A_PARAMETER, check_memory

if TYPE_CHECKING:
    import keras

Width: TypeAlias = Annotated[int, Interval(ge=2, le=16_384)]


def segrnn(
    lookback: int,
    features: int,
    outputs: int,
    *,
    segment: Annotated[int, Interval(ge=1, le=10_000)],
    width: Width,
    dropout: Annotated[float, Interval(ge=0, lt=1)],
    series: Annotated[int, Interval(ge=0, le=10_000)],
) -> keras.Model:
    """[batch, lookback, features] -> [batch, outputs]: SegRNN (S. Lin et al. 2023, arXiv 2308.11200).

    The target is feature 0. Its last value (and that of every other feature) is subtracted from the window and added to
    the forecast. The window is cut into segments, each embedded by one dense layer with ReLU; a GRU reads them. From
    its last state the same GRU makes one step for every segment of the forecast, each on a learned vector of the
    segment's position beside one of the series; a dense layer that all of them share gives the segment's values.

    Args:
        lookback, features, outputs: the shape of the problem.
        segment: rows in a segment; it divides lookback and outputs.
        width: of the embedding and the GRU; even, where there are vectors of the series.
        dropout: the share of the decoded states left out in training.
        series: how many of the last features are indicators of the series (`data.indicators=true`), for as many learned
            vectors; 0: none.

    Raises:
        InputError: a segment that does not divide lookback and outputs, as many indicators as features, an odd width,
            or more parameters than this machine's memory can train.
    """
    # TensorFlow is imported when a network is built, and not when its arguments are checked.
    import keras

    _check(lookback, features, outputs, segment, width, series)
    own, steps, ahead = features - series, lookback // segment, outputs // segment
    history: Any = keras.Input((lookback, features), name="history")
    values = history[:, :, :own]
    last = values[:, -1:, :]
    from_last = keras.layers.Subtract(name="from_last_row")([values, last])
    segments = keras.layers.Reshape((steps, segment * own), name="segments")(from_last)
    embedded = keras.layers.Dense(width, activation="relu", name="embedding")(segments)
    # Unrolled: the steps are few and wide, and a loop costs more than it saves.
    gru = keras.layers.GRU(width, unroll=True, name="gru")
    state = gru(embedded)
    # 0, 1, ..., ahead - 1 for each sample, from what the network is given: in Keras nothing else varies with the batch.
    ones = keras.ops.ones_like(state[:, :1])
    places: Any = keras.ops.cumsum(keras.ops.repeat(ones, ahead, axis=1), axis=1)
    normal: Any = keras.initializers.RandomNormal(stddev=1.0)
    half = width // 2 if series else width
    queries = keras.layers.Embedding(ahead, half, embeddings_initializer=normal, name="positions")(places - 1)
    if series:
        vectors = keras.layers.Dense(half, use_bias=False, kernel_initializer=normal.clone(), name="series")
        of_series = keras.ops.repeat(vectors(history[:, -1:, own:]), ahead, axis=1)
        queries = keras.layers.Concatenate(name="queries")([queries, of_series])
    # Of each sample all segments at once, none of which sees another.
    decoded = gru(keras.ops.reshape(queries, (-1, 1, width)), initial_state=keras.ops.repeat(state, ahead, axis=0))
    head = keras.layers.Dense(segment, name="head")
    forecast = keras.ops.reshape(head(keras.layers.Dropout(dropout, name="dropout")(decoded)), (-1, outputs))
    # In this order: Keras takes a second [batch, 1] for a bias [outputs] where batch and outputs are equal.
    return keras.Model(history, keras.layers.Add(name="onto_last_target")([last[:, :, 0], forecast]), name="network")


def _check(lookback: int, features: int, outputs: int, segment: int, width: int, series: int) -> None:
    if lookback % segment or outputs % segment:
        found = f"got {segment}, which does not divide both data.lookback={lookback} and data.outputs={outputs}"
        both = [n for n in range(2, min(lookback, outputs) + 1) if not lookback % n and not outputs % n]
        instead = f"Write one of {', '.join(map(str, both))}" if both else "Write other lengths, such as 96 and 96"
        raise InputError("model.segment", found, instead)
    if series >= features:
        found = f"got {series}, and the data has {features} features, one of which at least is the target's history"
        instead = "Write the number of series with data.indicators=true, or model.series=0"
        raise InputError("model.series", found, instead)
    if series and width % 2:
        found = f"got {width}, half of which is the vector of a position, and half that of a series"
        raise InputError("model.width", found, f"Write an even number, such as {width + 1}")
    parameters = 6 * width * width + segment * (features + 1) * width
    check_memory(parameters * BYTES_A_PARAMETER, f"layers of {width} units", "model.width", "Write a smaller one")
