"""Many series of the size of ETTm1 from one file, in the memory of a small machine."""

import subprocess
import sys

import numpy as np
import pytest

ROWS, COLUMNS = 69_680, 7
# Runs a trial in this process, and prints the most memory that it held, in kB, and how much of that were libraries,
# which the workers of a machine share.
PROGRAM = """
import re, resource
from pathlib import Path
from harness.cli.main import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
shared = re.search("RssFile:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
print("held", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, shared)
"""


@pytest.mark.slow
def test_a_file_of_the_size_of_ettm_trains_below_a_gigabyte_and_a_half(tmp_path):
    """238,000 train windows of 720 rows, which as an array would be 690 MB, in double precision twice that."""
    rng = np.random.default_rng(0)
    values = np.sin(np.arange(ROWS)[:, None] * 2 * np.pi / 96 + np.arange(COLUMNS)) + 0.1 * rng.normal(
        size=(ROWS, COLUMNS)
    )
    names = [f"c{place}" for place in range(COLUMNS)]
    np.savetxt(tmp_path / "m.csv", values, delimiter=",", header=",".join(names), comments="", fmt="%.5f")
    keys = [
        *("data=csv_file", "data.path=m.csv", f"data.target=[{','.join(names)}]", "data.season=96"),
        *("data.lookback=720", "data.outputs=96", "data.split=[34560,11520,11520]", "data.standardised=true"),
        *("data.normalise=none", "model=nlinear", "train.epochs=1", "train.batch_size=512"),
        *("loss=weighted_mse", "tracking=none"),
    ]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *keys], cwd=tmp_path, capture_output=True, text=True, timeout=900
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    held, shared = (int(number) for number in ended.stdout.split("held ")[1].split())
    print(f"{held / 1e6:.2f} GB, of which libraries {shared / 1e6:.2f}")
    assert held - shared < 1.5e6
