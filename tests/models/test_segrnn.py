"""Against the same in NumPy, float64, step by step as in arXiv 2308.11200."""

import keras
import numpy as np
import pytest

from harness.errors import InputError
from harness.models.segrnn import segrnn

RNG = np.random.default_rng(0)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def gru_step(x, h, kernel, recurrent, bias):
    """PyTorch's GRU, which is Keras's with reset_after: gates z, r, candidate."""
    xz, xr, xh = np.split(x @ kernel + bias[0], 3, axis=1)
    hz, hr, hh = np.split(h @ recurrent + bias[1], 3, axis=1)
    z, r = sigmoid(xz + hz), sigmoid(xr + hr)
    return z * h + (1 - z) * np.tanh(xh + r * hh)


def expected(network, x, segment, series):
    own = x.shape[2] - series
    w = {layer.name: [np.float64(a) for a in layer.get_weights()] for layer in network.layers}
    last = x[:, -1:, :own]
    steps = (x[:, :, :own] - last).reshape(len(x), -1, segment * own)
    h = np.zeros((len(x), w["gru"][1].shape[0]))
    for i in range(steps.shape[1]):
        h = gru_step(np.maximum(steps[:, i] @ w["embedding"][0] + w["embedding"][1], 0), h, *w["gru"])
    parts = []
    for position in w["positions"][0]:
        query = np.broadcast_to(position, (len(x), len(position)))
        if series:
            query = np.column_stack([query, x[:, -1, own:] @ w["series"][0]])
        parts.append(gru_step(query, h, *w["gru"]) @ w["head"][0] + w["head"][1])
    return last[:, :, 0] + np.column_stack(parts)


@pytest.mark.parametrize(("features", "series"), [(1, 0), (2, 0), (4, 3)])
def test_the_steps_of_the_paper(features, series):
    keras.utils.set_random_seed(0)
    network = segrnn(6, features, 8, segment=2, width=4, dropout=0.5, series=series)
    for layer in network.layers:
        layer.set_weights([RNG.normal(size=a.shape) for a in layer.get_weights()])
    x = RNG.normal(size=(5, 6, features))
    if series:
        x[:, :, -series:] = np.eye(series)[[0, 1, 2, 0, 1]][:, None]
    found = network(x.astype("float32"))
    np.testing.assert_allclose(found, expected(network, np.float64(x.astype("float32")), 2, series), atol=2e-5)
    np.testing.assert_allclose(network(x[:1].astype("float32")), found[:1], atol=1e-5)


def test_the_published_sizes():
    """The layers by hand: embedding, GRU, positions and series of half the width, head."""
    network = segrnn(96, 8, 96, segment=24, width=512, dropout=0.5, series=7)
    gru = 3 * (512 * 512 + 512 * 512 + 2 * 512)
    assert network.count_params() == (24 * 512 + 512) + gru + 4 * 256 + 7 * 256 + (512 * 24 + 24)


def test_it_trains_and_reloads_as_plain_keras(tmp_path):
    keras.utils.set_random_seed(0)
    network = segrnn(6, 1, 4, segment=2, width=6, dropout=0.1, series=0)
    x = np.sin(np.arange(80)[:, None] / 3 + np.arange(10) / 3).astype("float32")
    network.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    losses = network.fit(x[:, :6, None], x[:, 6:], epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.3 * losses[0]
    network.save(tmp_path / "network.keras")
    kept = keras.models.load_model(tmp_path / "network.keras", compile=False)
    np.testing.assert_allclose(kept(x[:, :6, None]), network(x[:, :6, None]), rtol=1e-6)


def test_refusals():
    with pytest.raises(InputError, match=r"model\.segment: got 4, which does not divide .* Write one of 2, 3, 6"):
        segrnn(6, 1, 12, segment=4, width=4, dropout=0, series=0)
    with pytest.raises(InputError, match=r"model\.series: got 2, and the data has 2 features"):
        segrnn(6, 2, 6, segment=2, width=4, dropout=0, series=2)
    with pytest.raises(InputError, match=r"model\.width: got 5, half of which"):
        segrnn(6, 2, 6, segment=2, width=5, dropout=0, series=1)
