"""A layer that trains by the fast recurrence beside Keras's own layer of the same config."""

import subprocess
import sys
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.src.utils.naming import reset_uids

from harness.data.scaling import fit_scaling
from harness.losses.weighted_mse import WeightedMSE
from harness.models.rnn import rnn
from harness.spec import Split
from harness.training.export import export_network
from harness.training.fit import fit
from harness.training.kernels.fast import use_fast
from harness.training.predictor import predictor
from harness.training.program import Program
from tests.training.short_training import training

LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "simple_rnn": keras.layers.SimpleRNN}
SMALL = {"units": 4, "upper_units": 3, "layers": 2, "dropout": 0.3, "bidirectional": True}
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(70, 6, 3)).astype("float32"), RNG.normal(size=(70, 5)).astype("float32")


def network(cell, kernel, seed=0, **changes):
    reset_uids()
    keras.utils.set_random_seed(seed)
    return rnn(6, 3, 5, cell=cell, kernel=kernel, **{**SMALL, **changes})


def layers(cell, **arguments):
    """(a fast layer, Keras's own) with the same weights, none of which is zero."""
    fast, own = use_fast(LAYERS[cell](4, **arguments)), LAYERS[cell](4, **arguments)
    random = np.random.default_rng(2)
    for layer in (fast, own):
        layer.build(X.shape)
    weights = [random.normal(0, 0.7, w.shape) for w in own.get_weights()]
    fast.set_weights(weights)
    own.set_weights(weights)
    return fast, own


def is_fast(layer):
    return "inner_loop" in vars(layer)


def both(layer, x, **arguments):
    """Values in training and the gradients by the inputs and the weights."""
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = layer(x, training=True, **arguments)
        loss = tf.reduce_sum(tf.sin(3 * values))
    return [values, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])]


def assert_close(some, others, atol=1e-5):
    for one, other in zip(some, others, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=atol)


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("go_backwards", [False, True])
@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
def test_values_and_gradients_are_those_of_keras(cell, return_sequences, go_backwards, batch):
    fast, own = layers(cell, return_sequences=return_sequences, go_backwards=go_backwards)
    assert is_fast(fast)
    assert_close(tf.function(both)(fast, X[:batch]), tf.function(both)(own, X[:batch]))


@pytest.mark.parametrize("cell", LAYERS)
def test_given_states(cell):
    fast, own = layers(cell)
    states = [tf.constant(RNG.normal(size=(3, 4)), tf.float32) for _ in fast.state_size]

    def by_states(layer):
        with tf.GradientTape() as tape:
            tape.watch(states)
            values = layer(X[:3], initial_state=states, training=True)
        return [values, *tape.gradient(values, states)]

    assert_close(tf.function(by_states)(fast), tf.function(by_states)(own))


@pytest.mark.parametrize("jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("cell", ["lstm", "simple_rnn", pytest.param("gru", marks=pytest.mark.slow)])
def test_a_network_of_them(cell, jit_compile):
    """Stacked, both ways, with dropout: the same masks are drawn."""

    def gradients(model):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(X, training=True) - Y) ** 2)
        return [loss, *tape.gradient(loss, [v.value for v in model.trainable_variables])]

    fast, own = (tf.function(gradients, jit_compile=jit_compile)(network(cell, kernel)) for kernel in ("fast", "keras"))
    assert_close(fast, own)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
