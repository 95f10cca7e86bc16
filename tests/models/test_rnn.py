import keras
import numpy as np
import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.models.rnn import rnn

DEFAULTS = {
    "cell": "gru",
    "units": 4,
    "upper_units": None,
    "layers": 1,
    "dropout": 0,
    "bidirectional": False,
    "kernel": "fast",
}


def build(**changes):
    return rnn(6, 3, 5, **{**DEFAULTS, **changes})


@pytest.mark.parametrize("cell", ["simple_rnn", "gru", "lstm"])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_windows_to_vectors(cell, layers, bidirectional):
    network = build(cell=cell, layers=layers, bidirectional=bidirectional, dropout=0.2)
    assert (network.input_shape, network.output_shape) == ((None, 6, 3), (None, 5))
    assert network(np.ones((2, 6, 3), "float32")).shape == (2, 5)


@pytest.mark.parametrize(
    ("cell", "recurrent"),
    [  # Weights of the inputs, of the state and the biases; Keras's GRU has two sets of biases.
        ("simple_rnn", 3 * 4 + 4 * 4 + 4),
        ("gru", 3 * (3 * 4 + 4 * 4 + 2 * 4)),
        ("lstm", 4 * (3 * 4 + 4 * 4 + 4)),
    ],
)
def test_parameters(cell, recurrent):
    assert build(cell=cell).count_params() == recurrent + (4 + 1) * 5
    assert build(cell=cell, bidirectional=True).count_params() == 2 * recurrent + (8 + 1) * 5


def test_the_layers_above_the_first_can_have_a_width_of_their_own():
    def widths(**changes):
        return [layer.units for layer in build(**changes).layers if isinstance(layer, keras.layers.GRU)]

    assert widths(layers=3) == [4, 4, 4]
    assert widths(layers=3, upper_units=2) == [4, 2, 2]
    assert widths(layers=1, upper_units=2) == [4]


def test_dropout_works_in_training_alone():
    x = np.ones((2, 6, 3), "float32")
    network = build(dropout=0.5, layers=2)
    assert sum(isinstance(layer, keras.layers.Dropout) for layer in network.layers) == 2
    np.testing.assert_array_equal(network(x), network(x))
    assert np.any(network(x, training=True) != network(x))
    assert not any(isinstance(layer, keras.layers.Dropout) for layer in build(dropout=0).layers)


def test_the_seed_decides_the_initial_weights():
    def flat(seed):
        keras.utils.set_random_seed(seed)
        return np.concatenate([w.ravel() for w in build(dropout=0.5).get_weights()])

    np.testing.assert_array_equal(flat(0), flat(0))
    assert np.abs(flat(0) - flat(1)).max() > 0.1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "LSTM"}, r"model\.cell: got 'LSTM'\. .*Write one of: simple_rnn, gru, lstm"),
        ({"cell": "gruu"}, r"Did you mean model\.cell=gru\?"),
        ({"upper_units": 0}, r"model\.upper_units: got 0\. Write a whole number from 1 to 16384, or null"),
        ({"units": 0}, r"model\.units: got 0\. Write a whole number from 1 to 16384$"),
        ({"units": 1_000_000_000_000}, r"model\.units: got 1000000000000"),
        ({"units": 2.5}, r"model\.units: got 2\.5"),
        ({"units": True}, r"model\.units: got True"),
        ({"layers": 0}, r"model\.layers: got 0"),
        ({"dropout": 1}, r"model\.dropout: got 1\. Write a number from 0 up to"),
        ({"dropout": -0.1}, r"model\.dropout: got -0\.1"),
        ({"dropout": float("nan")}, r"model\.dropout: got nan"),
        ({"dropout": True}, r"model\.dropout: got True"),
        ({"dropout": "0.1"}, r"model\.dropout: got '0\.1'"),
        ({"kernel": "cudnn"}, r"model\.kernel: got 'cudnn'\. Write one of: fast, keras"),
        ({"bidirectional": "yes"}, r"model\.bidirectional: got 'yes'\. Write true or false"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InputError, match=message):
        check_arguments("model", rnn, {"_partial_": True, **DEFAULTS, **changes})


def test_more_parameters_than_memory_are_refused(monkeypatch):
    """Three gates of 4 x (3 + 4) weights each are 84 parameters of 8 bytes."""
    monkeypatch.setattr("harness.memory.memory", lambda: 672)
    build(units=4)
    monkeypatch.setattr("harness.memory.memory", lambda: 671)
    with pytest.raises(InputError, match=r"model\.units: 1 layer of up to 4 units need at least 0 GB of memory"):
        build(units=4)
