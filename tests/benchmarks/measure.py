"""What the programs measure with: processes and their children, this machine's peak, a table that is kept as JSON."""

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).parents[2]
SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: wall time.
        processor: CPU-seconds, of all processes that it started and waited for.
        memory: the most megabytes of one process.
        files: the most files that the command itself held open.
    """

    seconds: float
    processor: float
    memory: float
    files: int


def command(arguments: Sequence[str], folder: Path) -> Cost:
    """Runs Python with these arguments in a folder; a failure ends this program with what the command wrote."""
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with tempfile.TemporaryFile() as printed, process.stdout as pipe:
        files, ended = 0, 0
        os.set_blocking(pipe.fileno(), False)
        while not ended:
            with suppress(TypeError, BlockingIOError):
                printed.write(pipe.read().encode())
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            with suppress(OSError):
                files = max(files, len(os.listdir(f"/proc/{process.pid}/fd")))
            time.sleep(SAMPLE_SECONDS)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            with suppress(TypeError, BlockingIOError):
                printed.write(pipe.read().encode())
            printed.seek(0)
            sys.exit(printed.read().decode()[-3000:])
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, files)


def processor_seconds(work: Callable[[], None]) -> float:
    """CPU-seconds of this process."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def peak(size: int = 1024, times: int = 6) -> float:
    """GFLOP/s of one core in a product of two float32 matrices: the best of a few tries."""
    a = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    with threadpool_limits(1):
        a @ a
        took = []
        for _ in range(times):
            began = time.process_time()
            a @ a
            took.append(time.process_time() - began)
    return 2 * size**3 / min(took) / 1e9


@dataclass(frozen=True)
class Row:
    """Some measurements of one thing, by the name of what is measured, in the same order."""

    name: str
    values: dict[str, list[float]]

    def median(self, what: str) -> float:
        return statistics.median(self.values[what])


class Table:
    """Rows of medians with their spread, each beside its ratio to the first row; printed, and kept as JSON.

    Args:
        program: which of the programs, with its options.
        compared: the measurement that the ratio and the spread are of.
    """

    def __init__(self, program: str, compared: str):
        self._program, self._compared = program, compared
        self._rows: list[Row] = []
        self._peaks = [peak()]

    def measure_peak(self) -> None:
        """Again, between measurements: a busy or a throttled machine shows."""
        self._peaks.append(peak())

    @property
    def peak(self) -> float:
        """GFLOP/s, the median of those that were measured."""
        return statistics.median(self._peaks)

    def add(self, name: str, **values: Sequence[float]) -> Row:
        """values: each measurement's, one a repetition."""
        row = Row(name, {key: [float(v) for v in some] for key, some in values.items()})
        self._rows.append(row)
        return row

    def show(self) -> None:
        """Prints the table."""
        columns = list(dict.fromkeys(what for row in self._rows for what in row.values))
        width = max(len(row.name) for row in self._rows)
        ratio, spread = f"× {self._compared}", "spread"
        print(f"\n{'':{width}} {''.join(f'{c:>16}' for c in columns)} {ratio:>16} {spread:>17}")
        for row in self._rows:
            cells = "".join(f"{row.median(c):16.3f}" if c in row.values else f"{'':16}" for c in columns)
            ratio, spread = "", ""
            if self._compared in row.values and self._compared in self._rows[0].values:
                some = row.values[self._compared]
                ratio = f"{_ratio(some, self._rows[0].values[self._compared]):.2f}"
                spread = f"{min(some):.3f} to {max(some):.3f}"
            print(f"{row.name:{width}} {cells} {ratio:>16} {spread:>17}")
        peaks = f"{min(self._peaks):.0f} to {max(self._peaks):.0f} GFLOP/s"
        print(f"One core's matrix product in float32: {peaks}; {os.cpu_count()} cores, {_processor()}.", flush=True)

    def kept(self, **more: Any) -> dict[str, Any]:
        """Everything that was measured, as JSON holds it."""
        machine = {"processor": _processor(), "cores": os.cpu_count(), "gigaflops_a_core": self._peaks}
        rows = [{"name": row.name, **row.values} for row in self._rows]
        return {"program": self._program, "machine": machine, "rows": rows, **more}

    def write(self, file: Path | None, **more: Any) -> None:
        """Keeps it as JSON where a file is given."""
        if file is not None:
            file.write_text(json.dumps(self.kept(**more), indent=1))


def _ratio(some: Sequence[float], first: Sequence[float]) -> float:
    """The median of the ratios of each repetition, which share what else the machine does."""
    if len(some) != len(first):
        return statistics.median(some) / statistics.median(first)
    return statistics.median(a / b for a, b in zip(some, first, strict=True))


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def show_networks(names: Sequence[str], measure: Callable[[str, int], Table], file: Path | None) -> None:
    """Prints the table of each network, and keeps all where a file is given.

    names: cell:units of each; measure: (cell, units) -> its table.
    """
    kept = []
    for name in names:
        cell, units = name.split(":")
        table = measure(cell, int(units))
        print(f"\n{cell}({units})", end="")
        table.show()
        kept.append(table.kept())
    if file:
        file.write_text(json.dumps(kept, indent=1))
