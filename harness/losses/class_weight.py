"""Keras's `class_weight`, refused: it has no meaning for a vector of numbers."""

from harness.errors import InputError


class ClassWeight:
    """Raises InputError when built.

    Keras accepts class_weight with a regression target of shape [n, outputs], takes the arg max of each target as its
    class, and weights the sample by that.
    """

    def __init__(self) -> None:
        raise InputError(
            "loss",
            "class_weight would take the arg max of a target vector as its class, and Keras says nothing",
            "Write loss=sample_weight with a scheme that gives one set of weights a sample, such as weights=recency or "
            "weights=file",
        )
