"""CPU-seconds around the training of each trial, by part, in one process that runs one trial of a sweep after another.

python -m tests.benchmarks overhead                  9 trials of 3 epochs on a series that the program writes
python -m tests.benchmarks overhead --data ETTh1.csv --losses weighted_mse

The process does what a worker of a sweep does, with a real MLflow store. Each part is without the parts inside it.
`trace and compile` is what the first epoch took beyond the median of the later ones; `train` has the validation after
each epoch in it.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.benchmarks.job import Job, tiny, write_series
from tests.benchmarks.measure import Table
from tests.benchmarks.sweep import overrides

COMPILE, TRAIN = "trace and compile", "train"
AROUND = ("config", "prepare", "evaluate", "pictures", "network file", "record", "open run", "deliver", "other")


class Stopwatch:
    """CPU-seconds of this process by part; a part that runs inside another is not counted in that one.

    Attributes:
        spent: by part.
        epochs: when each epoch of the training ended, in CPU-seconds of the process.
    """

    def __init__(self):
        self.spent: dict[str, float] = defaultdict(float)
        self.epochs: list[float] = []
        self._inside: list[str] = []
        self._since = time.process_time()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self._turn()
        self._inside.append(name)
        try:
            yield
        finally:
            self._turn()
            self._inside.pop()

    def wrap(self, owner: Any, function: str, name: str) -> None:
        """Has every call of a function, looked up in its module or class, counted as a part."""
        plain = getattr(owner, function)

        def measured(*arguments: Any, **named: Any) -> Any:
            with self.part(name):
                return plain(*arguments, **named)

        setattr(owner, function, measured)

    def _turn(self) -> None:
        now = time.process_time()
        if self._inside:
            self.spent[self._inside[-1]] += now - self._since
        self._since = now


def instrument(watch: Stopwatch) -> None:
    """Wraps the parts of a trial, from outside."""
    import keras

    from harness.sweep import job
    from harness.trial import record, trial
    from harness.trial.claim import Claim
    from harness.trial.evaluation import Evaluator

    watch.wrap(job.Job, "__init__", "config")
    watch.wrap(trial, "prepare", "prepare")
    watch.wrap(trial, "fit", TRAIN)
    watch.wrap(Evaluator, "result", "evaluate")
    watch.wrap(trial, "write_artifacts", "pictures")
    watch.wrap(trial, "export_network", "network file")
    watch.wrap(keras.Model, "save", "network file")
    watch.wrap(record, "write", "record")
    watch.wrap(Claim, "_begin", "open run")
    watch.wrap(record, "deliver", "deliver")
    plain = job.leave_sign

    def at_epoch(*arguments: Any) -> None:
        watch.epochs.append(time.process_time())
        plain(*arguments)

    job.leave_sign = at_epoch


def one_trial(composition: Any, words: Sequence[str], number: int, watch: Stopwatch) -> dict[str, float]:
    """CPU-seconds by part of one trial."""
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import open_dict

    from harness.config.overrides import read_command
    from harness.sweep.job import run_in_sweep

    watch.spent.clear()
    watch.epochs.clear()
    with watch.part("other"):
        with watch.part("config"):
            composed = composition.whole([word for word in read_command(list(words)) if word != "-m"])
            with open_dict(composed):
                composed.sweep.id = "measured"
                composed.hydra.job.num, composed.hydra.job.id = number, str(number)
            HydraConfig.instance().set_config(composed)
        outcome = run_in_sweep(composed)
    if outcome.status != "FINISHED":
        sys.exit(outcome.reason)
    spent = dict(watch.spent)
    later = [end - start for start, end in zip(watch.epochs, watch.epochs[1:], strict=False)]
    epochs = len(watch.epochs) * statistics.median(later)
    spent[COMPILE] = max(spent[TRAIN] - epochs, 0.0)
    spent[TRAIN] -= spent[COMPILE]
    return spent


def measure(job: Job) -> list[dict[str, float]]:
    """CPU-seconds by part of each trial of a job, in order."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.types import RunMode

    from harness.config.build import build_metrics, build_tracking, resolve
    from harness.config.overrides import CONF
    from harness.sweep.composition import Composition

    watch = Stopwatch()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        config = loader.load_configuration("config", overrides=[], run_mode=RunMode.MULTIRUN)
        composition, resolved = Composition(config, loader), resolve(config)
        build_tracking(resolved).store.prepare(build_metrics(resolved))
        spent = []
        for number, (loss, scheme, units, seed) in enumerate(job.trials):
            words = overrides(replace(job, losses=(loss,), schemes=(scheme,), units=(units,), seeds=(seed,)))
            if number == 0:
                # What a worker loads before its first job is no trial's.
                from harness.processes.threads import use_threads

                use_threads(1)
                instrument(watch)
            spent.append(one_trial(composition, words, number, watch))
            parts = ", ".join(f"{part} {seconds:.2f}" for part, seconds in spent[-1].items())
            print(f"{loss} {scheme} {units} {seed}: {parts}", flush=True)
    return spent


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "overhead", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path)
    parser.add_argument("--losses", nargs="+", default=Job("").losses)
    parser.add_argument("--tiny", action="store_true", help="in seconds, to see that it runs")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(words)
    kept, here = asked.json and asked.json.resolve(), Path.cwd()
    table = Table(f"overhead {' '.join(words)}".strip(), "later trials")
    with tempfile.TemporaryDirectory(prefix="overhead-") as place:
        series = asked.data.resolve() if asked.data else Path(place, "series.csv")
        if not asked.data:
            write_series(series, 600 if asked.tiny else 17_420)
        job = Job(str(series), losses=tuple(asked.losses))
        os.chdir(place)
        try:
            spent = measure(replace(tiny(job), epochs=2) if asked.tiny else job)
        finally:
            os.chdir(here)
    first, *later = spent
    around = {"around the training": lambda one: sum(one.get(part, 0.0) for part in AROUND)}
    parts = around | {part: lambda one, part=part: one.get(part, 0.0) for part in (*AROUND, COMPILE, TRAIN)}
    for name, of in parts.items():
        table.add(name, **{"first trial": [of(first)], "later trials": [of(one) for one in later]})
    table.measure_peak()
    table.show()
    table.write(kept)
