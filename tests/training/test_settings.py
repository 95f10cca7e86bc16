from functools import partial

import pytest
from short_training import training

from harness.errors import InputError
from harness.metrics import Metric, with_own
from harness.training.callbacks.own import OwnCallback


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, r"train\.epochs: got 0\. Write a whole number of at least 1"),
        ({"epochs": 1.5}, r"train\.epochs: got 1\.5"),
        ({"epochs": True}, r"train\.epochs: got True"),
        ({"batch_size": 0}, r"train\.batch_size: got 0"),
        ({"batch_size": -32}, r"train\.batch_size: got -32"),
        ({"batch_size": "32"}, r"train\.batch_size: got '32'"),
        ({"patience": 0}, r"train\.patience: got 0"),
        ({"monitor": "val_rsme"}, r"train\.monitor: got 'val_rsme'\. Did you mean train\.monitor=val_rmse\?"),
        ({"callbacks": [OwnCallback(partial(dict, a=1), False)]}, r"train\.callbacks\.0: dict is no Keras callback"),
        ({"monitor": "loss"}, r"train\.monitor: got 'loss'.*val_weighted_rmse"),
        ({"jit_compile": "auto"}, r"train\.jit_compile: got 'auto'\. Write one of: True, False"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InputError, match=message):
        training(**changes)


def test_the_direction_of_the_monitor_is_the_metrics():
    metrics = with_own({"peak": Metric("peak", lambda *_: 0.0, lower_is_better=False)})
    assert not training(metrics=metrics, monitor="val_peak").lower_is_better
    assert training(metrics=metrics).lower_is_better


def test_a_metric_that_monitors_nothing_is_no_monitor():
    metrics = with_own({"peak": Metric("peak", lambda *_: 0.0, monitorable=False)})
    with pytest.raises(InputError, match=r"train\.monitor: got 'val_peak'"):
        training(metrics=metrics, monitor="val_peak")
