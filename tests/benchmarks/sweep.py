"""A whole sweep, three times: this project's command, a script of Hydra, Keras and MLflow, and PyTorch.

python -m tests.benchmarks sweep                              9 trials of 3 epochs on a series that the program writes
python -m tests.benchmarks sweep --data ETTh1.csv             on a CSV file with the columns `date` and `OT`
python -m tests.benchmarks sweep --large                      36 trials of 10 epochs: two sizes, two seeds
python -m tests.benchmarks sweep --repeats 3 --only harness fused torch

A window of 96 hours, 100 hours forecast; LSTM, batches of 32, Adam at one learning rate; 3 losses under 3 schemes of
weights. Each contestant runs alone and in a folder of its own, in turn. This project tracks, draws and keeps its
networks, the script tracks and keeps them, PyTorch keeps figures alone. The test RMSE of each trial is printed, and the
program fails where two contestants differ by more than AGREE: they would not have done the same job.

PyTorch comes with the extra: pip install -e '.[benchmarks]'. On Linux PyPI's build brings CUDA, several gigabytes;
`pip install torch --index-url https://download.pytorch.org/whl/cpu` beforehand gets the one for the CPU.
"""

import argparse
import json
import math
import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from tests.benchmarks.job import LEARNING_RATE, SEASON, TARGET, Job, large, tiny, write_series
from tests.benchmarks.measure import Cost, Table, command

PEERS = Path(__file__).parent / "peers"
# The largest mean difference of test RMSE, as a share, between contestants.
AGREE = 0.15
CONTESTANTS = ("harness", "fused", "torch", "script")


def harness(job: Job, folder: Path) -> Cost:
    """This project's own command."""
    return command(["-m", "harness", *overrides(job)], folder)


def fused(job: Job, folder: Path) -> Cost:
    """The same command with trials computed at once."""
    return command(["-m", "harness", *overrides(job), "hydra/launcher=fused"], folder)


def overrides(job: Job) -> list[str]:
    """The job as the command of this project takes it."""
    return [
        "-m",
        "data=csv_file",
        f"data.path={job.data}",
        f"data.target={TARGET}",
        "data.time=date",
        f"data.lookback={job.lookback}",
        f"data.outputs={job.outputs}",
        f"data.split={list(job.rows)}",
        f"data.season={SEASON}",
        "evaluate.weights=uniform",
        "model.cell=lstm",
        f"train.optimizer.learning_rate={LEARNING_RATE}",
        f"train.batch_size={job.batch_size}",
        f"train.epochs={job.epochs}",
        f"train.patience={job.epochs}",
        "train.monitor=val_rmse",
        f"loss={','.join(job.losses)}",
        f"weights={','.join(job.schemes)}",
        f"model.units={','.join(map(str, job.units))}",
        f"seed={','.join(map(str, job.seeds))}",
    ]


def script(job: Job, folder: Path) -> Cost:
    """The script, with Hydra's basic launcher."""
    grid = {"loss": job.losses, "weights": job.schemes, "units": job.units, "seed": job.seeds}
    words = [f"{key}={','.join(map(str, values))}" for key, values in grid.items()]
    # Quoted, so that Hydra takes the braces of JSON as text.
    return command([str(PEERS / "keras_script.py"), "--multirun", f"job='{job.to_json()}'", *words], folder)


def torch(job: Job, folder: Path) -> Cost:
    """PyTorch over two processes."""
    return command(["-m", "tests.benchmarks.peers.torch_pool", job.to_json()], folder)


def errors(contestant: str, folder: Path) -> dict[str, float]:
    """The test RMSE by trial, as a contestant left it in its folder."""
    if contestant not in ("harness", "fused"):
        found: dict[str, float] = {}
        for file in folder.glob("**/rmse.json"):
            found.update(json.loads(file.read_text()))
        return found
    named = ("loss", "weights", "model.units", "seed")
    with closing(sqlite3.connect(folder / "runs" / "mlflow.db")) as store:
        texts: dict[str, dict[str, str]] = {}
        for table in ("tags", "params"):
            for run, key, value in store.execute(f"SELECT run_uuid, key, value FROM {table}"):
                texts.setdefault(run, {})[key] = value
        values = store.execute("SELECT run_uuid, value FROM latest_metrics WHERE key = 'test_rmse'").fetchall()
    trials = [(run, value) for run, value in values if texts[run].get("role") == "trial"]
    return {" ".join(texts[run][key] for key in named): value for run, value in trials}


def check(found: Mapping[str, Mapping[str, float]], trials: int, most: float) -> None:
    """Prints every trial's error; ends the program where contestants did not do the same job."""
    print(f"\n{'test RMSE':32} {''.join(f'{name:>10}' for name in found)}")
    for trial in next(iter(found.values())):
        values = (some.get(trial, math.nan) for some in found.values())
        print(f"{trial:32} {''.join(f'{value:10.3f}' for value in values)}")
    first, *others = found
    for name, some in found.items():
        if len(some) != trials:
            sys.exit(f"{name} has {len(some)} of {trials} trials")
    for other in others:
        apart = [abs(found[other][trial] / value - 1) for trial, value in found[first].items()]
        mean = sum(apart) / len(apart)
        print(f"{other} is {mean:.1%} from {first} in the mean, {max(apart):.1%} at most")
        if mean > most:
            sys.exit(f"more than {most:.0%}: this is not the same job")


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("sweep", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="in seconds, to see that it runs")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=CONTESTANTS, default=CONTESTANTS)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(words)
    table = Table(f"sweep {' '.join(words)}".strip(), "CPU s")
    with tempfile.TemporaryDirectory(prefix="sweep-") as place:
        series = asked.data.resolve() if asked.data else Path(place, "series.csv")
        if not asked.data:
            write_series(series, 600 if asked.tiny else 17_420)
        job = Job(str(series))
        job = tiny(job) if asked.tiny else large(job) if asked.large else job
        costs: dict[str, list[Cost]] = {name: [] for name in asked.only}
        found: dict[str, dict[str, float]] = {}
        for repeat in range(asked.repeats):
            for name in asked.only:
                folder = Path(place, f"{name}-{repeat}")
                folder.mkdir()
                costs[name].append(
                    {"harness": harness, "fused": fused, "script": script, "torch": torch}[name](job, folder)
                )
                found[name] = errors(name, folder)
                print(f"{name}: {costs[name][-1].processor:.1f} CPU s, {costs[name][-1].seconds:.1f} s", flush=True)
                table.measure_peak()
    # Two units after one epoch are their initial values.
    check(found, len(job.trials), math.inf if asked.tiny else AGREE)
    for name, some in costs.items():
        table.add(name, **{"CPU s": [c.processor for c in some], "s": [c.seconds for c in some]})
    table.show()
    table.write(asked.json, job=json.loads(job.to_json()), test_rmse=found)
