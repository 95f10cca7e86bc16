"""Under per-sample weights one row of many may make two objectives out of one."""

import keras
import numpy as np
import pytest

from harness.audit.audit import DIFFERENT, SAME, Variant, audit
from harness.audit.probes import Batch
from harness.audit.rows import distinct_rows, extreme_rows, on_rows
from harness.spec import Fittable

OUTPUTS, N, SIZE = 5, 970, 32
SEEN = np.arange(64)
BATCH = Batch(*np.random.default_rng(0).normal(size=(2, 64, OUTPUTS)), SEEN)


def verdicts(*variants, batch_size=SIZE):
    return {(pair.a, pair.b): pair.verdict for pair in audit(variants, BATCH, batch_size).pairs}


def with_rows(value, rows, at=slice(None)):
    weights = np.ones((N, OUTPUTS))
    weights[rows, at] = value
    return weights


def test_ten_of_many_rows_make_another_objective(losses):
    """10 of 970 rows that weigh 20 times as much, none of them among the samples of the batch."""
    weights = with_rows(20, slice(500, 510))
    for name in ("mse_none", "sample_weight"):
        loss = losses[name]
        found = verdicts(
            Variant("uniform", *loss, np.ones(OUTPUTS)),
            Variant("file", *loss, weights / weights.mean()),
            Variant("as it is", *loss, weights),
            Variant("ones by row", *loss, np.ones((N, OUTPUTS))),
        )
        assert found["uniform", "file"] == found["uniform", "as it is"] == found["as it is", "ones by row"] == DIFFERENT
        assert found["uniform", "ones by row"] == SAME


@pytest.mark.parametrize(
    ("row", "at", "value"), [(969, 2, 1.01), (500, slice(None), 1.01), (64, 0, 0.0)], ids=["entry", "row", "zero"]
)
def test_one_row_makes_another_objective(losses, row, at, value):
    loss = losses["sample_weight"]
    found = verdicts(
        Variant("ones", *loss, with_rows(1, 0)), Variant("one row differs", *loss, with_rows(value, row, at))
    )
    assert found["ones", "one row differs"] == DIFFERENT


def test_one_row_tells_formulas_apart(losses):
    """All rows have the sum `outputs`, whatever a formula divides by, but for one."""
    weights = np.random.default_rng(1).uniform(0.5, 1.5, (N, OUTPUTS))
    weights *= OUTPUTS / weights.sum(axis=1, keepdims=True)
    names = ("mse_none", "mse_sample", "mse_batch")
    assert set(verdicts(*(Variant(n, *losses[n], weights) for n in names)).values()) == {SAME}
    weights[700] *= 1.05
    weights[701, 0] += 0.1  # Not a factor alone, which would be refused.
    assert set(verdicts(*(Variant(n, *losses[n], weights) for n in names)).values()) == {DIFFERENT}


class Clipped:
    """A user's own: the mean of w e^2, where no weight counts for more than `most`, nor between the two `odd`."""

    def __init__(self, odd=(np.inf, np.inf)):
        self.odd = odd

    def check(self, weights, batch_size):
        """Takes all."""

    def fittable(self, network, weights):
        """See `Fittable`."""

        def loss(pair, pred):
            true, w = pair[..., 0], pair[..., 1]
            w = keras.ops.where((w > self.odd[0]) & (w < self.odd[1]), 2 * w, w)
            return keras.ops.mean(w * keras.ops.square(true - pred), axis=1)

        model = keras.Model(network.inputs[0], network.outputs[0])
        return Fittable(model, {"loss": loss}, lambda x, y, w: (x, keras.ops.stack([y, w * y**0], axis=-1)))


def test_a_variant_without_a_formula_is_compared_on_every_row(losses):
    """It departs at weights in the middle of the range alone, where no row is extreme."""
    weights = np.linspace(0.5, 1.5, N)[:, None] * np.ones(OUTPUTS)
    middle = weights[485, 0]
    theirs = {"_target_": "theirs.Clipped"}
    found = verdicts(
        Variant("mse_none", *losses["mse_none"], weights),
        Variant("equal", Clipped(), theirs, weights),
        Variant("odd", Clipped((middle - 1e-4, middle + 1e-4)), theirs, weights),
    )
    assert found == {("mse_none", "equal"): SAME, ("mse_none", "odd"): DIFFERENT, ("equal", "odd"): DIFFERENT}


def test_per_sample_weights_of_two_lengths_are_refused(losses):
    loss = losses["mse_none"]
    with pytest.raises(ValueError, match="one row for each training sample"):
        verdicts(Variant("a", *loss, np.ones((N, OUTPUTS))), Variant("b", *loss, np.ones((N - 1, OUTPUTS))))


def test_extreme_rows():
    weights = with_rows(3, 7)
    weights[11], weights[13], weights[17, 4] = 0.5, 0, 2
    assert extreme_rows([np.ones(OUTPUTS)]).tolist() == []
    # The largest sum, the smallest and the smallest above 0.
    assert extreme_rows([weights]).tolist() == [7, 11, 13]
    # Against uniform weights the same largest difference, and the row whose shape differs most: that of zeros.
    assert extreme_rows([weights, np.ones(OUTPUTS)]).tolist() == [7, 11, 13]
    assert 17 in extreme_rows([np.delete(weights, 13, axis=0), np.ones(OUTPUTS)]) + 1


def test_distinct_rows_stand_for_all_by_their_sums():
    one, other = with_rows(3, [7, 8]), with_rows(0.5, [8, 9])
    rows = distinct_rows([one, other, np.ones(OUTPUTS), one.copy()])
    assert len(rows) == 4
    assert {(one[row, 0], other[row, 0]) for row in rows} == {(1, 1), (3, 1), (3, 0.5), (1, 0.5)}
    sums = one[rows].sum(axis=1) / one.sum() + other[rows].sum(axis=1) / other.sum()
    assert (np.diff(sums) >= 0).all()
    assert distinct_rows([np.ones(OUTPUTS)]).tolist() == []


def test_probes_on_rows():
    batch = Batch(BATCH.y_true[:3], BATCH.y_true[:3], np.arange(3))
    found = on_rows(batch, np.array([9, 4, 7, 1, 6]), 2)
    assert [rows.tolist() for _, _, rows in found] == [[9, 4], [7, 1], [6]]
    for true, pred, _ in found:
        assert (pred != true).all(), "an error of 0 would hide its weight"
    assert on_rows(batch, np.empty(0, int), 2) == []


def test_a_check_that_warns_is_noted(losses):
    rng = np.random.default_rng(5)
    weak = rng.uniform(0.5, 1.5, (N, 1)) * np.linspace(1.9, 0.1, OUTPUTS) * rng.uniform(0.95, 1.05, (N, OUTPUTS))
    (note,) = audit([Variant("weak", *losses["mse_sample"], weak)], BATCH, SIZE).notes
    assert note.compared
    assert "of the variance of these weights between samples" in note.text
