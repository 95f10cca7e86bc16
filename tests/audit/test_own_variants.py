"""Loss variants that are not the project's own, and such as do not do what they say."""

from itertools import combinations

import keras
import numpy as np
import pytest

from harness.audit.audit import (
    DIFFERENT,
    FACTOR,
    NO_FORMULA,
    NO_GRADIENT,
    NOT_FINITE,
    NOT_ITS_FORMULA,
    SAME,
    Variant,
    audit,
)
from harness.audit.probes import Batch
from harness.config.build import build_part
from harness.losses.learned import Learned
from harness.spec import Fittable

OUTPUTS = 10
LINE = np.linspace(1.9, 0.1, OUTPUTS)
BATCH = Batch(*np.random.default_rng(0).normal(size=(2, 20, OUTPUTS)), np.arange(20))


def audited(losses, weights, **others):
    """(pair by names, note by name)."""
    variants = [Variant(name, *given, weights) for name, given in losses.items()]
    found = audit([*variants, *others.values()], BATCH, 12)
    return {(pair.a, pair.b): pair for pair in found.pairs}, {note.name: note for note in found.notes}


class Own:
    """A loss variant of a user: any Keras loss on a plain model."""

    def __init__(self, loss):
        self.loss = loss

    def check(self, weights, batch_size):
        """Takes all."""

    def fittable(self, network, weights):
        """See `Fittable`."""
        model = keras.Model(network.inputs[0], network.outputs[0])
        return Fittable(model, {"loss": self.loss}, lambda x, y, w: (x, y))


def test_variants_without_a_formula_go_by_keras_alone(losses):
    theirs = {"_target_": "theirs.Loss"}
    # Huber (1964) is half the squared error while no error is above delta, and linear beyond.
    own = {
        "wide": Own(keras.losses.Huber(delta=1e3)),
        "narrow": Own(keras.losses.Huber(delta=2.5)),
        "offset": Own(lambda true, pred: keras.ops.mean(keras.ops.square(true - pred), axis=1) + 5),
        "rising": Own(lambda true, pred: -keras.ops.mean(keras.ops.square(true - pred), axis=1)),
    }
    others = {name: Variant(name, loss, theirs, np.ones(OUTPUTS)) for name, loss in own.items()}
    pairs, notes = audited({"mse_sample": losses["mse_sample"]}, np.ones(OUTPUTS), **others)
    assert {notes[name].text for name in own} == {NO_FORMULA}
    assert pairs["mse_sample", "wide"].verdict == FACTOR
    assert pairs["mse_sample", "wide"].factor == pytest.approx(2, rel=1e-6)
    assert pairs["mse_sample", "narrow"].verdict == pairs["wide", "narrow"].verdict == DIFFERENT
    assert pairs["mse_sample", "offset"].verdict == SAME
    assert pairs["mse_sample", "rising"].verdict == DIFFERENT


def test_errors_other_than_the_squared_one(composed):
    """Absolute errors under four mechanisms are one objective, and none that is squared; a wide Huber is half of it."""
    choices = {
        "squared": ["loss=weighted_mse"],
        "wide": ["loss=weighted_mse", "loss.error=huber", "loss.delta=1000"],
        "narrow": ["loss=sample_weight", "loss.error=huber", "loss.delta=0.5"],
        "narrow too": ["loss=loss_weights", "loss.error=huber", "loss.delta=0.5"],
        **{name: [f"loss={name}", "loss.error=absolute"] for name in ("weighted_mse", "sample_weight", "loss_weights")},
        "add_loss": ["loss=add_loss", "loss.of.error=absolute"],
    }
    configs = {name: composed(*overrides) for name, overrides in choices.items()}
    losses = {name: (build_part(config, "loss"), config["loss"]) for name, config in configs.items()}
    pairs, notes = audited(losses, LINE)
    assert {note.text for note in notes.values()} == {""}
    absolute = ("weighted_mse", "sample_weight", "loss_weights", "add_loss")
    same = {*combinations(absolute, 2), ("narrow", "narrow too")}
    assert {pair for pair, found in pairs.items() if found.verdict == SAME} == same
    assert {pair for pair, found in pairs.items() if found.verdict == FACTOR} == {("squared", "wide")}
    assert pairs["squared", "wide"].factor == pytest.approx(2, rel=1e-12)


def test_a_loss_that_owns_variables_is_no_other_one(losses):
    """It starts as a multiple of mse_none, since every s is 1, and training moves its variables."""
    learned = {name: Variant(name, Learned(0.0), {"_target_": "harness.losses.learned.Learned"}, LINE) for name in "ab"}
    pairs, notes = audited({n: losses[n] for n in ("mse_none", "mse_sample")}, LINE, **learned)
    assert notes["a"].text == NO_FORMULA
    assert pairs["mse_none", "a"].verdict == pairs["mse_sample", "a"].verdict == DIFFERENT
    assert pairs["mse_none", "a"].evidence > 1e-2
    assert (pairs["a", "b"].verdict, pairs["mse_none", "mse_sample"].verdict) == (SAME, SAME)


def test_a_mechanism_that_does_not_compute_its_formula_is_told(losses):
    """Keras's mean squared error, called sample_weight, that leaves the weights out."""
    forgets = Variant("forgets", Own("mean_squared_error"), losses["sample_weight"][1], LINE)
    pairs, notes = audited({"sample_weight": losses["sample_weight"]}, LINE, forgets=forgets)
    assert notes["forgets"].text == NOT_ITS_FORMULA
    assert notes["forgets"].deviation > 0.1
    assert pairs["sample_weight", "forgets"].verdict == DIFFERENT


def test_what_cannot_be_computed_stops_nobody_else(losses):
    nan = Own(lambda true, pred: keras.ops.mean(pred, axis=1) * np.nan)
    flat = Own(lambda true, pred: keras.ops.mean(true, axis=1))
    broken = Own(lambda true, pred: pred / undefined)  # noqa: F821
    others = {n: Variant(n, v, {}, LINE) for n, v in {"nan": nan, "flat": flat, "broken": broken}.items()}
    pairs, notes = audited({n: losses[n] for n in ("mse_sample", "mse_none")}, LINE, **others)
    assert list(pairs) == [("mse_sample", "mse_none")]
    assert notes["nan"].text == NOT_FINITE
    assert notes["flat"].text == NO_GRADIENT
    assert notes["broken"].text.startswith("cannot be computed: NameError")
