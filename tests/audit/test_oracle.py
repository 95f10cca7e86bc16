import numpy as np
import pytest

from harness.audit.oracle import oracle

RMSE, MSE = "harness.losses.WeightedRMSE", "harness.losses.WeightedMSE"
CONFIGS = [
    *({"_target_": RMSE, "form": form} for form in ("root_over_sum", "root_of_mean", "batch")),
    *({"_target_": MSE, "normalise": normalise} for normalise in ("sample", "batch", "none")),
    {"_target_": "harness.losses.sample_weight.SampleWeight"},
    {"_target_": "harness.losses.loss_weights.LossWeights"},
    {"_target_": "harness.losses.add_loss.AddLoss", "of": {"_target_": RMSE, "form": "root_over_sum"}},
    {"_target_": MSE, "normalise": "sample", "error": "absolute", "delta": 1.0},
    {"_target_": "harness.losses.sample_weight.SampleWeight", "error": "huber", "delta": 1.5},
    {"_target_": "harness.losses.loss_weights.LossWeights", "error": "huber", "delta": 0.5},
]
NAMES = [" ".join(str(value) for value in config.values()) for config in CONFIGS]
SHARED = np.array([1.0, 3.0])
# Errors (3, 1) and (0, 2): s = 9 + 3 = 12 and 0 + 12 = 12 under SHARED, whose sum is 4.
TRUE = np.array([[1.0, 1], [1, 1]])
PRED = np.array([[4.0, 2], [1, 3]])


@pytest.mark.parametrize(
    ("config", "value"),
    [
        (CONFIGS[0], np.sqrt(12) / 4),
        (CONFIGS[1], np.sqrt(3)),
        (CONFIGS[2], np.sqrt(24) / 8),
        (CONFIGS[3], 3),
        (CONFIGS[4], 3),
        (CONFIGS[5], 6),
        (CONFIGS[6], 6),
        (CONFIGS[7], 3),
        (CONFIGS[8], np.sqrt(12) / 4),
        # |e| sum to 3 + 3 and 0 + 6.
        (CONFIGS[9], 6 / 4),
        # Errors beyond 1.5 count 1.5 (|e| - 0.75): 3.375 + 3 / 2 and 3 * 1.875.
        (CONFIGS[10], (4.875 + 5.625) / 4),
        # 0.5 (|e| - 0.25): 1.375 + 3 * 0.375 and 3 * 0.875.
        (CONFIGS[11], (2.5 + 2.625) / 8),
    ],
    ids=NAMES,
)
def test_values_by_hand(config, value):
    assert oracle(config, TRUE, PRED, SHARED)[0] == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("config", "value"),
    [
        # Under weights (1, 3) and (2, 0): s = 12 and 0, W = 4 and 2.
        (CONFIGS[0], np.sqrt(12) / 8),
        (CONFIGS[1], np.sqrt(3) / 2),
        (CONFIGS[2], np.sqrt(12) / 6),
        (CONFIGS[3], 3 / 2),
        (CONFIGS[4], 2),
        (CONFIGS[5], 3),
        (CONFIGS[6], 3),
    ],
)
def test_values_by_hand_per_sample(config, value):
    assert oracle(config, TRUE, PRED, np.array([[1.0, 3], [2, 0]]))[0] == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("per_sample", [False, True])
@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_gradient_is_the_slope_of_the_value(config, per_sample):
    rng = np.random.default_rng(0)
    true, pred, weights = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), rng.uniform(0.1, 3, (4, 3))
    weights = weights if per_sample else weights[0]
    slope, step = np.zeros_like(pred), 1e-6
    for place in np.ndindex(pred.shape):
        ends = []
        for sign in (1, -1):
            moved = pred.copy()
            moved[place] += sign * step
            ends.append(oracle(config, true, moved, weights)[0])
        slope[place] = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(oracle(config, true, pred, weights)[1], slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_no_error_and_no_weight_give_zeros(config):
    value, gradient = oracle(config, TRUE, TRUE, SHARED)
    assert value == 0
    assert not gradient.any()
    value, gradient = oracle(config, TRUE, PRED, np.zeros((2, 2)))
    assert value == 0
    assert not gradient.any()


@pytest.mark.parametrize(
    "config",
    [
        {"_target_": "theirs.WeightedRMSE", "form": "root_over_sum"},
        {"_target_": "harness.losses.quantile.Quantile"},
        {"_target_": RMSE, "form": "theirs"},
        {"_target_": RMSE, "form": "root_over_sum", "error": "absolute"},
        {"_target_": MSE, "normalise": "none", "error": "theirs"},
        {"_target_": RMSE, "form": "root_over_sum", "reduction": "sum"},
        {"_target_": "harness.losses.add_loss.AddLoss", "of": {"_target_": "theirs.Loss"}},
    ],
)
def test_what_it_has_no_formula_for(config):
    assert oracle(config, TRUE, PRED, SHARED) is None


@pytest.mark.parametrize("weights", [np.ones((2, 1)), np.ones(3), np.ones((1, 2)), np.float64(1)])
def test_nothing_is_broadcast(weights):
    with pytest.raises(ValueError, match=r"weights \[outputs\] or \[b, outputs\]"):
        oracle(CONFIGS[0], TRUE, PRED, weights)
    with pytest.raises(ValueError, match="y_true and y_pred"):
        oracle(CONFIGS[0], TRUE, PRED[:1], SHARED)
