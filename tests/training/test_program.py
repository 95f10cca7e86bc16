"""A program that serves a second training: nothing is traced again, and the result is that of a fresh one."""

from functools import partial

import keras
import numpy as np
import pytest
from keras.src.utils.naming import reset_uids

from harness.config.build import build_part, resolve
from harness.config.keys import Decides, deciding
from harness.config.overrides import CONF, composed, read_command
from harness.losses.add_loss import AddLoss
from harness.losses.learned import Learned
from harness.losses.loss_weights import LossWeights
from harness.losses.sample_weight import SampleWeight
from harness.losses.weighted_mse import WeightedMSE
from harness.losses.weighted_rmse import WeightedRMSE
from harness.spec import Fittable
from harness.training import program as programs
from harness.training.callbacks.own import OwnCallback
from harness.training.fit import fit
from harness.training.program import Program, program
from tests.training.short_training import training

RNG = np.random.default_rng(0)
N, OUTPUTS = 70, 5
X, Y = RNG.normal(size=(N, 4, 2)), RNG.normal(size=(N, OUTPUTS))
SHARED, OTHER = RNG.uniform(0.1, 2, OUTPUTS), RNG.uniform(0.1, 2, OUTPUTS)
EACH = RNG.uniform(0.1, 2, (N, OUTPUTS))
VARIANTS = {
    "weighted_mse": WeightedMSE(normalise="none"),
    "weighted_rmse": WeightedRMSE(),
    "sample_weight": SampleWeight("squared", 1.0),
    "loss_weights": LossWeights("squared", 1.0),
    "add_loss": AddLoss(WeightedMSE(normalise="none")),
    "learned": Learned(0.3),
}


@keras.saving.register_keras_serializable(package="tests")
class Traced(keras.layers.Dense):
    """Counts how often its computation is written down, which no compiled step does."""

    count = 0

    def call(self, inputs, training=None):
        Traced.count += 1
        return super().call(inputs)


class Constant:
    """A user's loss whose weights are a constant of what is compiled."""

    def check(self, weights, batch_size):
        pass

    def fittable(self, network, weights):
        def loss(y_true, y_pred):
            return keras.ops.mean(weights.astype("float32") * keras.ops.square(y_true - y_pred))

        return Fittable(keras.Model(network.inputs, network.outputs[0]), {"loss": loss}, lambda x, y, w: (x, y))


def small(units=3):
    history = keras.Input((4, 2))
    x = keras.layers.Dropout(0.3)(keras.layers.Dense(units)(keras.layers.Flatten()(history)))
    return keras.Model(history, Traced(OUTPUTS)(x))


@pytest.fixture(autouse=True)
def no_programs():
    programs._programs.clear()
    yield
    programs._programs.clear()


