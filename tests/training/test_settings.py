from functools import partial

import pytest
from short_training import training

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.metrics import Metric, with_own
from harness.training.callbacks.own import OwnCallback
from harness.training.settings import Training


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"monitor": "val_rsme"}, r"train\.monitor: got 'val_rsme'\. Did you mean train\.monitor=val_rmse\?"),
        ({"callbacks": [OwnCallback(partial(dict, a=1), False)]}, r"train\.callbacks\.0: dict is no Keras callback"),
        ({"monitor": "loss"}, r"train\.monitor: got 'loss'.*val_weighted_rmse"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InputError, match=message):
        training(**changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"epochs": 0}, "train.epochs: got 0. Write a whole number from 1 to 10000000"),
        ({"epochs": 1.5}, "train.epochs: got 1.5. Write a whole number from 1 to 10000000"),
        ({"epochs": True}, "train.epochs: got True. Write a whole number from 1 to 10000000"),
        ({"batch_size": 0}, "train.batch_size: got 0. Write a whole number from 1 to 10000000"),
        ({"batch_size": -32}, "train.batch_size: got -32. Write a whole number from 1 to 10000000"),
        ({"batch_size": "32"}, "train.batch_size: got '32'. Write a whole number from 1 to 10000000"),
        ({"patience": 0}, "train.patience: got 0. Write a whole number from 1 to 10000000"),
        ({"jit_compile": "auto"}, "train.jit_compile: got 'auto'. Write true or false"),
    ],
)
def test_refused_by_kind_before_anything_is_built(changes, told):
    plain = {"epochs": 3, "batch_size": 32, "monitor": "val_rmse", "patience": 99, "jit_compile": False}
    with pytest.raises(InputError) as caught:
        check_arguments("train", Training, {"_partial_": True, **plain, **changes})
    assert str(caught.value) == told


def test_the_direction_of_the_monitor_is_the_metrics():
    metrics = with_own({"peak": Metric("peak", lambda *_: 0.0, lower_is_better=False)})
    assert not training(metrics=metrics, monitor="val_peak").lower_is_better
    assert training(metrics=metrics).lower_is_better


def test_a_metric_that_monitors_nothing_is_no_monitor():
    metrics = with_own({"peak": Metric("peak", lambda *_: 0.0, monitorable=False)})
    with pytest.raises(InputError, match=r"train\.monitor: got 'val_peak'"):
        training(metrics=metrics, monitor="val_peak")
