"""The file alone; what goes on from it is tested in test_resume.py."""

import errno
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from harness.training.checkpoint import Checkpoint, read, write

ARRAYS = [np.arange(6, dtype="float32").reshape(2, 3), np.array(7), np.array([0.1, np.nan]), np.zeros((0, 2))]
BEST = [np.array([1e-45, -0.0], "float32")]
CALLBACKS = ["Counter", "Other"]
MEMORY = [{"count": 3, "rate": 0.1, "on": True, "trace": np.arange(3.0)}, {}]
STATE = Checkpoint(ARRAYS, BEST, [0.1, 1 / 3], [5e-324, 1e300], [0.5, 1.0], True, CALLBACKS, MEMORY)

# Writes checkpoint after checkpoint, number i of `size` + `step` x i numbers i; tells of each; ends at one that fails.
WRITER = """
import itertools, resource, sys
from pathlib import Path
import numpy as np
from harness.training.checkpoint import Checkpoint, write
size, step, largest = map(int, sys.argv[2:])
if largest:
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
for i in itertools.count(1):
    array = np.full(size + step * i, float(i))
    try:
        write(Path(sys.argv[1]), Checkpoint([array], [array], [i], [i], [i], False, [], []))
    except OSError as error:
        print(i, error.errno)
        break
    print(i, flush=True)
"""


def same(found, wanted):
    for one, two in ((found.variables, wanted.variables), (found.best, wanted.best)):
        assert [(a.dtype, a.shape, a.tobytes()) for a in one] == [(a.dtype, a.shape, a.tobytes()) for a in two]
    assert (found.own_loss, found.monitor, found.seconds) == (wanted.own_loss, wanted.monitor, wanted.seconds)
    assert (found.stopped, found.callbacks) == (wanted.stopped, wanted.callbacks)
    for one, two in zip(found.states, wanted.states, strict=True):
        assert one.keys() == two.keys()
        for name, value in two.items():
            assert type(one[name]) is type(value)
            np.testing.assert_array_equal(one[name], value)


def test_comes_back_to_the_last_bit(tmp_path):
    write(tmp_path / "c.npz", Checkpoint([a + 1 for a in ARRAYS], BEST, [1.0], [1.0], [1.0], False, CALLBACKS, MEMORY))
    write(tmp_path / "c.npz", STATE)
    same(read(tmp_path / "c.npz", ARRAYS, BEST, CALLBACKS), STATE)
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]


def test_none_where_there_is_none(tmp_path, recwarn):
    assert read(tmp_path / "c.npz", ARRAYS, BEST, CALLBACKS) is None
    assert not recwarn


def test_every_truncation_is_seen(tmp_path):
    file = tmp_path / "c.npz"
    write(file, STATE)
    whole = file.read_bytes()
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        with pytest.warns(UserWarning, match="training starts anew, the checkpoint .*c.npz cannot be used"):
            assert read(file, ARRAYS, BEST, CALLBACKS) is None


@pytest.mark.filterwarnings("ignore:training starts anew")
def test_damage_never_raises_and_never_gives_other_numbers(tmp_path):
    file, chance = tmp_path / "c.npz", random.Random(0)
    write(file, STATE)
    whole = file.read_bytes()
    for _ in range(500):
        damaged = bytearray(whole)
        at = chance.randrange(len(whole))
        damaged[at] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        found = read(file, ARRAYS, BEST, CALLBACKS)
        if found:  # the bit was one of the zip file's dates and the like
            same(found, STATE)


@pytest.mark.parametrize(
    ("variables", "best", "callbacks"),
    [
        (ARRAYS[:-1], BEST, CALLBACKS),
        ([*ARRAYS, np.array(1)], BEST, CALLBACKS),
        ([ARRAYS[0].T, *ARRAYS[1:]], BEST, CALLBACKS),
        ([ARRAYS[0].astype("float64"), *ARRAYS[1:]], BEST, CALLBACKS),
        (ARRAYS, [], CALLBACKS),
        (ARRAYS, BEST, CALLBACKS[:1]),
        (ARRAYS, BEST, CALLBACKS[::-1]),
    ],
)
def test_one_of_another_training_is_left_aside(tmp_path, variables, best, callbacks):
    write(tmp_path / "c.npz", STATE)
    with pytest.warns(UserWarning, match="it is another training's"):
        assert read(tmp_path / "c.npz", variables, best, callbacks) is None


