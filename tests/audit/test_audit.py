"""Every pair of the project's variants under every kind of weights; what each must be was worked out by hand."""

from itertools import combinations

import numpy as np
import pytest

from harness.audit.audit import DIFFERENT, FACTOR, SAME, Variant, audit
from harness.audit.mechanism import mechanism
from harness.audit.probes import Batch
from harness.config.build import build_part, build_sources
from harness.data.scaling import targets

OUTPUTS, N, SIZE = 10, 40, 12
LINE = np.linspace(1.9, 0.1, OUTPUTS)  # mean 1
GENERAL = np.random.default_rng(1).uniform(0.1, 3, (N, OUTPUTS))
ROWS = np.random.default_rng(2).choice(N, 20, replace=False)
WEIGHTS = {
    "uniform": np.ones(OUTPUTS),
    "shared": LINE,
    "shared of mean 3": 3 * LINE,
    "per sample, equal sums": OUTPUTS * GENERAL / GENERAL.sum(axis=1, keepdims=True),
    "per sample, unequal sums": GENERAL / GENERAL.mean(),
    "per sample, by a factor alone": np.linspace(0.5, 1.5, N)[:, None] * LINE,
}

# With W_b = sum_i w_bi, s_b = sum_i w_bi e_bi^2: a list of objectives; in each, variants that differ in a factor alone,
# with that factor. Variants of two lists are different, and what is in no list is refused.
# The same W for every sample: sum over b of s_b, whatever it is divided by. mean_b s_b/W is what most give;
# normalise=none and sample_weight divide by the number of outputs, so W / outputs times that; heads do not divide: W.
# sqrt(s_b/W) and sqrt(s_b)/W are 1/sqrt(W) of each other. One root over the batch is neither.
MSE_OF_W = ["mse_sample", "mse_batch", "loss_weights", "add_mse_sample", "add_mse_batch"]
MSE_OF_COUNT = ["mse_none", "sample_weight", "add_mse_none"]
ROOT_OVER_SUM, ROOT_OF_MEAN = (
    ["rmse_root_over_sum", "add_rmse_root_over_sum"],
    ["rmse_root_of_mean", "add_rmse_root_of_mean"],
)
BATCH_ROOT = {"rmse_batch": 1, "add_rmse_batch": 1}


def one_sum(total):
    mse = dict.fromkeys(MSE_OF_W, 1) | dict.fromkeys(MSE_OF_COUNT, total / OUTPUTS) | {"heads": total}
    return [mse, dict.fromkeys(ROOT_OF_MEAN, 1) | dict.fromkeys(ROOT_OVER_SUM, total**-0.5), BATCH_ROOT]


def per_sample(objectives):
    """loss_weights, and so heads, take one number an output."""
    return [{k: v for k, v in each.items() if k not in ("loss_weights", "heads")} for each in objectives]


EXPECTED = {
    "uniform": one_sum(OUTPUTS),
    "shared": one_sum(OUTPUTS),
    "shared of mean 3": one_sum(3 * OUTPUTS),
    # Only W matters for which is which, not whether the weights are shared.
    "per sample, equal sums": per_sample(one_sum(OUTPUTS)),
    # mean s_b / outputs keeps what a sample counts; mean s_b / W_b cancels it; s / sum of the batch's W has another
    # factor on every batch; sqrt(s_b)/W_b turns it round and sqrt(s_b/W_b) cancels it.
    "per sample, unequal sums": [
        dict.fromkeys(MSE_OF_COUNT, 1),
        {"mse_sample": 1, "add_mse_sample": 1},
        {"mse_batch": 1, "add_mse_batch": 1},
        dict.fromkeys(ROOT_OVER_SUM, 1),
        dict.fromkeys(ROOT_OF_MEAN, 1),
        BATCH_ROOT,
    ],
    # Those that would cancel it or turn it round are refused.
    "per sample, by a factor alone": [
        dict.fromkeys(MSE_OF_COUNT, 1),
        {"mse_batch": 1, "add_mse_batch": 1},
        BATCH_ROOT,
    ],
}


