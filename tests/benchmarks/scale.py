"""What grows with the number of trials: time, memory, open files, files on disk.

python -m tests.benchmarks scale                           --help, a dry run of 500, finished sweeps of 100 and 1,000
python -m tests.benchmarks scale --train 10 1000           and sweeps of tiny trials that are really trained

Time, CPU-seconds of all processes, the memory of the largest one, the files that the command itself holds open, and
what is on disk afterwards.

A finished sweep is made of one trial that is trained: its run and its files are copied for each other seed.
"""

import argparse
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from harness.config.overrides import CONF
from harness.sweep.plan import Planner
from tests.benchmarks.measure import Table, command

TINY = ["data=mackey_glass", "data.length=200", "data.lookback=8", "data.outputs=4", "data.season=5"]
TINY += ["model.units=2", "train.epochs=2", "train.jit_compile=false", "report.after_sweep=false"]
# Loss, weights and seeds of a dry run of 500.
GRID = ["loss=weighted_rmse,weighted_mse", "weights=uniform,linear", "seed=range(125)", "sweep.dry_run=true"]
MEGABYTE = 2**20


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("scale", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, nargs="*", default=[100, 1000], help="of finished sweeps")
    parser.add_argument("--train", type=int, nargs="*", default=[], help="of sweeps that are trained")
    parser.add_argument("--tiny", action="store_true", help="in seconds, to see that it runs")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(words)
    table = Table(f"scale {' '.join(words)}".strip(), "CPU s")
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        place = Path(folder)
        _row(table, "--help", place, "--help")
        if not asked.tiny:
            _row(table, "dry run of 500", place, "-m", *TINY, *GRID)
        for trials in [3] if asked.tiny else asked.trials:
            one = place / f"finished-{trials}"
            one.mkdir()
            finish(one, trials)
            _row(table, f"finished sweep of {trials:,} again", one, *_sweep(trials))
        for trials in asked.train:
            one = place / f"trained-{trials}"
            one.mkdir()
            seconds = _row(table, f"sweep of {trials:,}, trained", one, *_sweep(trials))
            print(f"{seconds / trials:.2f} s a trial")
    table.show()
    table.write(asked.json)


def finish(folder, trials):
    """Makes the store of a sweep of so many seeds that is done."""
    command(["-m", "harness", *_sweep(1)], folder)
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        config = loader.load_configuration("config", overrides=[], run_mode=RunMode.MULTIRUN)
        planned = Planner(config, loader).plan({}, _sweep(trials)[1:])
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
    command(["-m", "harness", *_sweep(trials)], folder)


def _copy(connection, table, columns, trained, run):
    chosen = ", ".join("?" if column == "run_uuid" else f'"{column}"' for column in columns)
    connection.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table} WHERE run_uuid = ?", (run, trained))


def _sweep(trials):
    return ["-m", *TINY, f"seed=range({trials})"]


def _row(table, what, folder, *arguments):
    cost = command(["-m", "harness", *arguments], folder)
    on_disk = sum(file.is_file() for file in folder.glob("runs/**/*"))
    database = folder / "runs" / "mlflow.db"
    store = database.stat().st_size / MEGABYTE if database.exists() else 0
    values = {"s": cost.seconds, "CPU s": cost.processor, "MB": cost.memory, "open files": cost.files}
    values |= {"files on disk": on_disk, "store MB": store}
    table.add(what, **{name: [value] for name, value in values.items()})
    table.measure_peak()
    print(f"{what}: {cost.seconds:.1f} s", flush=True)
    return cost.seconds
