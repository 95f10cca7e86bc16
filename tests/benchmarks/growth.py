"""What grows with the number of trials: time, memory, open files, files on disk.

python -m tests.benchmarks.growth                          --help, a dry run of 500, finished sweeps of 100 and 1,000
python -m tests.benchmarks.growth --train 100              and a sweep of 100 tiny trials that is really trained

A finished sweep is made of one trial that is trained: its run and its files are copied for each other seed.
"""

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from harness.config.overrides import CONF
from harness.sweep.plan import plan

TINY = ["data=mackey_glass", "data.length=200", "data.lookback=8", "data.outputs=4", "data.season=5"]
TINY += ["model.units=2", "train.epochs=2", "train.jit_compile=false", "report.after_sweep=false"]
# Loss, weights and seeds of a dry run of 500.
GRID = ["loss=weighted_rmse,weighted_mse", "weights=uniform,linear", "seed=range(125)", "sweep.dry_run=true"]
SAMPLE_SECONDS = 0.02
MEGABYTE = 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--train", type=int, nargs="*", default=[])
    asked = parser.parse_args()
    print(f"{'':36} {'s':>7} {'CPU s':>7} {'MB':>6} {'open files':>10} {'files on disk':>13} {'store MB':>8}")
    with tempfile.TemporaryDirectory(prefix="growth-") as folder:
        place = Path(folder)
        _row("--help", place, "--help")
        _row("dry run of 500", place, "-m", *TINY, *GRID)
        for trials in asked.trials:
            one = place / f"finished-{trials}"
            one.mkdir()
            finish(one, trials)
            _row(f"finished sweep of {trials:,} again", one, *_sweep(trials))
        for trials in asked.train:
            one = place / f"trained-{trials}"
            one.mkdir()
            seconds = _row(f"sweep of {trials:,}, trained", one, *_sweep(trials))
            print(f"{'':36} {seconds / trials:7.2f} s a trial")


def finish(folder, trials):
    """Makes the store of a sweep of so many seeds that is done."""
    _run(folder, *_sweep(1))
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        config = loader.load_configuration("config", overrides=[], run_mode=RunMode.MULTIRUN)
        planned = plan(config, loader, {}, _sweep(trials)[1:])
    runs = folder / "runs"
    with closing(sqlite3.connect(runs / "mlflow.db")) as connection, connection:
        (trained,) = connection.execute("SELECT run_uuid FROM tags WHERE key = 'role' AND value = 'trial'").fetchone()
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {n: [row[1] for row in connection.execute(f"PRAGMA table_info({n})")] for n in names}
        for trial in planned[1:]:
            run = uuid4().hex
            for name in names:
                if "run_uuid" in columns[name]:
                    _copy(connection, name, columns[name], trained, run)
            new = {"tags": {"fingerprint": trial.fingerprint, "seed": trial.config["seed"]}}
            new["params"] = {"seed": trial.config["seed"]}
            for name, values in new.items():
                for key, value in values.items():
                    asked = f"UPDATE {name} SET value = ? WHERE run_uuid = ? AND key = ?"
                    connection.execute(asked, (str(value), run, key))
            shutil.copytree(runs / "artifacts" / trained, runs / "artifacts" / run)
    shutil.rmtree(runs / "sweeps")
    # The first start writes the table, and each one after it finds all of it done.
    _run(folder, *_sweep(trials))


def _copy(connection, table, columns, trained, run):
    chosen = ", ".join("?" if column == "run_uuid" else f'"{column}"' for column in columns)
    connection.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table} WHERE run_uuid = ?", (run, trained))


def _sweep(trials):
    return ["-m", *TINY, f"seed=range({trials})"]


def _row(what, folder, *arguments):
    seconds, processor, memory, files = _run(folder, *arguments)
    on_disk = sum(file.is_file() for file in folder.glob("runs/**/*"))
    database = folder / "runs" / "mlflow.db"
    store = database.stat().st_size / MEGABYTE if database.exists() else 0
    print(f"{what:36} {seconds:7.1f} {processor:7.1f} {memory:6.0f} {files:10} {on_disk:13,} {store:8.1f}", flush=True)
    return seconds


def _run(folder, *arguments):
    """(seconds, of the processor, MB at most, open files at most) of the command; the last two of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
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
            printed.seek(0)
            sys.exit(printed.read().decode()[-3000:])
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, files


if __name__ == "__main__":
    main()
