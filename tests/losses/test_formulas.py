"""Values and gradients against those of conftest.py."""

from functools import cache

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.losses import weighted_mse, weighted_rmse
from harness.losses.formulas import FORMS, NORMALISATIONS

FORMULAS = [(weighted_rmse, {"form": form}) for form in FORMS] + [
    (weighted_mse, {"normalise": normalise, **error})
    for normalise in NORMALISATIONS
    for error in ({}, {"error": "absolute"}, {"error": "huber", "delta": 0.7})
]
formulas = pytest.mark.parametrize(("formula", "option"), FORMULAS)


def by_tensorflow(formula, option, true, pred, weights, dtype):
    pred = tf.constant(pred, dtype)
    with tf.GradientTape() as tape:
        tape.watch(pred)
        values = formula(tf.constant(true, dtype), pred, weights, **option)
        mean = tf.reduce_mean(values)
    assert values.dtype == dtype
    return values.numpy(), tape.gradient(mean, pred).numpy()


def problem(batch, outputs, per_sample, seed=0):
    rng = np.random.default_rng(seed)
    true, pred = rng.normal(size=(2, batch, outputs))
    return true, pred, rng.uniform(0.1, 3, (batch, outputs) if per_sample else outputs)


def agree(by_hand, formula, option, true, pred, weights, dtype=tf.float64, rtol=1e-10):
    expected = by_hand(option, true, pred, weights)
    found = by_tensorflow(formula, option, true, pred, weights, dtype)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * (np.abs(b).max() + 1e-30))


@formulas
@pytest.mark.parametrize("per_sample", [False, True])
@pytest.mark.parametrize("batch", [1, 32, 100])
@pytest.mark.parametrize("outputs", [1, 7, 100])
def test_values_and_gradients(by_hand, formula, option, batch, outputs, per_sample):
    arrays = problem(batch, outputs, per_sample)
    agree(by_hand, formula, option, *arrays)
    agree(by_hand, formula, option, *arrays, dtype=tf.float32, rtol=2e-5)


@formulas
@pytest.mark.parametrize("per_sample", [False, True])
def test_gradient_by_hand_is_the_slope_of_the_values(by_hand, formula, option, per_sample):
    """Holds the hand-written gradients themselves: central differences of the hand-written values."""
    true, pred, weights = problem(3, 4, per_sample)
    gradient = by_hand(option, true, pred, weights)[1]
    for i in np.ndindex(pred.shape):
        step = np.zeros_like(pred)
        step[i] = 1e-6
        up, down = (by_hand(option, true, pred + sign * step, weights)[0].mean() for sign in (1, -1))
        assert gradient[i] == pytest.approx((up - down) / 2e-6, rel=1e-6)


def by_tape(formula, option, true, pred, weights):
    with tf.GradientTape() as tape:
        tape.watch(pred)
        values = formula(true, pred, weights, **option)
        mean = tf.reduce_mean(values)
    return values, tape.gradient(mean, pred)


def compiled(**how):
    """`by_tape` as a graph, which takes tensors as its arguments alone; traced once for all arrays of one shape."""

    @cache
    def traced(formula, *option):
        return tf.function(lambda *arrays: by_tape(formula, dict(option), *arrays), **how)

    return lambda formula, option, *arrays: traced(formula, *option.items())(*arrays)


RUNS = {"eager": by_tape, "graph": compiled(), "xla": compiled(jit_compile=True)}


@formulas
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_zero_error_has_zero_gradient(formula, option, dtype, run):
    true, _, weights = problem(4, 7, True)
    values, gradient = run(formula, option, tf.constant(true, dtype), tf.constant(true, dtype), tf.constant(weights))
    np.testing.assert_array_equal(values, np.zeros(4))
    np.testing.assert_array_equal(gradient, np.zeros((4, 7)))


