"""A fault at every write of a small sweep that has a search in it; after a restart nothing must differ.

python -m tests.faults                    all of it: hours
python -m tests.faults --points 12        so many of them, evenly spread; always the same
python -m tests.faults --minutes 30       as many as that allows, one of each kind of operation first

One quiet run counts every write, fsync, rename, removal and creation below the sweep's `runs/`, those of SQLite too, by
a library that is loaded before all others (shim.c). Then the sweep is run again for each of these operations: the
process dies there, or the operation fails once (EIO), or the disk is full from there on (ENOSPC). Whatever that start
came to, the next one must end well, with the table, the metrics and the files of the quiet run, and without a process
that lives on.

Consecutive writes of one process to one file are one point. So is each transaction of MLflow's migrations, thousands of
writes to a database beside its place that nobody reads before it is renamed.
"""

import argparse
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from harness.trial.points import MEASURED
from tests.faults.sweep import SEARCH, SWEEP

HERE = Path(__file__).parent
ASKED = [*SWEEP, "train.epochs=2", "hydra.launcher.workers=1"]
DIES, FAILS, FULL = "the process dies", "it fails once (EIO)", "the disk is full (ENOSPC)"
HOW = {DIES: 1, FAILS: 2, FULL: 3}
SECONDS = 240
WRITES = ("write", "pwrite", "pwrite64", "writev", "sendfile", "sendfile64", "copy_file_range")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, help="how many of the points, evenly spread")
    parser.add_argument("--minutes", type=float, help="stop after so long")
    parser.add_argument(
        "--only", type=int, nargs=2, metavar=("N", "HOW"), help="one operation, and how it fails: 1 to 3"
    )
    parser.add_argument(
        "--log", type=Path, help="a file that gets a line for each fault; those in it are not run again"
    )
    parser.add_argument("--match", default="", help="only operations whose name or path has this pattern")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, Runner(Path(folder).resolve()) as runner:
        runner.begin_anew()
        status, _, count, printed = runner.start()
        if status != 0:
            sys.exit(f"the quiet run failed with status {status}:\n{printed}")
        quiet, points = runner.found(), points_of(runner.log)
        cases = [(n, what, how) for n, what in points for how in HOW if re.search(asked.match, what)]
        print(
            f"{count} operations, {len(points)} points, {len(cases)} faults: each point in {len(HOW)} ways", flush=True
        )
        bad, reached, done = [], 0, 0
        logged = asked.log.read_text() if asked.log and asked.log.exists() else ""
        for n, what, how in chosen(cases, asked):
            if f"{n} {_short(what)}: {how}: " in logged:
                continue
            if asked.minutes and time.monotonic() - began > 60 * asked.minutes:
                break
            hit, wrong = tried(runner, quiet, n, how)
            done, reached = done + 1, reached + hit
            line = f"{n} {_short(what)}: {how}: {wrong or ('as the quiet run' if hit else 'not reached')}"
            if wrong:
                bad.append(line)
            if wrong or asked.only:
                print(line, flush=True)
            if asked.log:
                with asked.log.open("a") as file:
                    file.write(f"{line}\n")
        minutes = (time.monotonic() - began) / 60
        print(
            f"{done} of {len(cases)} faults run in {minutes:.1f} min, {reached} reached, {len(bad)} left a difference"
        )
    sys.exit(bool(bad))


def points_of(log):
    """[(number, what)]: the first operation of each point."""
    points, before, creates = [], None, False
    for line in log.read_text().splitlines():
        n, pid, name, path = line.split("\t")
        if path.startswith("/mlflow.db.new"):
            # One transaction ends when its journal goes.
            key, creates = "migration", True
            if name == "unlink" and path.endswith("-journal"):
                points.append((int(n), f"{name} {path}"))
                key = None
        elif creates and path == "" and name in ("fsync", "fdatasync"):
            key = "migration"
        else:
            key = (pid, path) if name in WRITES else None
        if key is None or key != before:
            points.append((int(n), f"{name} {path or '/'}"))
        before = key
        creates = creates and not (name == "rename" and path == "/mlflow.db")
    return sorted(set(points))


def _short(what):
    """Without the names that are others in each run."""
    return re.sub(r"(m-)?[0-9a-f]{16,}|[0-9-]{10}_[0-9-]+_[0-9a-f]{6}", "*", what)


def chosen(cases, asked):
    if asked.only:
        n, number = asked.only
        return [(n, "asked for", how) for how in HOW if HOW[how] == number]
    if asked.points:
        # Odd steps, so that every way to fail comes.
        step = len(cases) / asked.points
        return [cases[int(step * (place + 0.5))] for place in range(asked.points)]
    if asked.minutes:
        mixed = list(cases)
        random.Random(0).shuffle(mixed)
        seen = {}
        for case in mixed:
            kind = re.sub(r"[0-9]+", "N", _short(case[1])), case[2]
            seen.setdefault(kind, []).append(case)
        ordered = [
            (place, number, case) for number, group in enumerate(seen.values()) for place, case in enumerate(group)
        ]
        return [case for _, _, case in sorted(ordered, key=lambda each: each[:2])]
    return cases