def true_and_pred(seed=0):
    return np.random.default_rng(seed).normal(size=(2, len(ROWS), OUTPUTS))


def audited(losses, weights, batch_size=SIZE, **others):
    """(pair by names, note by name) of these losses under one set of weights, and of other variants."""
    variants = [Variant(name, *given, weights) for name, given in losses.items()]
    found = audit([*variants, *others.values()], Batch(*true_and_pred(), ROWS), batch_size)
    return {(pair.a, pair.b): pair for pair in found.pairs}, {note.name: note for note in found.notes}


def expected_of(objectives, a, b):
    for objective in objectives:
        if a in objective and b in objective:
            factor = objective[a] / objective[b]
            return (SAME, 1) if abs(factor - 1) < 1e-12 else (FACTOR, factor)
    return DIFFERENT, None


@pytest.mark.parametrize("kind", WEIGHTS)
def test_every_pair(losses, kind):
    pairs, notes = audited(losses, WEIGHTS[kind])
    compared = [name for name in losses if any(name in objective for objective in EXPECTED[kind])]
    assert [name for name, note in notes.items() if note.compared] == compared
    assert list(pairs) == list(combinations(compared, 2))
    for (a, b), pair in pairs.items():
        verdict, factor = expected_of(EXPECTED[kind], a, b)
        assert pair.verdict == verdict, (a, b, pair)
        if verdict == DIFFERENT:
            assert pair.factor is None
            assert pair.evidence > 1e-2, "far from the tolerance"
        else:
            # Without a formula the factor is known as well as float32 knows it.
            assert pair.factor == pytest.approx(factor, rel=1e-6 if "heads" in (a, b) else 1e-12)
            assert pair.evidence < 2e-6, "far from the tolerance"


def test_what_was_asked_for(losses):
    shared, _ = audited(losses, WEIGHTS["shared"])
    one = ["mse_sample", "sample_weight", "loss_weights", "add_mse_sample"]
    assert {shared[pair].verdict for pair in combinations(one, 2)} == {SAME}
    assert shared["rmse_root_over_sum", "rmse_root_of_mean"].factor == pytest.approx(1 / np.sqrt(LINE.sum()))
    assert shared["rmse_root_over_sum", "mse_sample"].verdict == DIFFERENT
    assert shared["rmse_batch", "mse_batch"].verdict == DIFFERENT
    equal, _ = audited(losses, WEIGHTS["per sample, equal sums"])
    assert equal["rmse_root_over_sum", "rmse_root_of_mean"].verdict == FACTOR
    unequal, _ = audited(losses, WEIGHTS["per sample, unequal sums"])
    assert unequal["rmse_root_over_sum", "rmse_root_of_mean"].verdict == DIFFERENT
    assert unequal["mse_none", "sample_weight"].verdict == SAME
    assert unequal["mse_sample", "mse_none"].verdict == unequal["mse_sample", "sample_weight"].verdict == DIFFERENT


def test_one_batch_alone_would_mislead(losses):
    """On any one batch the gradients of root and mean are parallel; the factor is another one on the next."""
    factors = []
    for seed in (0, 1):
        root, mean = (
            mechanism(losses[name][0], LINE)(*true_and_pred(seed), ROWS)[1] for name in ("rmse_batch", "mse_batch")
        )
        factors.append(np.sum(root * mean) / np.sum(mean**2))
        np.testing.assert_allclose(root, factors[-1] * mean, rtol=1e-5, atol=1e-9)
    assert abs(factors[0] / factors[1] - 1) > 1e-3


def test_in_batches_of_one_sample_a_batch_is_a_sample(losses):
    pairs, _ = audited(losses, WEIGHTS["per sample, unequal sums"], batch_size=1)
    assert pairs["mse_sample", "mse_batch"].verdict == SAME
    assert pairs["rmse_root_over_sum", "rmse_batch"].verdict == SAME
    assert pairs["rmse_root_over_sum", "rmse_root_of_mean"].verdict == DIFFERENT


