"""A Keras optimizer whose step is a function of values."""

from typing import Any

import keras
from keras.src.optimizers.base_optimizer import BaseOptimizer


class _Pure:
    """Undoes what TensorFlow's backend adds to Keras's optimizers, which writes to variables in place.

    What is left is the optimizer as Keras's other backends have it.
    """

    assign = BaseOptimizer.assign
    assign_add = BaseOptimizer.assign_add
    assign_sub = BaseOptimizer.assign_sub
    stateless_apply = BaseOptimizer.stateless_apply
    _var_key = BaseOptimizer._var_key
    _backend_update_step = BaseOptimizer._backend_update_step
    _apply_weight_decay = BaseOptimizer._apply_weight_decay
    _clip_by_norm = BaseOptimizer._clip_by_norm


def pure(optimizer: keras.optimizers.Optimizer, variables: Any) -> Any:
    """An optimizer of the same config, built on the same variables, with Keras's own `stateless_apply`.

    The order of its variables is that of the optimizer.
    """
    kind: Any = type(optimizer)
    same = type(kind.__name__, (_Pure, kind), {}).from_config(optimizer.get_config())
    same.build(variables)
    return same