def test_networks_start_from_the_same_bits_and_have_the_same_config(cell, bidirectional):
    fast, own = (network(cell, kernel, seed=4, bidirectional=bidirectional) for kernel in ("fast", "keras"))
    assert fast.get_config() == own.get_config()
    assert [(v.path, v.shape) for v in fast.variables] == [(v.path, v.shape) for v in own.variables]
    for one, other in zip(fast.variables, own.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(predictor(fast, False)(X), predictor(own, False)(X))


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", LAYERS)
def test_a_network_trains_fast_where_it_says_so(cell, bidirectional):
    def recurrent(kernel):
        for layer in network(cell, kernel, bidirectional=bidirectional).layers:
            if isinstance(layer, keras.layers.Bidirectional):
                yield from (layer.forward_layer, layer.backward_layer)
            elif isinstance(layer, keras.layers.RNN):
                yield layer

    assert [is_fast(layer) for layer in recurrent("fast")] == [True] * (4 if bidirectional else 2)
    assert not any(is_fast(layer) for layer in recurrent("keras"))


@pytest.mark.parametrize(
    ("cell", "arguments"),
    [
        ("lstm", {"activation": "relu"}),
        ("simple_rnn", {"activation": "relu"}),
        ("gru", {"recurrent_activation": "hard_sigmoid"}),
        ("lstm", {"recurrent_dropout": 0.4, "seed": 1}),
        ("gru", {"dropout": 0.4, "seed": 1}),
        ("gru", {"reset_after": False}),
        ("lstm", {"use_bias": False}),
        ("simple_rnn", {"unroll": True}),
        ("gru", {"stateful": True}),
        ("lstm", {"dtype": "mixed_float16"}),
        ("gru", {"dtype": "float64"}),
    ],
)
def test_what_is_not_covered_is_keras(cell, arguments):
    fast, own = layers(cell, **arguments)
    for one, other in zip(both(fast, X), both(own, X), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cell", LAYERS)
def test_returned_states_are_those_of_keras(cell):
    fast, own = layers(cell, return_state=True)
    for one, other in zip(fast(X, training=True), own(X, training=True), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cell", LAYERS)
def test_a_mask_is_heeded(cell):
    mask = RNG.uniform(size=X.shape[:2]) < 0.7
    fast, own = layers(cell)
    for one, other in zip(both(fast, X, mask=mask), both(own, X, mask=mask), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("cell", LAYERS)
def test_windows_of_unknown_length(cell):
    fast, own = layers(cell)
    unknown = [tf.TensorSpec((None, None, 3))]
    some, others = (tf.function(partial(both, layer), input_signature=unknown)(X) for layer in (fast, own))
    assert_close(some, others)


@pytest.mark.parametrize("jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "cell", ["gru", *(pytest.param(cell, marks=pytest.mark.slow) for cell in LAYERS if cell != "gru")]
)
def test_a_short_training_ends_as_that_of_keras(cell, jit_compile):
    def trained(kernel):
        model = network(cell, kernel)
        weights = np.linspace(0.5, 1.5, 5)
        settings = training(optimizer=partial(keras.optimizers.SGD, learning_rate=0.1), jit_compile=jit_compile)
        arrays = X.astype("float64"), Y.astype("float64"), weights
        program = Program(model, WeightedMSE(normalise="none").fittable(model, weights), settings, arrays)
        scores = iter([3.0, 2.0, 1.0])
        fit(program, arrays, lambda: {"val_rmse": next(scores)}, settings, 5, lambda *_: None, None)
        return model.get_weights()

    before, fast, own = network(cell, "fast").get_weights(), trained("fast"), trained("keras")
    assert max(np.abs(a - b).max() for a, b in zip(before, fast, strict=True)) > 0.01
    assert_close(fast, own, atol=1e-4)


RELOAD = """
import sys
sys.modules["harness"] = None  # any import of it raises
import keras, numpy as np
for name in sys.argv[2:]:
    model = keras.models.load_model(f"{sys.argv[1]}/{name}.keras")
    np.save(f"{sys.argv[1]}/{name}.npy", model.predict(np.load(sys.argv[1] + "/x.npy"), verbose=0))
"""


@pytest.mark.slow
def test_what_is_kept_reloads_in_keras_alone(tmp_path):
    np.save(tmp_path / "x.npy", X)
    kept = fit_scaling(Split(X, Y, np.arange(70), 70, series=np.zeros(70, int)), normalise="standard", target=None)
    wanted = {}
    for cell in LAYERS:
        forecaster = export_network(network(cell, "fast"), kept)
        forecaster.save(tmp_path / f"{cell}.keras")
        wanted[cell] = forecaster.predict(X, verbose=0)
    done = subprocess.run(
        [sys.executable, "-c", RELOAD, str(tmp_path), *LAYERS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for cell, forecast in wanted.items():
        np.testing.assert_allclose(np.load(tmp_path / f"{cell}.npy"), forecast, rtol=0, atol=1e-5)
