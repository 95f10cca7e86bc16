"""The losses as anyone's Keras losses."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from harness.errors import InputError
from harness.losses import WeightedMSE, WeightedRMSE
from harness.losses.formulas import FORMS, NORMALISATIONS

LOSSES = [(WeightedRMSE, {"form": form}) for form in FORMS] + [
    (WeightedMSE, {"normalise": normalise, **error})
    for normalise in NORMALISATIONS
    for error in ({}, {"error": "absolute"}, {"error": "huber", "delta": 0.7})
]
losses = pytest.mark.parametrize(("loss", "option"), LOSSES)
RNG = np.random.default_rng(0)
TRUE, PRED, WEIGHTS = RNG.normal(size=(5, 7)), RNG.normal(size=(5, 7)), RNG.uniform(0.1, 3, (5, 7))


def regression(n, outputs):
    """(x, y, per-sample weights) and a linear model whose gradient is a line of NumPy."""
    rng = np.random.default_rng(1)
    x, y, w = rng.normal(size=(n, 3)), rng.normal(size=(n, outputs)), rng.uniform(0.1, 3, (n, outputs))
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(outputs)])
    model.set_weights([rng.normal(size=(3, outputs)), np.zeros(outputs)])
    return x, y, w, model


def descend(by_hand, option, kernel, bias, x, y, w, rate, batch):
    """One epoch of plain SGD in float64, samples in order."""
    for i in range(0, len(x), batch):
        own = w if w.ndim == 1 else w[i : i + batch]
        gradient = by_hand(option, y[i : i + batch], x[i : i + batch] @ kernel + bias, own)[1]
        kernel, bias = kernel - rate * x[i : i + batch].T @ gradient, bias - rate * gradient.sum(axis=0)
    return kernel, bias


@losses
def test_called_directly(by_hand, loss, option):
    def expected(weights):
        return pytest.approx(by_hand(option, TRUE, PRED, weights)[0].mean(), rel=1e-5)

    own = loss(weights=WEIGHTS[0], **option)
    assert float(own(TRUE, PRED)) == expected(WEIGHTS[0])
    assert float(own(TRUE, PRED, WEIGHTS)) == expected(WEIGHTS)
    assert float(own(TRUE, PRED, weights=WEIGHTS[1])) == expected(WEIGHTS[1])
    assert float(own(TRUE, PRED, weights=WEIGHTS)) == expected(WEIGHTS)
    assert float(loss(**option)(TRUE, PRED)) == expected(np.ones(7))
    assert float(loss(**option)(TRUE.tolist(), PRED.tolist(), WEIGHTS.tolist())) == expected(WEIGHTS)


@losses
@pytest.mark.parametrize("shape", [(5,), (5, 1)])
def test_one_factor_a_sample_multiplies_the_value(by_hand, loss, option, shape):
    factor = np.arange(1.0, 6)
    values = by_hand(option, TRUE, PRED, WEIGHTS[0])[0]
    found = loss(weights=WEIGHTS[0], **option)(TRUE, PRED, factor.reshape(shape))
    assert float(found) == pytest.approx((factor * values).mean(), rel=1e-5)


@losses
def test_one_value_a_sample_without_reduction(by_hand, loss, option):
    values = loss(reduction=None, **option)(TRUE, PRED, WEIGHTS)
    np.testing.assert_allclose(values, by_hand(option, TRUE, PRED, WEIGHTS)[0], rtol=1e-5)


@losses
def test_one_axis_is_one_factor_a_sample_at_every_batch_size(by_hand, loss, option):
    """Also where the batch has as many samples as there are outputs; one weight an output goes by name."""
    rng = np.random.default_rng(2)
    true, pred, axis = rng.normal(size=(7, 7)), rng.normal(size=(7, 7)), rng.uniform(0.1, 3, 7)
    values = by_hand(option, true, pred, np.ones(7))[0]
    made = loss(**option)
    assert float(made(true, pred, axis)) == pytest.approx((axis * values).mean(), rel=1e-5)
    assert float(made(true, pred, axis[:, None])) == pytest.approx((axis * values).mean(), rel=1e-5)
    by_output = by_hand(option, true, pred, axis)[0]
    assert float(made(true, pred, weights=axis)) == pytest.approx(by_output.mean(), rel=1e-5)
    assert float(made(true, pred, axis, weights=axis)) == pytest.approx((axis * by_output).mean(), rel=1e-5)
    with pytest.raises(ValueError, match="in one of sample_weight and weights"):
        made(true, pred, np.ones((7, 7)), weights=axis)


@losses
def test_one_weight_an_output_is_no_sample_weight(loss, option):
    with pytest.raises(ValueError, match=r"Received: \(7,\)\. One weight an output.*weights=w\)"):
        loss(**option)(TRUE, PRED, np.ones(7))


@losses
@pytest.mark.parametrize("batch", [7, 5])
def test_fit_takes_one_factor_a_sample(by_hand, loss, option, batch):
    """batches of 7 samples with 7 outputs raised."""
    x, y, w, model = regression(35, 7)
    factor, values = w[:, 0], []
    pred = x @ model.get_weights()[0]
    for i in range(0, 35, batch):
        values.append(factor[i : i + batch] * by_hand(option, y[i : i + batch], pred[i : i + batch], w[0])[0])
    model.compile(loss=loss(weights=w[0], **option), optimizer=keras.optimizers.SGD(0.0), jit_compile=False)
    given = {"sample_weight": factor, "batch_size": batch, "shuffle": False, "verbose": 0}
    assert model.fit(x, y, **given).history["loss"][0] == pytest.approx(np.concatenate(values).mean(), rel=1e-5)


def test_class_weight_is_a_factor_a_sample_before_any_loss_sees_it():
    """Why this loss does not refuse it: what it is called with is a sample_weight of the arg max of each target."""
    x, y, w, model = regression(20, 7)
    by_class = {i: float(i + 1) for i in range(7)}
    model.compile(loss=WeightedRMSE(weights=w[0]), optimizer=keras.optimizers.SGD(0.0), jit_compile=False)
    by_keras = model.fit(x, y, class_weight=by_class, verbose=0).history["loss"][0]
    factor = y.argmax(axis=1) + 1.0
    assert by_keras == pytest.approx(model.evaluate(x, y, sample_weight=factor, verbose=0), rel=1e-6)


@losses
@pytest.mark.parametrize("shape", [(), (1,), (3,), (7,), (4, 1), (1, 1), (1, 7), (4, 7), (5, 8), (7, 5), (5, 7, 1)])
def test_wrong_weights_in_a_call(loss, option, shape):
    with pytest.raises(ValueError, match=r"Expected .*weights of shape.*\(5, 7\)\. Received"):
        loss(**option)(TRUE, PRED, np.ones(shape))


@losses
@pytest.mark.parametrize("true", [(5, 1), (1, 7), (7,), (5,)])
def test_targets_are_not_broadcast(loss, option, true):
    for weights in (None, WEIGHTS):
        with pytest.raises(ValueError, match=r"one shape \[batch, outputs\]"):
            loss(**option)(np.ones(true), PRED, weights)


@losses
def test_own_weights_of_another_length(loss, option):
    with pytest.raises(ValueError, match=r"predictions of shape \(5, 7\)\. Received: \(6,\)"):
        loss(weights=np.ones(6), **option)(TRUE, PRED)


@pytest.mark.parametrize("weights", [[1, -1], [1, np.nan], [1, np.inf], [0, 0], [], 3.0, [[1, 2], [3, 4]]])
@pytest.mark.parametrize("loss", [WeightedRMSE, WeightedMSE])
def test_weights_that_are_none(loss, weights):
    with pytest.raises(ValueError, match=r"Expected weights of shape \[outputs\], finite, not negative"):
        loss(weights=weights)


def test_unknown_options():
    with pytest.raises(InputError, match=r"loss\.form: got 'root_over_sun'\. Did you mean loss\.form=root_over_sum\?"):
        WeightedRMSE(form="root_over_sun")
    for old, new in (("asked", "root_over_sum"), ("normalised", "root_of_mean")):
        with pytest.raises(InputError, match=rf"loss\.form: got '{old}'\. Did you mean loss\.form={new}\?"):
            WeightedRMSE(form=old)
    with pytest.raises(InputError, match=r"loss\.error: got 'mae'\. Write one of: squared, absolute, huber"):
        WeightedMSE(error="mae")
    for delta in (0, -1, float("nan"), True):
        with pytest.raises(InputError, match=r"loss\.delta: got "):
            WeightedMSE(error="huber", delta=delta)
    with pytest.raises(InputError, match=r"loss\.normalise: got True\. Write one of: sample, batch, none"):
        WeightedMSE(normalise=True)


@pytest.mark.parametrize("error", ["absolute", "huber"])
def test_a_root_takes_squared_errors_alone(error):
    with pytest.raises(InputError, match=f"loss.error: got {error}, and the root .* undoes a square") as caught:
        WeightedRMSE(error=error)
    assert caught.value.instead.startswith(f"Write loss=weighted_mse loss.error={error}")


@losses
@pytest.mark.parametrize("weights", [None, [1.0, 0.25, 0.0]])
def test_config_round_trip(loss, option, weights):
    made = loss(weights=weights, name="mine", reduction="sum", **option)
    again = loss.from_config(json.loads(json.dumps(made.get_config())))
    assert again.get_config() == made.get_config()
    assert again.get_config().items() >= option.items()
    assert (again.name, again.reduction, again.get_config()["weights"]) == ("mine", "sum", weights)


@losses
@pytest.mark.parametrize("dtype", ["float64", "mixed_float16", None])
def test_dtype_round_trip(loss, option, dtype):
    made = loss(dtype=dtype, **option)
    again = loss.from_config(json.loads(json.dumps(made.get_config())))
    assert again.dtype == made.dtype == {"float64": "float64", "mixed_float16": "float16", None: "float32"}[dtype]
    assert again.get_config() == made.get_config()


def test_defaults():
    assert WeightedRMSE().get_config() == WeightedRMSE(weights=None, form="root_over_sum", error="squared").get_config()
    assert (
        WeightedMSE().get_config()
        == WeightedMSE(weights=None, normalise="sample", error="squared", delta=1.0).get_config()
    )


@losses
@pytest.mark.parametrize(
    ("n", "outputs", "batch", "per_sample"), [(70, 7, 32, True), (70, 7, 32, False), (100, 100, 100, True)]
)
def test_fit_is_sgd_on_the_formula(by_hand, loss, option, n, outputs, batch, per_sample):
    x, y, w, model = regression(n, outputs)
    w, given = (w, {"sample_weight": w}) if per_sample else (w[0], {})
    expected = descend(by_hand, option, *model.get_weights(), x, y, w, rate=0.1, batch=batch)
    weights = None if per_sample else w
    model.compile(loss=loss(weights=weights, **option), optimizer=keras.optimizers.SGD(0.1), jit_compile=False)
    model.fit(x, y, batch_size=batch, shuffle=False, verbose=0, **given)
    for found, wanted in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@losses
@pytest.mark.parametrize(("n", "outputs", "batch"), [(70, 7, 32), (100, 100, 100)])
def test_evaluate_is_the_mean_over_samples(by_hand, loss, option, n, outputs, batch):
    x, y, w, model = regression(n, outputs)
    pred = x @ model.get_weights()[0]
    model.compile(loss=loss(**option), jit_compile=False)
    parts = [slice(i, i + batch) for i in range(0, n, batch)]
    values = np.concatenate([by_hand(option, y[part], pred[part], w[part])[0] for part in parts])
    found = model.evaluate(x, y, sample_weight=w, batch_size=batch, verbose=0)
    assert found == pytest.approx(values.mean(), rel=1e-5)


@losses
@pytest.mark.parametrize("jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_bad_row_ends_a_fit_with_terminate_on_nan(loss, option, jit_compile):
    x, y, w, model = regression(20, 7)
    y[13, 2] = np.nan
    model.compile(loss=loss(weights=w[0], **option), optimizer="sgd", jit_compile=jit_compile)
    history = model.fit(x, y, batch_size=5, epochs=3, verbose=0, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert model.stop_training
    assert len(history.epoch) == 1
    assert np.isnan(history.history["loss"][0])


def test_a_model_called_with_several_shapes_broadcasts_nothing():
    """Keras traces such a model anew with the sizes that differed unknown."""
    x, y, w, model = regression(20, 7)
    model.compile(loss=WeightedMSE(), jit_compile=False)
    model.evaluate(x, y, sample_weight=w, verbose=0)
    with pytest.raises(ValueError, match=r"call model\.compile again"):
        model.evaluate(x, y, sample_weight=w[:, :1], verbose=0)
    with pytest.raises(ValueError, match=r"call model\.compile again"):
        model.evaluate(x, y, sample_weight=w[:, 0], verbose=0)
    model.compile(loss=WeightedMSE(), jit_compile=False)
    model.evaluate(x, y, verbose=0)
    with pytest.raises(ValueError, match=r"call model\.compile again"):
        model.evaluate(x, y[:, :1], verbose=0)


RELOAD = """
import json, sys
import harness.losses
heavy = [name for name in ("hydra", "omegaconf", "mlflow") if name in sys.modules]
import keras, numpy as np
data = dict(np.load(sys.argv[1] + "/data.npz"))
found = {"heavy": heavy}
for name in sys.argv[2:]:
    model = keras.models.load_model(f"{sys.argv[1]}/{name}.keras")
    found[name] = [model.loss.get_config(), model.evaluate(data["x"], data["y"], verbose=0)]
