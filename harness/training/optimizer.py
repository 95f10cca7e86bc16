"""Checks of what a config says of the optimizer and of the user's own callbacks, before anything is trained."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from harness.checks import did_you_mean
from harness.errors import InputError

OPTIMIZER = "train.optimizer"


def check_optimizer(make: Callable[[], object]) -> None:
    """Builds one optimizer on trial.

    Args:
        make: gives a new optimizer; the arguments of a `functools.partial` are checked one by one.

    Raises:
        InputError: an argument that the optimizer does not know, a value that it cannot train with, or no optimizer.
    """
    given = make.keywords if isinstance(make, partial) else {}
    if isinstance(make, partial):
        known = set(_arguments(make.func))
        for name in given:
            if known and name not in known:
                instead = f"{did_you_mean(name, known, f'{OPTIMIZER}.')}Write one of: {', '.join(sorted(known))}"
                raise InputError(f"{OPTIMIZER}.{name}", "the optimizer has no such argument", instead)
    import keras

    rate = given.get("learning_rate")
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        _check_schedule(rate)
    try:
        made = make()
    except (TypeError, ValueError) as error:
        instead = "Compare the keys with those of its file in conf/optimizer"
        raise InputError(OPTIMIZER, str(error).splitlines()[0], instead) from error
    if not isinstance(made, keras.optimizers.Optimizer):
        instead = "Give a _target_ that makes a keras.optimizers.Optimizer"
        raise InputError(OPTIMIZER, f"got {type(made).__name__}", instead)


def check_callback(key: str, make: Callable[[], object]) -> None:
    """Raises InputError for a class that is no Keras callback; what a function makes is only seen in training."""
    import keras

    kind = make.func if isinstance(make, partial) else make
    if isinstance(kind, type) and not issubclass(kind, keras.callbacks.Callback):
        raise InputError(key, f"{kind.__name__} is no Keras callback", "Derive it from keras.callbacks.Callback")


def _arguments(kind: Callable[..., object]) -> Iterator[str]:
    """What a class and those that it derives from take by name; nothing where this cannot be known."""
    makers = [base.__init__ for base in kind.__mro__ if base is not object] if isinstance(kind, type) else [kind]
    for maker in makers:
        for name, parameter in inspect.signature(maker).parameters.items():
            if name != "self" and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                yield name


def _check_schedule(rate: Any) -> None:
    key, instead = f"{OPTIMIZER}.learning_rate", "Write the arguments that Keras's documentation of it asks for"
    try:
        first = float(rate(0))
    except Exception as error:  # whatever an argument of the wrong kind leads to
        raise InputError(key, f"the schedule gives no rate ({str(error).splitlines()[0][:200]})", instead) from error
    if not 0 <= first < float("inf"):
        raise InputError(key, f"the schedule begins at {first}", instead)
