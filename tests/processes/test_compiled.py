"""Compiled programs on disk: found by the next process, bounded, safe to delete, damaged ones left out."""

import os
import subprocess
import sys

import pytest

from harness.processes import compiled
from harness.processes.compiled import FLAG, VARIABLE, Compiled, share_compiled, take_compiled, use_compiled

# Prints the bits of a result, and how many programs this process compiled itself.
PROGRAM = """
import sys
from pathlib import Path
from harness.processes.compiled import Compiled, share_compiled, take_compiled, use_compiled
use_compiled(Path("compiled"))
take_compiled()
from harness.processes.tensorflow import import_tensorflow
tf = import_tensorflow()
own = Compiled(Path("compiled")).own
before = {file.name for file in own.glob("*.pb")}
x = tf.reshape(tf.range(12, dtype=tf.float32), (3, 4))
from harness.training.named_alike import named_alike
with named_alike("softmax"):
    result = tf.function(lambda x: tf.nn.softmax(tf.matmul(x, x, transpose_b=True) / 7), jit_compile=True)(x)
compiled = {file.name for file in own.glob("*.pb")} - before
share_compiled()
print(result.numpy().tobytes().hex(), len(compiled))
"""
# Another process compiles that program after this one has begun to compute.
MEANWHILE = PROGRAM.replace(
    "own = ",
    """tf.function(lambda x: x + 1, jit_compile=True)(tf.zeros(3))
import subprocess
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True, stdout=subprocess.DEVNULL)
take_compiled()
own = """,
)


@pytest.fixture
def start(tmp_path):
    def run(program=PROGRAM):
        command = [sys.executable, "-c", program, PROGRAM]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
        bits, count = done.stdout.split()
        return bits, int(count)

    return run


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """The programs of this process, whose own flags stay as they are."""
    monkeypatch.setenv(VARIABLE, f"--other {FLAG}/elsewhere")
    for own in ("_named", "_taken"):
        monkeypatch.setattr(compiled, own, None)
    return Compiled(tmp_path / "compiled")


def written(programs, name, content=b"program"):
    programs.shared.mkdir(parents=True, exist_ok=True)
    programs._write(name, content)
    return next(programs.shared.glob(f"*-{name}"))


@pytest.mark.slow
def test_the_next_process_compiles_nothing_and_computes_the_same_bits(start, tmp_path):
    bits, count = start()
    assert count == 1
    assert start() == (bits, 0)
    file = next((tmp_path / "compiled").glob("*/*.pb"))
    file.write_bytes(file.read_bytes()[:1000])
    # Cut short, it would be taken for the end of the data.
    assert start() == (bits, 1)
    assert start() == (bits, 0)


@pytest.mark.slow
def test_what_another_process_compiles_meanwhile_is_found(start):
    bits, count = start(MEANWHILE)
    assert count == 0
    assert start() == (bits, 0)


def test_takes_what_is_whole_and_removes_what_is_damaged(mine):
    whole, damaged = written(mine, "a.pb"), written(mine, "b.pb")
    damaged.write_bytes(b"cut")
    mine.open()
    mine.take()
    assert [file.name for file in mine.own.glob("*")] == ["a.pb"]
    assert whole.exists()
    assert not damaged.exists()
    written(mine, "c.pb")
    mine.take()
    assert sorted(file.name for file in mine.own.glob("*")) == ["a.pb", "c.pb"]


def test_to_name_the_folder_touches_no_file(mine, tmp_path):
    use_compiled(tmp_path / "compiled")
    assert os.environ[VARIABLE] == f"--other {FLAG}{mine.own}"
    assert not list(tmp_path.iterdir())
    take_compiled()
    assert mine.own.is_dir()


def test_shares_what_is_new_once(mine):
    old = written(mine, "a.pb")
    mine.open()
    mine.take()
    (mine.own / "c.pb").write_bytes(b"new")
    before = old.stat().st_mtime_ns
    mine.share()
    mine.share()
    assert sorted(file.name.partition("-")[2] for file in mine.shared.glob("*.pb")) == ["a.pb", "c.pb"]
    assert old.stat().st_mtime_ns == before


def test_keeps_no_more_than_its_bound(mine, monkeypatch):
    monkeypatch.setattr(compiled, "MOST_BYTES", 25)
    files = [written(mine, f"{name}.pb", b"0123456789") for name in "abc"]
    for age, file in enumerate(files):
        os.utime(file, (age, age))
    mine.open()
    mine.take()
    mine.share()
    assert [file.exists() for file in files] == [False, True, True]


def test_removes_the_folder_of_a_process_that_is_gone(mine):
    left, alive = mine.own.with_name("1"), mine.own.with_name("2")
    for place in (left, alive):
        place.mkdir(parents=True)
    code = (
        "import sys; from pathlib import Path; from harness.processes.lock import hold; hold(Path(sys.argv[1])); "
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(mine._lock(alive))], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        holder.stdout.readline()
        mine.open()
        assert alive.exists()
        assert not left.exists()
    finally:
        holder.communicate()


def test_deleted_while_in_use_nothing_fails(mine):
    written(mine, "a.pb")
    mine.open()
    mine.take()
    (mine.own / "b.pb").write_bytes(b"new")
    for file in (*mine.shared.glob("*.pb"), *mine.own.glob("*")):
        file.unlink()
    mine.share()


def test_a_folder_that_cannot_be_used_is_done_without(mine, tmp_path):
    (tmp_path / "file").write_text("")
    use_compiled(tmp_path / "file")
    with pytest.warns(UserWarning, match="not kept: .*file"):
        take_compiled()
    share_compiled()
