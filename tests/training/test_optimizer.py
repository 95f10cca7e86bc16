"""Each file of conf/optimizer as Keras's own class, and what is refused of it before anything is trained."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest

from harness.config.build import build_training, resolve
from harness.config.overrides import CONF, composed
from harness.errors import InputError
from harness.metrics import BUILT_IN
from harness.training.optimizer import check_optimizer

KINDS = {
    "adam": keras.optimizers.Adam,
    "adamw": keras.optimizers.AdamW,
    "nadam": keras.optimizers.Nadam,
    "rmsprop": keras.optimizers.RMSprop,
    "sgd": keras.optimizers.SGD,
}


def training(*overrides):
    return build_training(resolve(composed(["data=mackey_glass", *overrides], CONF)), BUILT_IN)


def test_every_file_is_tested():
    assert {file.stem for file in (CONF / "optimizer").glob("*.yaml")} == KINDS.keys()


@pytest.mark.parametrize("name", KINDS)
def test_each_file_is_kerass_class_with_its_defaults_and_our_rate(name):
    made = training(f"train.optimizer={name}").optimizer()
    expected = KINDS[name](learning_rate=0.003).get_config()
    assert type(made) is KINDS[name]
    assert made.get_config() == {**expected, "name": made.name}


def test_each_training_has_an_optimizer_of_its_own():
    make = training().optimizer
    assert make() is not make()


def test_arguments_reach_keras():
    made = training("train.optimizer=sgd", "train.optimizer.clipnorm=2", "+train.optimizer.use_ema=true").optimizer()
    assert (made.clipnorm, made.use_ema) == (2, True)


def test_a_schedule():
    """The cosine of Loshchilov and Hutter (2016) from 0.003 to 0 within 100 steps, by NumPy."""
    node = "{_target_: keras.optimizers.schedules.CosineDecay, initial_learning_rate: 0.003, decay_steps: 100}"
    schedule = training(f"train.optimizer.learning_rate={node}").optimizer()._learning_rate
    found = [float(schedule(step)) for step in (0, 25, 100)]
    np.testing.assert_allclose(found, 0.0015 * (1 + np.cos(np.pi * np.array([0, 0.25, 1]))), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            [f"train.optimizer.learning_rate={value}"],
            rf"train\.optimizer\.learning_rate: got {shown}\. Write a number above 0",
        )
        for value, shown in (
            ("0", "0"),
            ("-0.001", r"-0\.001"),
            ("nan", "nan"),
            ("inf", "inf"),
            ("true", "True"),
            ("fast", "'fast'"),
        )
    ]
    + [
        (["train.optimizer.learning_rate=null"], "got None.*or a schedule such as .*CosineDecay"),
        (["train.optimizer.clipnorm=0"], r"train\.optimizer\.clipnorm: got 0\. Write a number above 0, or null"),
        (["train.optimizer.global_clipnorm=-1"], r"train\.optimizer\.global_clipnorm: got -1"),
        (["train.optimizer.weight_decay=-1"], r"train\.optimizer\.weight_decay: got -1\. Write a number of at least 0"),
        (
            ["train.optimizer.clipnorm=1", "train.optimizer.global_clipnorm=1"],
            r"train\.optimizer: Only one of `clipnorm`",
        ),
        (
            ["train.optimizer=adamw", "train.optimizer.weight_decay=null"],
            r"train\.optimizer: .*weight_decay.*must be a float",
        ),
        (
            ["+train.optimizer.momentun=0.9", "train.optimizer=sgd"],
            r"momentun: the optimizer has no such argument\. Did you mean train\.optimizer\.momentum\?",
        ),
        (
            ["+train.optimizer.momentum=0.9"],
            r"train\.optimizer\.momentum: the optimizer has no such argument.*Write one of: amsgrad, beta_1",
        ),
        (
            ["train.optimizer._target_=keras.callbacks.EarlyStopping"],
            r"train\.optimizer\.learning_rate: no such key\. Write one of: monitor, min_delta",
        ),
        (
            ["train.optimizer._target_=keras.optimizers.Adm"],
            r"train\.optimizer\._target_: got 'keras\.optimizers\.Adm'",
        ),
    ],
)
def test_refused_before_training(overrides, message):
    with pytest.raises(InputError, match=message):
        training(*overrides)


def test_no_optimizer():
    with pytest.raises(InputError, match=r"train\.optimizer: got dict\. Give a _target_ that makes a keras"):
        check_optimizer(dict)


class Twisted(keras.optimizers.SGD):
    """A user's own, which hands on what it does not know."""

    def __init__(self, twist=1, **kwargs):
        super().__init__(**kwargs)
        self.twist = twist


def test_a_users_own_takes_what_its_base_takes():
    check_optimizer(partial(Twisted, twist=2, learning_rate=0.1, clipnorm=1))
    with pytest.raises(InputError, match=r"Did you mean train\.optimizer\.twist\?"):
        check_optimizer(partial(Twisted, twost=2))


COMPOSE = """
import json, sys
from harness.config.build import resolve
from harness.config.overrides import CONF, composed
from harness.sweep import plan
config = resolve(composed(["train.optimizer=sgd"], CONF))
print(json.dumps([config["train"]["optimizer"]["_target_"], "keras" in sys.modules, "tensorflow" in sys.modules]))
"""


def test_composing_imports_no_keras():
    done = subprocess.run(
        [sys.executable, "-c", COMPOSE], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["keras.optimizers.SGD", False, False]
