"""The formulas and their gradients in NumPy, float64, derived by hand."""

import numpy as np
import pytest

# Of the Huber error, as the options here have it.
DELTA = 0.7


def _divide(above, below):
    """0 where nothing is below."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.zeros(above.shape), where=below > 0)


def _by_hand(option, true, pred, weights):
    """(values [batch], gradient [batch, outputs] of their mean with respect to pred), float64."""
    (batch, outputs), e = pred.shape, pred - true
    w = np.broadcast_to(weights, pred.shape)
    counts, slope = {
        "squared": (e**2, 2 * e),
        "absolute": (np.abs(e), np.sign(e)),
        "huber": (np.where(np.abs(e) <= DELTA, e**2 / 2, DELTA * (np.abs(e) - DELTA / 2)), np.clip(e, -DELTA, DELTA)),
    }[option.get("error", "squared")]
    s, total = (w * counts).sum(axis=1), w.sum(axis=1)
    down = np.sqrt(s)[:, None]
    match next(iter(option.values())):
        case "root_over_sum":
            return _divide(np.sqrt(s), total), _divide(w * e, down * total[:, None]) / batch
        case "root_of_mean":
            values = np.sqrt(_divide(s, total))
            return values, _divide(w * e, values[:, None] * total[:, None]) / batch
        case "batch" if "form" in option:
            return np.full(batch, _divide(np.sqrt(s.sum()), total.sum())), _divide(
                w * e, np.sqrt(s.sum()) * total.sum()
            )
        case "sample":
            return _divide(s, total), _divide(w * slope, total[:, None]) / batch
        case "batch":
            return _divide(batch * s, total.sum()), _divide(w * slope, total.sum())
        case "none":
            return s / outputs, w * slope / (batch * outputs)


@pytest.fixture(scope="session")
def by_hand():
    return _by_hand
