import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from harness.errors import DivergedError, InputError
from harness.losses import WeightedMSE, WeightedRMSE
from harness.losses.add_loss import AddLoss
from harness.losses.loss_weights import LossWeights
from harness.losses.sample_weight import SampleWeight
from harness.models.rnn import rnn
from harness.spec import Fittable
from harness.training.fit import History, Training, fit, predictor

N, OUTPUTS = 70, 3
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(N, 4, 2)), RNG.normal(size=(N, OUTPUTS))
WEIGHTS = RNG.uniform(0.5, 1.5, (N, OUTPUTS))
DEFAULTS = {
    "epochs": 3,
    "batch_size": 32,
    "learning_rate": 0.05,
    "optimizer": "adam",
    "monitor": "val_rmse",
    "patience": 99,
    "jit_compile": False,
}


def linear():
    history = keras.Input((4, 2))
    return keras.Model(history, keras.layers.Dense(OUTPUTS)(keras.layers.Flatten()(history)))


def falling():
    scores = itertools.count(0, -1)
    return lambda: {"val_rmse": float(next(scores))}


def train(network=None, loss=None, seed=0, validate=None, arrays=(X, Y, WEIGHTS), told=None, wrap=None, **changes):
    """(network, history) of one fit from one initial seed."""
    keras.utils.set_random_seed(7)
    network = (network or linear)()
    fittable = (loss or WeightedMSE(normalise="none")).fittable(network, arrays[2])
    fittable = wrap(fittable) if wrap else fittable
    validate = validate(network) if validate else falling()

    def on_epoch(epoch, history):
        if told is not None:
            told.append((epoch, list(history.monitor)))

    training = Training(**{**DEFAULTS, **changes})
    history = fit(network, fittable, arrays, validate, training, seed, on_epoch, None)
    return network, history


def flat(network):
    return np.concatenate([w.ravel() for w in network.get_weights()])


def order(epochs=3, numbered=N, **changes):
    """The samples of every batch of every epoch, read off the batches themselves."""
    seen, x = [], np.zeros((numbered, 4, 2))
    x[:, 0, 0] = np.arange(numbered)
    y, w = np.tile(np.arange(numbered)[:, None], OUTPUTS), np.tile(1 + np.arange(numbered)[:, None], OUTPUTS)

    def wrap(fittable):
        def batch(x, y, w):
            if tf.executing_eagerly():  # the one sample that creates the optimizer's variables
                return fittable.batch(x, y, w)
            tf.py_function(lambda *parts: seen.append([p.numpy() for p in parts]), [x[:, 0, 0], y[:, 0], w[:, 0]], [])
            return fittable.batch(x, y, w)

        return Fittable(fittable.model, fittable.compile, batch)

    train(arrays=(x, y, w), wrap=wrap, epochs=epochs, learning_rate=1e-9, **changes)
    steps = -(-numbered // 32)
    seen = seen[: steps * epochs]  # the pipeline prepares a batch or two that are never trained on
    for samples, targets, weights in seen:
        np.testing.assert_array_equal(targets, samples)
        np.testing.assert_array_equal(weights, samples + 1)
    return [[list(samples) for samples, _, _ in seen[i : i + steps]] for i in range(0, len(seen), steps)]


def gru(dropout):
    return lambda: rnn(
        4, 2, OUTPUTS, cell="gru", units=3, upper_units=None, layers=1, dropout=dropout, bidirectional=False
    )


def test_every_sample_once_an_epoch_in_an_order_of_its_own():
    epochs = order()
    for batches in epochs:
        assert [len(batch) for batch in batches] == [32, 32, 6]
        samples = list(itertools.chain(*batches))
        assert sorted(samples) == list(range(N)) != samples
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]


def test_the_order_follows_from_seed_and_epoch_alone():
    reference = order()
    for same in (
        {"loss": AddLoss(WeightedRMSE())},
        {"loss": SampleWeight()},
        {"network": gru(0.5)},
        {"optimizer": "sgd"},
    ):
        assert order(**same) == reference, same
    assert order(epochs=1) == reference[:1]
    assert order(seed=1) != reference


@pytest.mark.parametrize("n", [1, 32, 33])
def test_any_number_of_samples(n):
    ((*batches,),) = order(epochs=1, numbered=n)
    assert sorted(itertools.chain(*batches)) == list(range(n))


def test_one_seed_gives_the_same_bits():
    (first, one), (second, two) = train(gru(0.5)), train(gru(0.5))
    np.testing.assert_array_equal(flat(first), flat(second))
    assert one.own_loss == two.own_loss
    assert np.any(flat(train(seed=0)[0]) != flat(train(seed=1)[0]))


def test_own_loss_is_the_mean_over_the_samples_of_an_epoch():
    """With a rate of nearly nothing the loss stays that of the initial network."""
    network, history = train(epochs=2, learning_rate=1e-12, optimizer="sgd")
    error = predictor(network)(X.astype("float32")) - Y
    assert history.own_loss == [pytest.approx(np.mean(WEIGHTS * error**2), rel=1e-5)] * 2


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nadam", "rmsprop", "sgd"])
def test_optimizers_and_their_rate(optimizer):
    wanted = {"adam": "Adam", "adamw": "AdamW", "nadam": "Nadam", "rmsprop": "RMSprop", "sgd": "SGD"}
    kept = []
    train(optimizer=optimizer, epochs=1, learning_rate=0.007, wrap=lambda f: kept.append(f) or f)
    assert type(kept[0].model.optimizer).__name__ == wanted[optimizer]
    assert float(kept[0].model.optimizer.learning_rate) == pytest.approx(0.007)