def test_one_of_another_format_is_left_aside(tmp_path, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr("harness.training.checkpoint.FORMAT", "harness checkpoint 0")
        write(tmp_path / "c.npz", STATE)
    with pytest.warns(UserWarning, match="it is another training's"):
        assert read(tmp_path / "c.npz", ARRAYS, BEST, CALLBACKS) is None


def test_no_pickle_is_loaded(tmp_path):
    np.savez(tmp_path / "c.npz", identity=np.array([{}], object))
    with pytest.warns(UserWarning, match="allow_pickle"):
        assert read(tmp_path / "c.npz", ARRAYS, BEST, CALLBACKS) is None


def test_a_process_killed_while_it_writes_leaves_a_whole_one(tmp_path):
    file, chance, size = tmp_path / "c.npz", random.Random(0), 200_000
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, file, str(size), "0", "0"]
        writer = subprocess.Popen(command, stdout=subprocess.PIPE)
        writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
        writer.stdout.close()
        found = read(file, [np.zeros(size)], [np.zeros(size)], [])
        value = found.monitor[0]
        assert np.all(found.variables[0] == value)
        assert np.all(found.best[0] == value)
    write(file, STATE)  # whatever part of one the killed have left
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]


def growing(command, left):
    """(how many checkpoints fitted, why the next did not, the last number in the file that is left)."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    failed, reason = map(int, done.stdout.splitlines()[-1].split())
    array = np.zeros(10 * (failed - 1))
    return failed - 1, reason, read(left, [array], [array], []).monitor[-1]


def test_a_file_that_may_not_grow_leaves_the_old_one_whole(tmp_path):
    file = tmp_path / "c.npz"
    fitted, reason, last = growing([sys.executable, "-c", WRITER, file, "0", "10", "8192"], file)
    assert fitted == last > 2
    assert reason == errno.EFBIG
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]


def test_a_full_disk_leaves_the_old_one_whole(tmp_path):
    """A real one of 64 KiB, in a mount namespace of its own, where this user may have one."""
    copy = tmp_path / "copy"
    disk = tmp_path / "disk"
    disk.mkdir()
    copy.mkdir()
    mount = f'mount -t tmpfs -o size=64k tmpfs {disk} && "$@"; cp -r {disk}/. {copy}'
    if subprocess.run(["unshare", "--mount", "sh", "-c", mount, "sh", "true"], capture_output=True).returncode:
        pytest.skip("may not mount a file system")
    inside = ["unshare", "--mount", "sh", "-c", mount, "sh", sys.executable, "-c", WRITER]
    fitted, reason, last = growing([*inside, disk / "c.npz", "0", "10", "0"], copy / "c.npz")
    assert fitted == last > 2
    assert reason == errno.ENOSPC
    assert [file.name for file in copy.iterdir()] == ["c.npz"]


@pytest.mark.parametrize("folder", ["missing", "file", "/proc"])
def test_a_folder_that_takes_no_file(tmp_path, folder):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=folder):
        write(tmp_path / folder / "c.npz", STATE)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_folder(tmp_path):
    write(tmp_path / "c.npz", STATE)
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError):
        write(tmp_path / "c.npz", Checkpoint(ARRAYS, BEST, [1.0], [1.0], [1.0], False, CALLBACKS, MEMORY))
    same(read(tmp_path / "c.npz", ARRAYS, BEST, CALLBACKS), STATE)


@pytest.mark.parametrize("value", [{"a": 1}, None, [1, [2, 3]], object()])
def test_a_state_of_something_else_is_refused(tmp_path, value):
    state = Checkpoint(ARRAYS, BEST, [1.0], [1.0], [1.0], False, ["Counter"], [{"memory": value}])
    with pytest.raises(TypeError, match=r"Counter.get_state must give arrays and numbers; 'memory'"):
        write(tmp_path / "c.npz", state)
