"""The flags that XLA compiles with, as XLA itself writes them down."""

import os
import subprocess
import sys

import pytest

from harness.processes.compiled import machine
from harness.processes.tensorflow import FLAGS_ON_CPU, xla_flags

PROGRAM = """
from harness.processes.tensorflow import import_tensorflow
tf = import_tensorflow()
tf.function(lambda x: x + 1, jit_compile=True)(tf.zeros(3))
"""


@pytest.fixture
def gpus(monkeypatch):
    """Sets the GPUs that are seen, and the flags of the environment."""

    def gpus(seen, flags):
        monkeypatch.setattr("harness.processes.tensorflow.visible_gpus", lambda: seen)
        monkeypatch.setenv("XLA_FLAGS", flags)

    return gpus


@pytest.mark.parametrize(
    ("given", "level"), [("", "2"), ("--xla_backend_optimization_level=1", "1")], ids=["own", "the user's"]
)
def test_xla_compiles_with_them_and_the_users_count_more(tmp_path, given, level):
    flags = f"--xla_dump_to={tmp_path} --xla_dump_hlo_as_text=true {given}"
    # Where an earlier test has named a folder of compiled programs, XLA would compile nothing.
    environment = os.environ | {"XLA_FLAGS": flags, "TF_XLA_FLAGS": ""}
    subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, timeout=120)
    written = next(tmp_path.glob("*.debug_options")).read_text()
    assert f"xla_backend_optimization_level: {level}\n" in written
    assert "xla_cpu_prefer_vector_width: 512\n" in written


def test_a_child_adds_nothing_and_a_gpu_takes_none_of_them(gpus):
    gpus({}, "--xla_hlo_profile")
    flags = xla_flags()
    assert flags.split() == [*FLAGS_ON_CPU, "--xla_hlo_profile"]
    gpus({}, flags)
    assert xla_flags() == flags
    gpus({"0": "H100"}, flags)
    assert xla_flags() == "--xla_hlo_profile"


def test_what_other_flags_compiled_is_another_machines(gpus):
    gpus({}, "")
    own = machine()
    gpus({}, "--xla_backend_optimization_level=1")
    assert machine() != own
