"""What stands for a training where a network's values follow from the data."""

import time
from collections.abc import Callable, Mapping

import keras
import numpy as np

from harness.data.chunks import slices
from harness.data.scaling import inputs, targets
from harness.spec import Dataset, SolvedFamily
from harness.training.history import History
from harness.training.settings import Training


def solve(
    family: SolvedFamily,
    network: keras.Model,
    data: Dataset,
    weights: np.ndarray,
    predict: Callable[[np.ndarray], np.ndarray],
    validate: Callable[[], Mapping[str, float]],
    training: Training,
) -> History:
    """Solves for the network's values, and gives what a training of one epoch would leave behind.

    Its own loss is the mean of w e^2 over the train samples, as the network sees them.
    """
    started, train, loss = time.perf_counter(), data.train, 0.0
    family.solve(network, data, weights)
    for at in slices(len(train.y)):
        x, w = train.x[at], weights if weights.ndim == 1 else weights[at]
        error = targets(data.scaling, x, train.y[at]) - predict(inputs(data.scaling, x))
        loss += float((w * error.astype(np.float64) ** 2).sum())
    validation = dict(validate())
    return History(
        training.lower_is_better,
        [loss / (len(train.y) * train.y.shape[1])],
        [validation[training.monitor]],
        [time.perf_counter() - started],
        validation=validation,
    )