@formulas
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("where", ["y_true", "y_pred", "shared weights", "weights of a sample"])
def test_nan_in_is_nan_out(formula, option, run, where):
    """In sample 1, output 2. A sample without a NaN keeps its value, but where the formula mixes the whole batch."""
    true, pred, weights = problem(4, 7, where != "shared weights")
    clean = formula(true, pred, weights, **option).numpy()
    array = {"y_true": true, "y_pred": pred}.get(where, weights)
    array[2 if where == "shared weights" else (1, 2)] = np.nan
    values, gradient = run(formula, option, *(tf.constant(a, tf.float64) for a in (true, pred, weights)))
    whole_batch = option == {"form": "batch"} or (option.get("normalise") == "batch" and "weights" in where)
    hit = np.ones(4, bool) if whole_batch or where == "shared weights" else np.arange(4) == 1
    np.testing.assert_array_equal(np.isnan(values), hit)
    np.testing.assert_allclose(values[~hit], clean[~hit], rtol=1e-12)
    assert np.isnan(gradient[1]).any()


@formulas
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_nan_is_not_hidden_by_a_weight_of_zero(formula, option, run):
    true, pred, weights = problem(4, 7, True)
    weights[1], true[1, 2] = 0, np.nan
    values, _ = run(formula, option, *(tf.constant(a, tf.float64) for a in (true, pred, weights)))
    assert np.isnan(values[1])


@formulas
def test_one_perfect_sample_does_not_poison_the_batch(by_hand, formula, option):
    true, pred, weights = problem(5, 7, True)
    pred[2] = true[2]
    agree(by_hand, formula, option, true, pred, weights)


@formulas
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("error", [1e-30, 1e-25, 1e-20, 1e-19, 1e-18])
def test_errors_too_small_to_square_stay_finite(formula, option, error, run):
    arrays = np.zeros((2, 3)), np.full((2, 3), error), np.ones(3)
    values, gradient = run(formula, option, *(tf.constant(a, tf.float32) for a in arrays))
    assert np.isfinite(values).all()
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() < 1


@formulas
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("scale", [1e30, 1e-30, 1e-37])
@pytest.mark.parametrize("per_sample", [False, True])
def test_weights_of_any_scale(by_hand, formula, option, run, scale, per_sample):
    """In float32: from 1e-38 to 3e38. A gradient of 1e-38 on its way through a mean is below it, and may be 0."""
    true, pred, weights = problem(4, 7, per_sample)
    expected = by_hand(option, true, pred, scale * weights)
    found = run(formula, option, *(tf.constant(a, tf.float32) for a in (true, pred, scale * weights)))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=2e-6 * np.abs(b).max() + 1e-36)


@pytest.mark.parametrize("option", [{"form": "root_over_sum"}, {"form": "root_of_mean"}, {"normalise": "sample"}])
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_samples_of_any_scales(by_hand, option, run):
    true, pred, weights = problem(3, 7, True)
    weights *= np.array([[1e30], [1], [1e-30]])
    formula = weighted_rmse if "form" in option else weighted_mse
    expected = by_hand(option, true, pred, weights)
    found = run(formula, option, *(tf.constant(a, tf.float32) for a in (true, pred, weights)))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4)


@pytest.mark.parametrize(("formula", "option"), FORMULAS)
def test_the_gradient_by_the_weights_is_the_slope(by_hand, formula, option):
    """A loss may train its weights."""
    true, pred, weights = problem(3, 4, True)
    given = tf.constant(weights)
    with tf.GradientTape() as tape:
        tape.watch(given)
        mean = tf.reduce_mean(formula(tf.constant(true), tf.constant(pred), given, **option))
    gradient = tape.gradient(mean, given).numpy()
    for i in np.ndindex(weights.shape):
        step = np.zeros_like(weights)
        step[i] = 1e-6
        up, down = (by_hand(option, true, pred, weights + sign * step)[0].mean() for sign in (1, -1))
        assert gradient[i] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-9)


@formulas
def test_a_sample_of_zero_weights_counts_nothing(by_hand, formula, option):
    true, pred, weights = problem(5, 7, True)
    weights[3] = 0
    agree(by_hand, formula, option, true, pred, weights)
    values, gradient = by_tensorflow(formula, option, true, pred, weights, tf.float64)
    np.testing.assert_array_equal(gradient[3], np.zeros(7))
    if option != {"form": "batch"}:
        assert values[3] == 0


