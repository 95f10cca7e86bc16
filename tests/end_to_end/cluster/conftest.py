import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import pytest

if find_spec("submitit"):
    # It closes the log handlers that there are. absl's one closes the stream that it was made with, unless that is
    # standard error: where a test has another one in its place, pytest would lose its own.
    import submitit  # noqa: F401

# Of trials that take a second each on two machines: three losses, of which one is refused under one of two schemes.
SWEEP = ["-m", "loss=weighted_rmse,weighted_mse,loss_weights", "weights=uniform,recency", "seed=0,1"]
RAY = [sys.executable, "-m", "ray.scripts.scripts"]


@pytest.fixture(scope="session")
def sweep(tiny):
    """The command of a sweep of twelve trials, of which six are refused."""
    return [*SWEEP[:1], *tiny, *SWEEP[1:]]


@pytest.fixture(scope="session")
def table_of():
    """The table of the only sweep of a folder, as it is written."""

    def table_of(folder):
        (table,) = folder.glob("runs/sweeps/*/table.csv")
        return table.read_text()

    return table_of


@pytest.fixture(scope="session")
def expected_table(tmp_path_factory, put_database, here, sweep, table_of):
    """What that sweep gives with one trial after the other, in this process."""
    folder = tmp_path_factory.mktemp("basic")
    put_database(folder)
    status, printed, errors = here(folder, *sweep, "hydra/launcher=basic")
    assert status == 3, printed + errors
    return table_of(folder)


@pytest.fixture(autouse=True)
def alone(tmp_path_factory):
    """One cluster at a time, whatever number of processes the tests run in: each of them fills the machine."""
    with (tmp_path_factory.getbasetemp().parent / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def wait_for(tmp_path):
    """Waits until something of a pattern stands in the test's folder, while a process lives."""

    def wait_for(pattern, process):
        by = time.monotonic() + 120
        while not list(tmp_path.glob(pattern)):
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < by
            time.sleep(0.05)

    return wait_for


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class RayOnLoopback:
    """A Ray cluster of processes of this machine: a head that trains nothing, and workers of one core."""

    def __init__(self, start_process, folder: Path):
        # Whoever starts a head without one has to find out what Ray wrote to the home directory.
        self.environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        self._start, self._folder, self.address = start_process, folder, f"127.0.0.1:{_free_port()}"
        port = self.address.partition(":")[2]
        self._node("head", "--head", f"--port={port}", "--num-cpus=0", "--include-dashboard=false")
        self.workers = [self._node(f"worker{number}", f"--address={self.address}") for number in range(2)]

    def _node(self, name, *arguments) -> subprocess.Popen:
        temporary = [f"--temp-dir={self._folder}/ray"] if name == "head" else ["--num-cpus=1"]
        options = ["--block", "--node-ip-address=127.0.0.1", "--disable-usage-stats", *temporary, *arguments]
        log = (self._folder / f"{name}.log").open("w")
        node = self._start(
            [*RAY, "start", *options], stdout=log, cwd=self._folder, env={**os.environ, **self.environment}
        )
        self._wait(name, node)
        return node

    def _wait(self, name, node):
        log, by = self._folder / f"{name}.log", time.monotonic() + 240
        while "Ray runtime started" not in log.read_text():
            assert node.poll() is None, log.read_text()
            assert time.monotonic() < by, log.read_text()
            time.sleep(0.1)


@pytest.fixture
def short_folder():
    """A folder whose path leaves room for the sockets of a cluster: a path of theirs may have 107 characters."""
    # What a process that ends meanwhile still writes is not in the way.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def ray_cluster(short_folder, start_process):
    """A head and two workers in processes of their own."""
    if find_spec("ray") is None:
        pytest.skip("ray is not installed: pip install -e '.[ray]'")
    return RayOnLoopback(start_process, short_folder)


@pytest.fixture
def kill_machine(session_of):
    """Kills all processes of a machine at once."""

    def kill_machine(leader):
        for pid in session_of(leader.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    return kill_machine


SLURM = {"munged": "munge", "slurmctld": "slurm-wlm", "slurmd": "slurm-wlm", "sbatch": "slurm-wlm"}
SLURM_CONF = """
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def _start_slurm(start_process, folder: Path) -> dict[str, str]:
    """Starts munged, slurmctld and slurmd of this machine alone; the variables that lead to them."""
    folder.chmod(0o755)
    key, host = folder / "munge.key", socket.gethostname()
    key.write_bytes(secrets.token_bytes(1024))
    key.chmod(0o400)
    for name in ("state", "spool"):
        (folder / name).mkdir()
    ports = [_free_port(), _free_port()]
    conf = SLURM_CONF.format(host=host, ports=ports, folder=folder, cores=os.cpu_count())
    (folder / "slurm.conf").write_text(conf)
    places = {"key-file": "key", "socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    options = [f"--{option}={folder}/munge.{name}" for option, name in places.items()]
    environment = {**os.environ, "SLURM_CONF": f"{folder}/slurm.conf"}
    for name, command in {
        "munged": ["munged", "--foreground", "--force", *options],
        "slurmctld": ["slurmctld", "-D", "-f", f"{folder}/slurm.conf"],
        "slurmd": ["slurmd", "-D", "-f", f"{folder}/slurm.conf"],
    }.items():
        start_process(command, stdout=(folder / f"{name}.log").open("w"), env=environment)
    by = time.monotonic() + 60
    while "idle" not in subprocess.run(["sinfo"], env=environment, capture_output=True, text=True).stdout:
        assert time.monotonic() < by, (folder / "slurmctld.log").read_text()
        time.sleep(0.2)
    return {"SLURM_CONF": environment["SLURM_CONF"]}


@pytest.fixture
def slurm(short_folder, start_process):
    """A Slurm cluster of this machine; the variables that lead to it."""
    if find_spec("submitit") is None:
        pytest.skip("submitit is not installed: pip install -e '.[slurm]'")
    missing = sorted({package for command, package in SLURM.items() if which(command) is None})
    if missing:
        pytest.skip(f"Slurm is not installed: apt-get install {' '.join(missing)}")
    if os.geteuid():
        pytest.skip("slurmd runs as root alone")
    return _start_slurm(start_process, short_folder)
