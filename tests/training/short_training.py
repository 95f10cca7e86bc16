"""The settings of a short training in a test."""

from functools import partial

import keras

from harness.metrics import BUILT_IN
from harness.training.settings import Training


def training(**changes) -> Training:
    """Three epochs of Adam, without XLA; with these settings changed."""
    defaults = {
        "epochs": 3,
        "batch_size": 32,
        "optimizer": partial(keras.optimizers.Adam, learning_rate=0.05),
        "callbacks": [],
        "metrics": BUILT_IN,
        "monitor": "val_rmse",
        "patience": 99,
        "jit_compile": False,
    }
    return Training(**defaults | changes)