def tried(runner, quiet, n, how):
    """(whether the operation was reached, what is wrong after a restart, or "")."""
    runner.begin_anew()
    status, reached, _, printed = runner.start(n, HOW[how])
    if status is None:
        return reached, f"the start with the fault had not ended after {SECONDS} s"
    if isinstance(status, str):
        return reached, f"the start with the fault: {status}"
    unhandled = "" if how == DIES or "Traceback" not in printed else f"it printed a traceback: {printed[-600:]!r}"
    status, _, _, printed = runner.start()
    if status != 0:
        return reached, f"the restart ended with status {status}: {printed[-1500:]!r}"
    found = runner.found()
    differ = [name for name in quiet if found[name] != quiet[name]]
    if differ:
        return reached, "; ".join(f"{name}: {_difference(quiet[name], found[name])}" for name in differ)
    return reached, unhandled


def _difference(wanted, got):
    if isinstance(wanted, dict):
        keys = [key for key in {**wanted, **got} if wanted.get(key) != got.get(key)]
        return ", ".join(f"{key} is {got.get(key)!r}, not {wanted.get(key)!r}" for key in keys)[:1500]
    return f"{got!r}, not {wanted!r}"[:1500]


class Runner:
    """Starts the sweep in a folder, by a process that has imported all of it; see runner.py."""

    def __init__(self, place):
        self.place, self.log = place, place / "log"

    def __enter__(self):
        shim = self.place / "shim.so"
        subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", shim, HERE / "shim.c", "-ldl"], check=True)
        self.work = self.place / "work"
        (self.work / "mine" / "search").mkdir(parents=True)
        (self.work / "mine" / "search" / "two.yaml").write_text(SEARCH)
        (self.work / "plan").write_bytes(bytes(32))
        own = {"FAULTS_BELOW": f"{self.work}/runs", "FAULTS_PLAN": f"{self.work}/plan", "FAULTS_LOG": str(self.log)}
        environment = {**os.environ, **own, "LD_PRELOAD": str(shim), "COLUMNS": "200"}
        command = [sys.executable, "-m", "tests.faults.runner", str(self.work), *ASKED]
        self.process = subprocess.Popen(
            command, cwd=HERE.parents[1], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def begin_anew(self):
        shutil.rmtree(self.work / "runs", ignore_errors=True)

    def start(self, n=0, how=0):
        """[status, whether n was reached, operations, what it printed]."""
        self.log.write_text("")
        self.process.stdin.write(json.dumps([n, how, SECONDS]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def found(self):
        """What must not differ, by what it is."""
        runs = self.work / "runs"
        database = runs / "mlflow.db"
        with closing(sqlite3.connect(database)) as connection:
            asked = "SELECT run_uuid, status FROM runs WHERE lifecycle_stage = 'active' ORDER BY start_time"
            ids = dict(connection.execute(asked))
            tags = {}
            for run, key, value in connection.execute("SELECT run_uuid, key, value FROM tags"):
                tags.setdefault(run, {})[key] = value
            names = {run: _name(tags[run]) for run, status in ids.items() if status == "FINISHED" and run in tags}
            # Each start that had something to do has a run of its own for the sweep: the last one counts, and the means
            # below it; an earlier one may have died with its means already written.
            *earlier, last = [run for run, name in names.items() if name == "sweep"] or [None]
            below = {run for run in names if _is_summary(tags[run]) and tags[run].get("mlflow.parentRunId") != last}
            names = {run: name for run, name in names.items() if run not in (*earlier, *below)}
            metrics, params = {}, {}
            asked = "SELECT run_uuid, key, step, value, is_nan FROM metrics ORDER BY run_uuid, key, step"
            for run, key, step, value, nan in connection.execute(asked):
                if run in names and key.partition("/")[2] not in MEASURED and not _is_time(key):
                    metrics[f"{names[run]} {key} {step}"] = repr(None if nan else value)
            for run, key, value in connection.execute("SELECT run_uuid, key, value FROM params"):
                # The sweep's name is the time at which it began.
                if run in names and key != "sweep.id":
                    params[f"{names[run]} {key}"] = value
        finished = sorted(names.values())
        files = {}
        for run, name in names.items():
            place = runs / "artifacts" / run / "artifacts"
            files[name] = sorted(
                str(file.relative_to(place)) for file in place.rglob("*") if file.is_file() and file.name[0] != "."
            )
        tables = [file.read_text() for file in sorted(runs.glob("sweeps/*/table.csv"))]
        return {
            "finished runs": finished,
            "runs left open": sorted(status for status in ids.values() if status in ("RUNNING", "SCHEDULED")),
            "metrics": metrics,
            "params": params,
            "files": files,
            "tables": tables,
            "left in trials": sorted(str(path.relative_to(runs)) for path in runs.glob("trials/*/*")),
            "networks": len(list(runs.glob("artifacts/models/*/artifacts/data/model.keras"))) >= 2,
        }


def _is_summary(tags):
    return tags.get("role") in ("variant", "baseline")


def _name(tags):
    role = tags.get("role", "?")
    if _is_summary(tags):
        return f"{role} {tags['variant']}"
    return role if role == "sweep" else f"{role} {tags.get('fingerprint')} {tags.get('nested', '')}"


def _is_time(key):
    return key in MEASURED or "seconds" in key or "memory" in key


if __name__ == "__main__":
    main()
