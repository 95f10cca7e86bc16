import numpy as np

from harness.training.history import History
from harness.trial.points import points


def test_what_a_loss_has_learned_is_one_point_an_output():
    history = History(True, own_loss=[3.0, 2.0], monitor=[1.5, 1.0], seconds=[0.5, 1.0])
    history.owned = {"log_variance": np.float32([0.5, -1.0, 2.0]), "temperature": np.float32(4.0)}
    found = points({"val_rmse": 1.0}, np.array([7.0, 8.0]), history, "val_rmse")
    assert ("val_rmse", 1.0, 0) in found
    assert [point for point in found if point[0] == "curve/val_rmse"] == [
        ("curve/val_rmse", 1.5, 1),
        ("curve/val_rmse", 1.0, 2),
    ]
    assert [point for point in found if point[0].startswith("loss/")] == [
        ("loss/log_variance", 0.5, 0),
        ("loss/log_variance", -1.0, 1),
        ("loss/log_variance", 2.0, 2),
        ("loss/temperature", 4.0, 0),
    ]