@formulas
def test_a_batch_of_zero_weights_is_zero(formula, option):
    true, pred, _ = problem(3, 2, True)
    values, gradient = by_tensorflow(formula, option, true, pred, np.zeros((3, 2)), tf.float64)
    np.testing.assert_array_equal(values, np.zeros(3))
    np.testing.assert_array_equal(gradient, np.zeros((3, 2)))


@formulas
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    batch=st.integers(1, 40),
    outputs=st.integers(1, 40),
    per_sample=st.booleans(),
    seed=st.integers(0, 10**6),
    zeros=st.floats(0, 0.9),
    size=st.sampled_from([1e-3, 1.0, 1e3]),
)
def test_any_shape(by_hand, formula, option, batch, outputs, per_sample, seed, zeros, size):
    true, pred, weights = problem(batch, outputs, per_sample, seed)
    weights = weights * (np.random.default_rng(seed).random(weights.shape) >= zeros)
    agree(by_hand, formula, option, size * true, size * pred, weights)


@pytest.mark.parametrize("per_sample", [False, True])
@pytest.mark.parametrize("factor", [0.01, 4.0, 100.0])
def test_scale_laws(per_sample, factor):
    true, pred, weights = problem(6, 7, per_sample)

    def ratio(formula, **option):
        return formula(true, pred, factor * weights, **option) / formula(true, pred, weights, **option)

    np.testing.assert_allclose(ratio(weighted_rmse, form="root_over_sum"), factor**-0.5, rtol=1e-12)
    np.testing.assert_allclose(ratio(weighted_rmse, form="batch"), factor**-0.5, rtol=1e-12)
    np.testing.assert_allclose(ratio(weighted_rmse, form="root_of_mean"), 1, rtol=1e-12)
    np.testing.assert_allclose(ratio(weighted_mse, normalise="sample"), 1, rtol=1e-12)
    np.testing.assert_allclose(ratio(weighted_mse, normalise="batch"), 1, rtol=1e-12)
    np.testing.assert_allclose(ratio(weighted_mse, normalise="none"), factor, rtol=1e-12)


def test_batch_form_falls_with_the_batch():
    true, pred, weights = problem(1, 7, False)
    one, four = (weighted_rmse(np.tile(true, (n, 1)), np.tile(pred, (n, 1)), weights, form="batch") for n in (1, 4))
    np.testing.assert_allclose(four, np.repeat(one, 4) / 2, rtol=1e-12)


def test_the_three_normalisations_are_one_for_shared_weights_of_mean_one():
    true, pred, weights = problem(6, 7, False)
    sample, batch, none = (weighted_mse(true, pred, weights / weights.mean(), normalise=n) for n in NORMALISATIONS)
    np.testing.assert_allclose(sample, none, rtol=1e-12)
    np.testing.assert_allclose(batch, none, rtol=1e-12)


def test_worked_example():
    true, pred, weights = [[0.0, 1, 1, 0], [0, 0, 1, 1]], [[0.0, 1, 0, 1], [1, 0, 1, 1]], [0.25, 0.5, 1, 0.75]
    values = weighted_mse(true, pred, weights).numpy()
    np.testing.assert_allclose(values, [0.7, 0.1], rtol=1e-6)  # (1 + .75) / 2.5 and .25 / 2.5
    assert values.sum() == pytest.approx(0.8, rel=1e-6)
    assert values.mean() == pytest.approx(0.4, rel=1e-6)
    np.testing.assert_allclose(weighted_rmse(true, pred, weights), np.sqrt([1.75, 0.25]) / 2.5, rtol=1e-6)


def test_the_errors_of_the_worked_example():
    """Errors 0, 0.5 and -3 under weights 1, 2 and 3, which sum to 6; delta is 1."""
    true, pred, weights = [[0.0, 0.5, 0]], [[0.0, 0, 3]], [1.0, 2, 3]
    expected = {"squared": (2 * 0.25 + 3 * 9) / 6, "absolute": (2 * 0.5 + 3 * 3) / 6, "huber": (0.25 + 3 * 2.5) / 6}
    for error, value in expected.items():
        assert float(weighted_mse(true, pred, weights, error=error)[0]) == pytest.approx(value, rel=1e-6)


