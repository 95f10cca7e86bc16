import os
import signal
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from io import StringIO

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


def _ended(folder, *arguments, module="harness.cli.main"):
    """What `sys.exit` is given, or 0, and what is printed."""
    printed, errors = StringIO(), StringIO()
    handler = signal.getsignal(signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(errors):
        patch.chdir(folder)
        patch.setenv("COLUMNS", "160")
        patch.setenv("HYDRA_FULL_ERROR", "0")
        patch.setattr(sys, "argv", ["harness", *arguments])
        GlobalHydra.instance().clear()
        try:
            import_module(module).main()
            status = 0
        except SystemExit as ended:
            status = ended.code or 0
        finally:
            # The command takes Ctrl-C as its own, for good.
            signal.signal(signal.SIGINT, handler)
    return status, printed.getvalue(), errors.getvalue()


def _here(folder, *arguments, **module):
    status, printed, errors = _ended(folder, *arguments, **module)
    # A message is printed, and what it ends has status 1.
    return (1, printed, f"{errors}{status}\n") if isinstance(status, str) else (status, printed, errors)


@pytest.fixture(scope="session")
def here():
    """The command in this process, in a folder: (status, standard output, standard error).

    A process of its own would take seconds to import TensorFlow. `hydra/launcher=basic` has a sweep's trials here, too.
    """
    return _here


@pytest.fixture
def run(tmp_path):
    """The command in a process of its own, in an empty folder: (status, standard output, standard error)."""

    def run(*arguments, module="harness", **environment):
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=tmp_path,
            env={**os.environ, "COLUMNS": "160", **environment},
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture
def start(start_process):
    """Starts the command in a folder, in a session of its own, which ends with the test."""

    def start(folder, *arguments, **environment):
        command = [sys.executable, "-m", "harness", *arguments]
        return start_process(command, cwd=folder, env={**os.environ, "COLUMNS": "200", **environment})

    return start


@pytest.fixture
def run_here(tmp_path):
    """The command, and a sweep's trials, in this process, in an empty folder: as `run`."""

    def run_here(*arguments):
        launcher = ["hydra/launcher=basic"] if "-m" in arguments else []
        return _here(tmp_path, *arguments, *launcher)

    return run_here


@pytest.fixture
def refused(tmp_path):
    """The command in this process, in an empty folder, which must refuse it: the message."""

    def refused(*arguments):
        message, *_ = _ended(tmp_path, *arguments)
        assert isinstance(message, str), "a message is what ends the process with status 1"
        assert message.startswith("error: ")
        assert "Traceback" not in message
        assert len(message.splitlines()) <= 6
        assert not list(tmp_path.glob("runs/*")), "nothing is written"
        return message

    return refused
