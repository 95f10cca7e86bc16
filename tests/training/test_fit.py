import itertools
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from short_training import training

from harness.errors import DivergedError
from harness.losses import WeightedMSE, WeightedRMSE
from harness.losses.add_loss import AddLoss
from harness.losses.loss_weights import LossWeights
from harness.losses.sample_weight import SampleWeight
from harness.metrics import Metric, with_own
from harness.models.rnn import rnn
from harness.spec import Fittable
from harness.training.callbacks.own import OwnCallback
from harness.training.fit import fit
from harness.training.history import History
from harness.training.predictor import predictor
from harness.training.program import Program

N, OUTPUTS = 70, 3
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(N, 4, 2)), RNG.normal(size=(N, OUTPUTS))
WEIGHTS = RNG.uniform(0.5, 1.5, (N, OUTPUTS))


def sgd(rate):
    return partial(keras.optimizers.SGD, learning_rate=rate)


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

    settings = training(**changes)
    program = Program(network, fittable, settings, arrays)
    history = fit(program, arrays, validate, settings, seed, on_epoch, None)
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

    train(arrays=(x, y, w), wrap=wrap, epochs=epochs, **{"optimizer": sgd(1e-9), **changes})
    steps = -(-numbered // 32)
    seen = seen[: steps * epochs]  # the pipeline prepares a batch or two that are never trained on
    for samples, targets, weights in seen:
        np.testing.assert_array_equal(targets, samples)
        np.testing.assert_array_equal(weights, samples + 1)
    return [[list(samples) for samples, _, _ in seen[i : i + steps]] for i in range(0, len(seen), steps)]


def gru(dropout):
    return lambda: rnn(
        4,
        2,
        OUTPUTS,
        cell="gru",
        units=3,
        upper_units=None,
        layers=1,
        dropout=dropout,
        bidirectional=False,
        kernel="fast",
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
        {"loss": SampleWeight("squared", 1.0)},
        {"network": gru(0.5)},
        {"optimizer": partial(keras.optimizers.RMSprop, learning_rate=1e-9)},
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
    network, history = train(epochs=2, optimizer=sgd(1e-12))
    error = predictor(network, False)(X.astype("float32")) - Y
    assert history.own_loss == [pytest.approx(np.mean(WEIGHTS * error**2), rel=1e-5)] * 2


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
        predict = predictor(network, False)
        return lambda: {"val_rmse": float(np.sqrt(np.mean((predict(X[:20].astype("float32")) - Y[:20]) ** 2)))}

    network, history = train(validate=validate, epochs=6, optimizer=partial(keras.optimizers.Adam, learning_rate=0.5))
    assert validate(network)()["val_rmse"] == min(history.monitor) < max(history.monitor)


def test_the_validation_metrics_of_the_kept_network_need_no_second_forecast():
    def validate(network):
        scores = iter([3.0, 1.0, 2.0])
        return lambda: {"val_rmse": -1.0, "val_mae": next(scores)}

    _, history = train(validate=validate, epochs=3, monitor="val_mae")
    assert history.validation == {"val_rmse": -1.0, "val_mae": 1.0}


def test_no_validation_metrics_are_known_where_an_own_callback_may_have_changed_the_network():
    _, history = train(callbacks=[own(Watch, [])])
    assert history.validation is None


@pytest.mark.parametrize("loss", [WeightedMSE(), WeightedRMSE(), SampleWeight("squared", 1.0), AddLoss(WeightedMSE())])
def test_a_loss_that_explodes_names_its_epoch(loss):
    """One step an epoch: the first step throws the network far away, the second epoch's loss shows it."""
    told = []
    with pytest.raises(DivergedError, match=r"the training loss became (inf|nan) in epoch 2") as caught:
        train(loss=loss, told=told, batch_size=N, epochs=5, optimizer=sgd(1e30))
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
    for loss in (WeightedMSE(), SampleWeight("squared", 1.0), LossWeights("squared", 1.0), AddLoss(WeightedMSE())):
        np.testing.assert_allclose(flat(train(loss=loss, arrays=arrays)[0]), reference, atol=1e-5)


def test_best_epoch_is_the_first_of_equals():
    assert History(lower_is_better=True, monitor=[2.0, 1.0, 1.0]).best_epoch == 2
    assert History(lower_is_better=False, monitor=[1.0, 2.0, 2.0]).best_epoch == 2


class Watch(keras.callbacks.Callback):
    """Writes down what it sees after each epoch, and may stop training."""

    def __init__(self, seen, stop_after=None):
        super().__init__()
        self.seen, self.stop_after = seen, stop_after

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append({"epoch": epoch + 1, **logs})
        if self.stop_after == epoch + 1:
            self.model.stop_training = True


def own(kind, *given, stateless=True, **more):
    return OwnCallback(partial(kind, *given, **more), stateless)


def test_own_callbacks_see_the_validation_metrics():
    seen = []
    _, history = train(callbacks=[own(Watch, seen)])
    assert [logs["val_rmse"] for logs in seen] == history.monitor == [0.0, -1.0, -2.0]
    assert [logs["loss"] for logs in seen] == history.own_loss
    assert [logs["epoch"] for logs in seen] == [1, 2, 3]


def test_an_own_callback_may_stop_training():
    seen, told = [], []
    _, history = train(callbacks=[own(Watch, seen, stop_after=2)], told=told)
    assert len(seen) == len(history.monitor) == 2
    assert history.stopped
    assert [epoch for epoch, _ in told] == [1, 2]


def test_a_callback_that_only_watches_changes_nothing():
    plain, watched = train(), train(callbacks=[own(Watch, [])])
    np.testing.assert_array_equal(flat(plain[0]), flat(watched[0]))
    assert plain[1].own_loss == watched[1].own_loss


def test_kerass_own_callback_follows_a_validation_metric():
    """No epoch brings a lower val_mae, so that the rate is halved after the second epoch and again after the third."""
    models, rates = [], []

    def validate(network):
        def metrics():
            rates.append(float(models[0].optimizer.learning_rate))
            return {"val_rmse": -float(len(rates)), "val_mae": 1.0}

        return metrics

    reduce = own(keras.callbacks.ReduceLROnPlateau, monitor="val_mae", mode="min", factor=0.5, patience=1)
    train(validate=validate, callbacks=[reduce], epochs=4, wrap=lambda f: models.append(f.model) or f)
    np.testing.assert_allclose(rates, [0.05, 0.05, 0.025, 0.0125], rtol=1e-6)


def test_a_larger_monitor_may_be_the_better_one():
    metrics = with_own({"hits": Metric("hits", lambda *_: 0.0, lower_is_better=False)})
    scores = iter([1.0, 3.0, 2.0, 3.0, 0.0])
    given = {"metrics": metrics, "monitor": "val_hits", "patience": 2, "epochs": 5}
    _, history = train(validate=lambda network: lambda: {"val_hits": next(scores)}, **given)
    assert (history.best_epoch, history.monitor) == (2, [1.0, 3.0, 2.0, 3.0])


def test_a_schedule_counts_steps():
    """Three steps an epoch; the rate of the next step is 0.1 / (1 + step), by hand."""
    schedule = keras.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=1, decay_rate=1)
    rates = []

    def wrap(fittable):
        rates.append(fittable.model)
        return fittable

    train(optimizer=partial(keras.optimizers.SGD, learning_rate=schedule), epochs=2, wrap=wrap)
    assert float(rates[0].optimizer.learning_rate) == pytest.approx(0.1 / 7, rel=1e-6)