def test_defaults():
    arrays = problem(3, 4, True)
    np.testing.assert_array_equal(weighted_rmse(*arrays), weighted_rmse(*arrays, form="root_over_sum"))
    np.testing.assert_array_equal(weighted_mse(*arrays), weighted_mse(*arrays, normalise="sample"))


WRONG = {  # shapes of y_true, y_pred, weights
    "one target for all outputs": ((5, 1), (5, 100), (100,)),
    "one target for all samples": ((1, 100), (5, 100), (100,)),
    "targets without a batch": ((100,), (5, 100), (100,)),
    "one prediction for all outputs": ((5, 100), (5, 1), (100,)),
    "vectors": ((100,), (100,), (100,)),
    "a third axis": ((5, 100, 1), (5, 100, 1), (100,)),
    "one weight a sample": ((5, 100), (5, 100), (5,)),
    "one weight a sample, as a column": ((5, 100), (5, 100), (5, 1)),
    "a column as long as the outputs": ((100, 100), (100, 100), (100, 1)),
    "a row": ((5, 100), (5, 100), (1, 100)),
    "one weight": ((5, 100), (5, 100), (1,)),
    "a scalar": ((5, 100), (5, 100), ()),
    "weights with a third axis": ((5, 100), (5, 100), (1, 5, 100)),
    "transposed weights": ((5, 100), (5, 100), (100, 5)),
}


@formulas
@pytest.mark.parametrize("shapes", WRONG.values(), ids=WRONG)
def test_nothing_is_broadcast(formula, option, shapes):
    with pytest.raises(ValueError, match=r"Expected .* of .*shape.*Received"):
        formula(*(np.ones(shape) for shape in shapes), **option)


@formulas
@pytest.mark.parametrize(
    "shapes",
    [
        ((None, 1), (None, 100), (100,)),
        ((1, 100), (None, 100), (100,)),
        ((None, None), (None, 100), (100,)),
        ((None, 100), (None, 100), (1, 100)),
        ((None, 100), (None, 100), (None, 1)),
        ((None, 100), (None, 100), (None, None)),
        ((None, 100), (None, 100), (None,)),
        (None, (None, 100), (100,)),
    ],
)
def test_nothing_is_broadcast_where_sizes_are_unknown(formula, option, shapes):
    """A size that is unknown while tracing may turn out to be 1."""
    graph = tf.function(lambda *tensors: formula(*tensors, **option))
    with pytest.raises(ValueError, match=r"Expected .*Received"):
        graph.get_concrete_function(*(tf.TensorSpec(shape) for shape in shapes))


@formulas
@pytest.mark.parametrize("per_sample", [False, True])
def test_a_batch_of_unknown_size(by_hand, formula, option, per_sample):
    specs = [tf.TensorSpec((None, 7), tf.float64)] * 2 + [tf.TensorSpec((None, 7) if per_sample else (7,), tf.float64)]
    graph = tf.function(lambda *tensors: formula(*tensors, **option), input_signature=specs)
    for batch in (1, 5):
        arrays = problem(batch, 7, per_sample)
        np.testing.assert_allclose(graph(*arrays), by_hand(option, *arrays)[0], rtol=1e-12)


def test_unknown_options():
    with pytest.raises(
        ValueError, match=r"form to be one of \('root_over_sum', 'root_of_mean', 'batch'\). Received: 'mean'"
    ):
        weighted_rmse(*problem(2, 3, False), form="mean")
    with pytest.raises(ValueError, match=r"error to be one of \('squared', 'absolute', 'huber'\). Received: 'mae'"):
        weighted_mse(*problem(2, 3, False), error="mae")
    with pytest.raises(ValueError, match=r"normalise to be one of \('sample', 'batch', 'none'\). Received: None"):
        weighted_mse(*problem(2, 3, False), normalise=None)
