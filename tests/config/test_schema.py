"""The signatures of parts as what is checked: of functions, classes and those that they hand arguments on to."""

from typing import Annotated

import pytest
from annotated_types import Interval

from harness.config.declared import declared
from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.kinds import Count


def family(lookback, features, outputs, *, units: Count, rate: "Annotated[float, Interval(ge=0, lt=1)]" = 0.5, free=1):
    """A user's own: its third option is not annotated."""


class Base:
    def __init__(self, weights=None, scale: float = 1.0):
        self.weights, self.scale = weights, scale


class Derived(Base):
    def __init__(self, quantile: Annotated[float, Interval(gt=0, lt=1)], **kwargs):
        super().__init__(**kwargs)
        self.quantile = quantile


def unresolved(*, size: "NoSuchName", other: "int"):  # noqa: F821
    """An annotation that cannot be looked up says nothing, and the next one counts all the same."""


def refused(key, part, arguments):
    with pytest.raises(InputError) as caught:
        check_arguments(key, part, arguments)
    return str(caught.value)


def test_a_function_that_is_called_later():
    usual = {"_target_": "mine.family", "_partial_": True, "units": 3}
    check_arguments("model", family, {**usual, "free": "whatever", "rate": 0})
    assert (
        refused("model", family, {**usual, "units": 0}) == "model.units: got 0. Write a whole number from 1 to 10000000"
    )
    assert refused("model", family, {**usual, "rate": 1}).startswith("model.rate: got 1. Write a number from 0 up to,")
    assert refused("model", family, {**usual, "unitz": 4}).startswith(
        "model.unitz: no such key. Did you mean model.units?"
    )
    told = "model.units: no value is given. Write model.units=<a whole number from 1 to 10000000>"
    assert refused("model", family, {"_partial_": True}) == told
    # The harness gives these itself.
    assert refused("model", family, {**usual, "lookback": 4}).startswith("model.lookback: no such key.")
    assert refused("model", family, {"units": 3}).startswith("model: its file does not say `_partial_: true`.")


def test_a_class_and_the_classes_it_hands_arguments_on_to():
    check_arguments("loss", Derived, {"quantile": 0.5, "scale": 2, "weights": [1]})
    assert refused("loss", Derived, {"quantile": 1}) == "loss.quantile: got 1. Write a number above 0 and below 1"
    assert refused("loss", Derived, {"quantile": 0.5, "scale": "big"}) == "loss.scale: got 'big'. Write a number"
    told = "loss.scal: no such key. Did you mean loss.scale? Write one of: quantile, weights, scale"
    assert refused("loss", Derived, {"quantile": 0.5, "scal": 2}) == told


def test_a_node_in_a_node_is_called_by_the_part_around_it():
    check_arguments("loss.of", family, {"_partial_": True, "units": 3})
    check_arguments("weights.of", family, {"_partial_": True, "units": 3})


def test_what_cannot_be_looked_up_is_not_checked():
    check_arguments("model", unresolved, {"size": "any", "other": 1})
    assert refused("model", unresolved, {"size": 1, "other": "a"}) == "model.other: got 'a'. Write a whole number"


def test_a_part_without_a_signature_takes_anything():
    assert declared(dict).takes_any
    check_arguments("model", dict, {"a": 1})
