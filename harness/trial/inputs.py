"""What a trial learns from and is evaluated under: data and weights, read and checked, and the trial's fingerprint."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.config.build import Sources
from harness.data.digest import digest
from harness.spec import Dataset
from harness.trial.fingerprint import array_hash, fingerprint
from harness.weights.weights import evaluation_weights, training_weights, weights_on_test


@dataclass(frozen=True)
class Inputs:
    """All but the network that decides a trial.

    weights: what it trains under, rescaled; evaluation: by split (val, test), what its metrics weigh errors
    with; own_on_test: what its own scheme gives for test samples, or None: a file of weights for training samples alone
    gives nothing.
    """

    data: Dataset
    weights: np.ndarray
    evaluation: Mapping[str, np.ndarray]
    own_on_test: np.ndarray | None
    data_hash: str
    weights_hash: str
    fingerprint: str


def read_inputs(sources: Sources) -> Inputs:
    """Reads the data and makes the weights.

    Raises:
        InputError: whatever is wrong with them.
    """
    data = sources.data()
    weights = training_weights(sources.weights, sources.config["rescale_weights"], data)
    own_on_test = weights_on_test(sources.weights, data)
    evaluation = evaluation_weights(sources.evaluation, data)
    hashes = digest(data), array_hash(weights), array_hash(*evaluation.values())
    return Inputs(data, weights, evaluation, own_on_test, *hashes[:2], fingerprint(sources.config, *hashes))
