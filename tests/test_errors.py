import errno
import pickle

import pytest

from harness.checks import at_least, one_of
from harness.errors import DivergedError, HarnessError, InputError, disk_error, in_one_line, without_passwords


def test_input_error_tells_key_found_and_instead():
    error = InputError("data.path", "no file here", "Write the path of a CSV")
    assert str(error) == "data.path: no file here. Write the path of a CSV"
    assert (error.key, error.found, error.instead) == ("data.path", "no file here", "Write the path of a CSV")
    assert isinstance(error, ValueError)
    assert isinstance(error, HarnessError)


def test_diverged_error_tells_the_epoch():
    error = DivergedError(3, "val_rmse", float("inf"))
    assert "val_rmse became inf in epoch 3" in str(error)
    assert "train.optimizer.learning_rate" in str(error)
    assert not isinstance(error, ValueError)


@pytest.mark.parametrize("error", [InputError("a", "b", "c"), DivergedError(3, "val_rmse", 1e39)])
def test_errors_pass_between_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_one_of():
    one_of("model.cell", "gru", ["gru", "lstm"])
    with pytest.raises(
        InputError, match=r"^model\.cell: got 'gruu'\. Did you mean model\.cell=gru\? Write one of: gru"
    ):
        one_of("model.cell", "gruu", ["gru", "lstm"])
    with pytest.raises(InputError, match=r"^model\.cell: got 7\. Write one of: gru, lstm$"):
        one_of("model.cell", 7, iter(["gru", "lstm"]))


@pytest.mark.parametrize("value", [0, -1, 1.0, 2.5, True, "3", None, float("nan")])
def test_at_least_refuses(value):
    with pytest.raises(InputError, match=r"^train\.epochs: got .*\. Write a whole number of at least 1$") as caught:
        at_least("train.epochs", value, 1)
    assert caught.value.found == f"got {value!r}"


def test_at_least_takes_the_minimum():
    at_least("train.epochs", 1, 1)
    at_least("seed", 0, 0)


def test_an_error_in_one_line_has_no_colours_and_no_password():
    error = ValueError("\x1b[1mwrong shape\x1b[0m\n\n  at postgresql://me:secret@host/db")
    assert in_one_line(error) == "ValueError: wrong shape at postgresql://me:***@host/db"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:///runs/mlflow.db", "sqlite:///runs/mlflow.db"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("http://me:a@b@host", "http://me:***@host"),
        ("mysql+pymysql://me:a/b:c@host:1/d and http://:x@h", "mysql+pymysql://me:***@host:1/d and http://:***@h"),
    ],
)
def test_passwords_in_addresses(text, shown):
    assert without_passwords(text) == shown


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_the_failure_of_a_disk_behind_others(number, link):
    failed, outer = OSError(number, "the disk"), RuntimeError("no checkpoint")
    between = FileNotFoundError(errno.ENOENT, "no file")
    setattr(between, link, failed)
    setattr(outer, link, between)
    assert [disk_error(error) for error in (failed, between, outer)] == [failed] * 3


@pytest.mark.parametrize("error", [None, KeyError("k"), PermissionError(errno.EACCES, "denied"), OSError("no number")])
def test_no_failure_of_a_disk(error):
    assert disk_error(error) is None
