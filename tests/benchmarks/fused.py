"""What an epoch of one network takes where several are computed at once, on one thread, beside one by one.

python -m tests.benchmarks fused                               LSTM(32) and GRU(32), 1 to 64 networks at once
python -m tests.benchmarks fused --cells lstm:16 --sizes 1 16 64 256

Windows of 96 steps, 100 outputs, batches of 32, Adam, XLA, weighted_mse; each network has a seed of its own. `ms a
step` is that of one network; the first row is one that trains alone, as under the other launchers. `start s` is what
the first epoch took beyond a later one.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.job import LEARNING_RATE, weights
from tests.benchmarks.measure import Table, processor_seconds, show_networks
from tests.benchmarks.step import BATCH, LOOKBACK, OUTPUTS, arrays


def programs(cell: str, units: int, many: int, given: Sequence[np.ndarray]) -> tuple[list[Any], Any]:
    """(so many networks under weighted_mse, ready to train, how they train)."""
    import keras

    from harness.config.build import build_metrics, build_part, build_training, resolve
    from harness.config.overrides import CONF, composed, read_command
    from harness.training.program import Program

    words = [f"model.cell={cell}", f"model.units={units}", "loss=weighted_mse", f"train.batch_size={BATCH}"]
    config = resolve(composed(read_command([*words, f"train.optimizer.learning_rate={LEARNING_RATE}"]), CONF))
    training, made = build_training(config, build_metrics(config)), []
    for seed in range(many):
        keras.utils.set_random_seed(seed)
        network = build_part(config, "model")(LOOKBACK, 1, OUTPUTS)
        made.append(Program(network, build_part(config, "loss").fittable(network, given[2]), training, given))
    return made, training


def contestant(cell: str, units: int, many: int, steps: int) -> Callable[[], None]:
    """Trains so many networks for an epoch; none at once where `many` is 0, but one as it trains alone."""
    from harness.training.batches import batches, order
    from harness.training.fused.epoch import Epochs

    given = (*arrays(steps)[:2], weights("linear", OUTPUTS))
    made, training = programs(cell, units, max(many, 1), given)
    if not many:
        data = iter(batches(made[0].fittable, given, BATCH, 0, 0))
        made[0].model.make_train_function()
        return lambda: [value.numpy() for value in made[0].model.train_function(data).values()] and None
    fused = Epochs(made[0], given, training, many)
    orders = [order(len(given[0]), seed, 0).numpy() for seed in range(many)]
    return lambda: fused.train(made, [given[2]] * many, orders) and None


def measure(cell: str, units: int, sizes: Sequence[int], steps: int, rounds: int) -> Table:
    """The table of one kind of network."""
    running, starts = {}, {}
    for many in (0, *sizes):
        train = contestant(cell, units, many, steps)
        starts[many], running[many] = processor_seconds(train), train
        train()
    table, took = Table(f"fused {cell}({units})", "ms a step"), {many: [] for many in running}
    for _ in range(rounds):
        for many, train in running.items():
            took[many].append(processor_seconds(train))
        table.measure_peak()
    for many, seconds in took.items():
        each = [1000 * one / steps / max(many, 1) for one in seconds]
        start = starts[many] - float(np.median(seconds))
        table.add(f"{many} at once" if many else "one by one", **{"ms a step": each, "start s": [start]})
    return table


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("fused", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="+", default=["lstm:32", "gru:32"], help="cell:units of each")
    parser.add_argument("--sizes", nargs="+", type=int, default=[1, 4, 16, 64], help="how many networks at once")
    parser.add_argument("--steps", type=int, default=20, help="of an epoch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tiny", action="store_true", help="in seconds, to see that it runs")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(words)
    if asked.tiny:
        asked.cells, asked.sizes, asked.steps, asked.rounds = ["gru:2"], [1, 2], 2, 1
    from harness.processes.threads import use_threads

    use_threads(1)
    show_networks(
        asked.cells, lambda cell, units: measure(cell, units, asked.sizes, asked.steps, asked.rounds), asked.json
    )