def test_weights_tell_variants_apart_or_not(losses):
    loss, config = losses["rmse_root_over_sum"]
    near, far = LINE.copy(), LINE[::-1]
    near[-1] *= 1.0005
    others = {"four": Variant("four", loss, config, 4 * LINE)}
    others |= {"near": Variant("near", loss, config, near), "far": Variant("far", loss, config, far)}
    pairs, _ = audited({"rmse_root_over_sum": losses["rmse_root_over_sum"]}, LINE, **others)
    assert (pairs["rmse_root_over_sum", "four"].verdict, pairs["rmse_root_over_sum", "four"].factor) == (
        FACTOR,
        pytest.approx(2),
    )
    assert pairs["rmse_root_over_sum", "near"].verdict == DIFFERENT
    assert 1e-5 < pairs["rmse_root_over_sum", "near"].evidence < 1e-3
    assert pairs["rmse_root_over_sum", "far"].verdict == DIFFERENT


def test_refused_variants_say_why(losses):
    _, notes = audited(losses, WEIGHTS["per sample, by a factor alone"])
    assert not notes["rmse_root_over_sum"].compared
    assert notes["rmse_root_over_sum"].text.startswith("refused: weights: what one sample counts against another")
    assert "one weight an output" in notes["loss_weights"].text
    assert (notes["sample_weight"].compared, notes["sample_weight"].text) == (True, "")
    assert notes["sample_weight"].deviation < 1e-6
    assert notes["mse_batch"].compared
    _, notes = audited(losses, WEIGHTS["per sample, by a factor alone"], batch_size=1)
    assert notes["mse_batch"].text.startswith("refused")


def test_input_that_does_not_fit(losses):
    loss, config = losses["mse_none"]
    batch = Batch(*true_and_pred(), ROWS)
    with pytest.raises(ValueError, match="a name of its own"):
        audit([Variant("one", loss, config, LINE)] * 2, batch, SIZE)
    for weights in (np.ones(3), np.ones((N, 3)), GENERAL[: ROWS.max()]):
        with pytest.raises(ValueError, match=r"one: weights must be \[10\], or \[n, 10\] with n of at least"):
            audit([Variant("one", loss, config, weights)], batch, SIZE)


@pytest.mark.parametrize("scheme", ["linear", "recency"])
def test_a_hundred_outputs_of_real_data(losses, composed, scheme):
    """Weekly CO2 as configured, scaled, against the last value as the forecast; the schemes of conf/, of mean 1."""
    config = composed("data=co2", f"weights={scheme}")
    data = build_sources(config).data()
    given = build_part(config, "weights")(data.train, data.train)
    rows = np.random.default_rng(0).choice(len(data.train.y), 32, replace=False)
    true = targets(data.scaling, data.train.x[rows], data.train.y[rows])
    assert true.shape == (32, 100)
    variants = [Variant(name, *loss, given / given.mean()) for name, loss in losses.items()]
    found = audit(variants, Batch(true, np.zeros_like(true), rows), 32)
    pairs = {(pair.a, pair.b): pair for pair in found.pairs}
    # CO2 has a row a sample; recency gives all outputs of a sample one weight.
    objectives = EXPECTED["per sample, by a factor alone"]
    if scheme == "linear":
        mse = dict.fromkeys([*MSE_OF_W, *MSE_OF_COUNT], 1) | {"heads": 100}
        objectives = [mse, dict.fromkeys(ROOT_OF_MEAN, 1) | dict.fromkeys(ROOT_OVER_SUM, 0.1), BATCH_ROOT]
    names = [name for name in losses if any(name in objective for objective in objectives)]
    assert list(pairs) == list(combinations(names, 2))
    for (a, b), pair in pairs.items():
        verdict, factor = expected_of(objectives, a, b)
        assert (pair.verdict, pair.factor) == (verdict, factor and pytest.approx(factor, rel=2e-6)), (a, b, pair)
