"""What a trial learns from and is evaluated under: data and weights, read and checked, and the trial's fingerprint."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.config.build import Sources
from harness.data.digest import digest
from harness.errors import InputError
from harness.spec import Dataset, Scheme, Split
from harness.trial.fingerprint import array_hash, fingerprint
from harness.weights.rescale import rescale
from harness.weights.validity import checked


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
    evaluation = evaluation_weights(sources.evaluation, data)
    hashes = digest(data), array_hash(weights), array_hash(*evaluation.values())
    return Inputs(
        data,
        weights,
        evaluation,
        _own_on_test(sources.weights, data),
        *hashes[:2],
        fingerprint(sources.config, *hashes),
    )


def training_weights(scheme: Scheme, rule: str, data: Dataset) -> np.ndarray:
    """What training weighs errors with: [outputs] or [n of train, outputs], rescaled by `rule`."""
    return rescale(_weights(scheme, "weights", data.train, data.train), rule)


def evaluation_weights(scheme: Scheme, data: Dataset) -> dict[str, np.ndarray]:
    """What the metrics weigh errors with, for `val` and `test`: [outputs] or [n of the split, outputs]."""
    splits = {"val": data.validation, "test": data.test}
    return {name: _weights(scheme, "evaluate.weights", data.train, split) for name, split in splits.items()}


def _own_on_test(scheme: Scheme, data: Dataset) -> np.ndarray | None:
    try:
        return _weights(scheme, "weights", data.train, data.test)
    except InputError:
        return None


def _weights(scheme: Scheme, key: str, train: Split, at: Split) -> np.ndarray:
    try:
        return checked(scheme(train, at), *at.y.shape)
    except InputError as error:
        raise InputError(error.key.replace("weights", key, 1), error.found, error.instead) from error
