import os
import subprocess
import sys

import pytest
from hydra.core.global_hydra import GlobalHydra

TINY = [
    "data=mackey_glass",
    "data.length=200",
    "data.lookback=10",
    "data.outputs=7",
    "data.season=5",
    "model.units=3",
    "train.epochs=2",
    "train.jit_compile=false",
    "report.after_sweep=false",
]


@pytest.fixture(scope="session")
def tiny():
    """Overrides under which a trial takes a second."""
    return TINY


@pytest.fixture
def run(tmp_path):
    """The command in a process of its own, in an empty folder: (status, standard output, standard error)."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "harness", *arguments],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "160", **environment},
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """The command in this process, in an empty folder, which must refuse it: the message."""
    from harness.cli.main import main

    def refused(*arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
        monkeypatch.setattr(sys, "argv", ["harness", *arguments])
        GlobalHydra.instance().clear()
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, str), "a message is what ends the process with status 1"
        assert not list(tmp_path.glob("runs/*")), "nothing is written"
        return ended.value.code

    return refused
