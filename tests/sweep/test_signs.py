import os
import time

import pytest

from harness.sweep.signs import Signs, leave_sign

NAMES = {0: "loss=weighted_mse seed=0", 1: "loss=weighted_rmse seed=0"}


@pytest.fixture
def sign(tmp_path):
    """Leaves a sign that is so many seconds old."""
    now = time.time()

    def sign(number, ago):
        leave_sign(tmp_path, number)
        os.utime(tmp_path / "signs" / str(number), (now - ago, now - ago))

    return sign


def test_a_trial_that_stops_is_reported_once(tmp_path, sign):
    signs, messages = Signs(tmp_path, NAMES), []
    assert signs.silent(()) == []
    for ago in (107, 102):
        sign(1, ago)
        sign(0, ago - 100)
        messages += signs.silent(())
    # 102 s are more than 20 times its longest epoch of 5 s.
    (message,) = messages
    assert message.startswith("loss=weighted_rmse seed=0: no sign of life for 10")
    assert "its longest epoch so far took 5.0 s" in message
    assert signs.silent(()) == []
    sign(1, 0)
    assert signs.silent(()) == []


def test_a_trial_of_slow_epochs_that_has_ended_or_that_compiles_is_not_silent(tmp_path, sign):
    slow, ended, compiles = Signs(tmp_path, NAMES), Signs(tmp_path, NAMES), Signs(tmp_path, NAMES)
    sign(0, 1000)
    assert compiles.silent(()) == [], "one sign gives no length of an epoch"
    slow.silent(())
    sign(0, 900)
    assert slow.silent(()) == [], "900 s are less than 20 times its epoch of 100 s"
    sign(1, 400)
    ended.silent({0})
    sign(1, 399)
    assert ended.silent({0, 1}) == []
    assert len(ended.silent({0})) == 1


def test_a_sign_is_now(tmp_path):
    leave_sign(tmp_path, 3)
    assert abs((tmp_path / "signs" / "3").stat().st_mtime - time.time()) < 5