@pytest.mark.parametrize(
    ("scores", "patience", "epochs", "best"),
    [
        ([3, 1, 2, 2, 0, 0], 2, 4, 2),
        ([3, 1, 2, 2, 0, 0], 3, 6, 5),
        ([1, 1, 1, 1, 1, 1], 2, 3, 1),
        ([6, 5, 4, 3, 2, 1], 1, 6, 6),
        ([1, 2, 3, 4, 5, 6], 1, 2, 1),
    ],
)
def test_stops_early_and_keeps_the_best_epoch(scores, patience, epochs, best):
    after, told = [], []

    def validate(network):
        def panel():
            after.append(flat(network))
            return {"val_rmse": -float(len(after)), "val_mae": float(scores[len(after) - 1])}

        return panel

    network, history = train(validate=validate, told=told, epochs=6, patience=patience, monitor="val_mae")
    assert history.monitor == scores[:epochs]
    assert len(history.own_loss) == epochs
    assert history.best_epoch == best
    assert told == [(epoch, scores[:epoch]) for epoch in range(1, epochs + 1)]
    np.testing.assert_array_equal(flat(network), after[best - 1])
    assert best == epochs or np.any(after[-1] != after[best - 1])


def test_the_best_network_scores_the_best_score():
    def validate(network):
        predict = predictor(network)
        return lambda: {"val_rmse": float(np.sqrt(np.mean((predict(X[:20].astype("float32")) - Y[:20]) ** 2)))}

    network, history = train(validate=validate, epochs=6, learning_rate=0.5)
    assert validate(network)()["val_rmse"] == min(history.monitor) < max(history.monitor)


@pytest.mark.parametrize("loss", [WeightedMSE(), WeightedRMSE(), SampleWeight(), AddLoss(WeightedMSE())])
def test_a_loss_that_explodes_names_its_epoch(loss):
    """One step an epoch: the first step throws the network far away, the second epoch's loss shows it."""
    told = []
    with pytest.raises(DivergedError, match=r"the training loss became (inf|nan) in epoch 2") as caught:
        train(loss=loss, told=told, batch_size=N, epochs=5, learning_rate=1e30, optimizer="sgd")
    assert (caught.value.epoch, caught.value.metric) == (2, "the training loss")
    assert [epoch for epoch, _ in told] == [1]


def test_a_nan_in_one_batch_is_seen():
    y = Y.copy()
    y[50] = np.nan
    with pytest.raises(DivergedError, match="the training loss became nan in epoch 1"):
        train(arrays=(X, y, WEIGHTS))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_monitor_that_explodes_names_its_epoch(value):
    scores = iter([2.0, 1.0, value])
    with pytest.raises(DivergedError, match=f"val_rmse became {value} in epoch 3") as caught:
        train(validate=lambda network: lambda: {"val_rmse": next(scores)}, epochs=5)
    assert (caught.value.epoch, caught.value.metric) == (3, "val_rmse")


def test_shared_weights_reach_every_variant():
    arrays = (X, Y, WEIGHTS[0] / WEIGHTS[0].mean())
    reference = flat(train(arrays=arrays)[0])
    for loss in (WeightedMSE(), SampleWeight(), LossWeights(), AddLoss(WeightedMSE())):
        np.testing.assert_allclose(flat(train(loss=loss, arrays=arrays)[0]), reference, atol=1e-5)


def test_predictor_takes_any_number_of_samples():
    network = linear()
    kernel, bias = network.get_weights()
    predict = predictor(network)
    for n in (1, 1024, 2500):
        x = np.float32(np.random.default_rng(n).normal(size=(n, 4, 2)))
        np.testing.assert_allclose(predict(x), x.reshape(n, 8) @ kernel + bias, rtol=1e-4, atol=1e-5)


def test_best_epoch_is_the_first_of_equals():
    assert History(monitor=[2.0, 1.0, 1.0]).best_epoch == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, r"train\.epochs: got 0\. Write a whole number of at least 1"),
        ({"epochs": 1.5}, r"train\.epochs: got 1\.5"),
        ({"epochs": True}, r"train\.epochs: got True"),
        ({"batch_size": 0}, r"train\.batch_size: got 0"),
        ({"batch_size": -32}, r"train\.batch_size: got -32"),
        ({"batch_size": "32"}, r"train\.batch_size: got '32'"),
        ({"patience": 0}, r"train\.patience: got 0"),
        ({"optimizer": "adm"}, r"train\.optimizer: got 'adm'\. Did you mean train\.optimizer=adam\?"),
        ({"optimizer": "lion"}, r"Write one of: adam, adamw, nadam, rmsprop, sgd"),
        ({"monitor": "val_rsme"}, r"train\.monitor: got 'val_rsme'\. Did you mean train\.monitor=val_rmse\?"),
        ({"monitor": "loss"}, r"train\.monitor: got 'loss'.*val_weighted_rmse"),
        ({"learning_rate": 0}, r"train\.learning_rate: got 0\. Write a number above 0"),
        ({"learning_rate": -1e-3}, r"train\.learning_rate: got -0\.001"),
        ({"learning_rate": float("nan")}, r"train\.learning_rate: got nan"),
        ({"learning_rate": float("inf")}, r"train\.learning_rate: got inf"),
        ({"learning_rate": True}, r"train\.learning_rate: got True"),
        ({"learning_rate": "1e-3"}, r"train\.learning_rate: got '1e-3'"),
        ({"jit_compile": "auto"}, r"train\.jit_compile: got 'auto'\. Write one of: True, False"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InputError, match=message):
        Training(**{**DEFAULTS, **changes})