print(json.dumps(found))
"""


@pytest.mark.slow
def test_saved_model_reloads_with_its_loss(tmp_path):
    x, y, w, model = regression(20, 7)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    expected = {}
    for loss in (WeightedRMSE(weights=w[0], form="batch"), WeightedMSE(weights=w[1], normalise="none")):
        model.compile(loss=loss, jit_compile=False)
        expected[loss.name] = [loss.get_config(), pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-6)]
        model.save(tmp_path / f"{loss.name}.keras")
    command = [sys.executable, "-c", RELOAD, str(tmp_path), *expected]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("heavy") == []
    assert found == expected


ROW, AGES = np.array([1.0, 2, 3]), np.array([[0.5], [1], [1.5], [1]])
cancelling = pytest.mark.parametrize(
    ("loss", "batch_size", "reason"),
    [
        (WeightedMSE(normalise="sample"), 32, "loss.normalise=sample divides by a sample's own"),
        (WeightedRMSE(form="root_of_mean"), 32, "loss.form=root_of_mean divides by a sample's own"),
        (WeightedRMSE(form="root_over_sum"), 32, r"loss.form=root_over_sum .* c\^\(-1/2\) as much"),
        (WeightedMSE(normalise="batch"), 1, "a batch of one sample"),
        (WeightedRMSE(form="batch"), 1, "a batch of one sample"),
    ],
)


@cancelling
@pytest.mark.parametrize("outputs", [1, 3])
def test_a_scheme_without_effect_is_refused(loss, batch_size, reason, outputs):
    with pytest.raises(InputError, match=reason) as caught:
        loss.check(AGES * ROW[:outputs], batch_size)
    assert caught.value.key == "weights"
    assert "what one sample counts against another has no effect" in caught.value.found
    assert caught.value.instead == f"Write {loss.keeps_samples}, or loss=sample_weight"


@cancelling
@pytest.mark.parametrize(
    "weights",
    [
        ROW,
        np.tile(ROW, (4, 1)),
        np.array([[1.0, 2, 3], [3, 2, 1], [2, 2, 2], [1, 1, 1]]),
        AGES * ROW + np.eye(4, 3),
        np.array([[1.0], [0], [1], [1]]) * ROW,
    ],
    ids=["shared", "shared, written out", "general", "almost a factor", "samples left out"],
)
def test_weights_with_an_effect_pass(loss, batch_size, reason, weights):
    loss.check(weights, batch_size)


MANY = np.random.default_rng(3).uniform(0.5, 1.5, (200, 1)) * np.linspace(1.9, 0.1, 10)
ROUNDED = {
    "4 decimals": np.round(MANY, 4),
    "2 decimals": np.round(MANY, 2),
    "float16": MANY.astype(np.float16).astype(float),
    "3 decimals of a mean of 0.1": np.round(0.1 * MANY, 3),
}


@cancelling
@pytest.mark.parametrize("weights", ROUNDED.values(), ids=ROUNDED)
def test_rounding_hides_no_scheme_without_effect(loss, batch_size, reason, weights):
    """a factor a sample was refused, the same rounded was trained."""
    with pytest.raises(InputError, match="what one sample counts against another has no effect"):
        loss.check(weights, batch_size)


@cancelling
def test_a_weak_effect_is_warned_of(loss, batch_size, reason):
    weak = MANY * np.random.default_rng(4).uniform(0.95, 1.05, MANY.shape)
    with pytest.warns(UserWarning, match=rf"of the variance .* since .*{loss.keeps_samples[:9]}"):
        loss.check(weak, batch_size)


@pytest.mark.parametrize(
    "loss", [WeightedMSE(normalise="none"), WeightedMSE(normalise="batch"), WeightedRMSE(form="batch")]
)
def test_the_forms_that_keep_a_factor_a_sample(loss):
    loss.check(AGES * ROW, 32)