def train(variant, weights=SHARED, seed=0, rate=0.05, arrays=None, reuse=True, units=3, made_by=None, **changes):
    """(every number that a training leaves, how much was traced for it)."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    network, before = small(units), Traced.count
    fittable = variant.fittable(network, weights)
    settings = training(**{"optimizer": partial(keras.optimizers.Adam, learning_rate=rate), **changes})
    given = (X, Y, weights) if arrays is None else arrays
    scores = iter(range(1000, 0, -1))
    arguments = given, lambda: {"val_rmse": float(next(scores))}, settings, seed, lambda *_: None, None
    if reuse:
        with program(network, fittable, settings, given, made_by or repr(variant)) as compiled:
            history = fit(compiled, *arguments)
            forecast = compiled.predict(X.astype("float32"))
    else:
        compiled = Program(network, fittable, settings, given)
        history = fit(compiled, *arguments)
        forecast = compiled.predict(X.astype("float32"))
    left = [*compiled.network.get_weights(), *history.owned.values(), np.array(history.own_loss), forecast]
    return np.concatenate([value.ravel() for value in left]), Traced.count - before


SHORT = ("weighted_rmse", "learned")


@pytest.mark.parametrize("jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "name", [name if name in SHORT else pytest.param(name, marks=pytest.mark.slow) for name in VARIANTS]
)
def test_another_seed_rate_and_weights_trace_nothing_and_leave_the_same_bits(name, jit_compile):
    variant, own = VARIANTS[name], {"jit_compile": jit_compile}
    ways = [{}, {"seed": 1}, {"seed": 2, "rate": 0.01, "weights": OTHER}]
    fresh = [train(variant, reuse=False, **way, **own) for way in ways]
    fresh.append(fresh[0])
    built = fresh[0][1]
    taken = [train(variant, **way, **own) for way in (*ways, {})]
    assert taken[0][1] == built >= 3
    for (left, _), (again, traced) in zip(fresh[1:], taken[1:], strict=True):
        assert traced == 0
        np.testing.assert_array_equal(again, left)
    np.testing.assert_array_equal(taken[0][0], taken[-1][0])


def test_weights_of_each_sample_share_no_program_with_shared_ones():
    variant = VARIANTS["sample_weight"]
    train(variant)
    left, _ = train(variant, weights=EACH)
    np.testing.assert_array_equal(left, train(variant, weights=EACH, reuse=False)[0])


def test_weights_that_may_be_constants_are_compiled_anew():
    first, _ = train(Constant(), made_by="constant")
    other, traced = train(Constant(), weights=OTHER, made_by="constant")
    assert traced >= 3
    np.testing.assert_array_equal(other, train(Constant(), weights=OTHER, reuse=False)[0])
    again, traced = train(Constant(), made_by="constant")
    assert traced == 0
    np.testing.assert_array_equal(again, first)


class Careless(keras.callbacks.Callback):
    """Changes the model that it sees."""

    def on_train_begin(self, logs=None):
        self.model.layers[2].rate = 0.9


DIFFERENT = {
    "another network": {"units": 4},
    "another optimizer": {"optimizer": partial(keras.optimizers.Adam, learning_rate=0.05, beta_1=0.5)},
    "a schedule": {
        "optimizer": partial(
            keras.optimizers.Adam, learning_rate=keras.optimizers.schedules.ExponentialDecay(0.05, 2, 0.5)
        )
    },
    "another batch size": {"batch_size": 16},
    "fewer samples": {"arrays": (X[:50], Y[:50], SHARED)},
    "a callback of the user's own": {"callbacks": [OwnCallback(make=Careless, stateless=True)]},
    "another loss": {"made_by": "another"},
}


@pytest.mark.parametrize(
    "what",
    [
        "another network",
        "fewer samples",
        "another loss",
        pytest.param("another optimizer", marks=pytest.mark.slow),
        pytest.param("a schedule", marks=pytest.mark.slow),
        pytest.param("another batch size", marks=pytest.mark.slow),
        pytest.param("a callback of the user's own", marks=pytest.mark.slow),
    ],
)
def test_what_may_be_built_in_is_compiled_anew(what):
    variant = VARIANTS["weighted_mse"]
    plain, _ = train(variant)
    left, traced = train(variant, **DIFFERENT[what])
    assert traced >= 3
    np.testing.assert_array_equal(left, train(variant, reuse=False, **DIFFERENT[what])[0])
    again, traced = train(variant)
    assert traced == 0
    np.testing.assert_array_equal(again, plain)


def kernel_program(kernel):
    """(the config of an rnn network, the program that it trains by, as a trial asks for it)."""
    words = ["model=rnn", "model.units=3", f"model.kernel={kernel}", "loss=weighted_mse"]
    config = resolve(composed(read_command(words), CONF))
    reset_uids()
    keras.utils.set_random_seed(0)
    network, settings = build_part(config, "model")(4, 2, OUTPUTS), training()
    fittable = VARIANTS["weighted_mse"].fittable(network, SHARED)
    made_by = deciding(config, Decides.MODEL, Decides.LOSS)
    with program(network, fittable, settings, (X, Y, SHARED), made_by) as compiled:
        return network.get_config(), compiled


def test_kernels_share_no_program():
    """Though Keras describes their networks in the same words."""
    (fast, by_fast), (own, by_own), (_, again) = (kernel_program(kernel) for kernel in ("fast", "keras", "fast"))
    assert fast == own
    assert len(programs._programs) == 2
    assert again is by_fast is not by_own


def test_a_training_that_fails_leaves_no_program():
    variant = VARIANTS["weighted_mse"]
    keras.utils.set_random_seed(0)
    network, settings = small(), training()
    with (
        pytest.raises(RuntimeError),
        program(network, variant.fittable(network, SHARED), settings, (X, Y, SHARED), repr(variant)),
    ):
        raise RuntimeError("within")
    assert not programs._programs


def test_no_more_than_so_many_are_kept():
    for units in range(1, programs.KEPT + 3):
        keras.utils.set_random_seed(0)
        network, settings = small(units), training()
        with program(network, VARIANTS["weighted_mse"].fittable(network, SHARED), settings, (X, Y, SHARED), units):
            pass
    assert len(programs._programs) == programs.KEPT


def test_every_variant_of_conf_is_tried():
    assert set(VARIANTS) == {file.stem for file in (CONF / "loss").glob("*.yaml")} - {"class_weight"}
