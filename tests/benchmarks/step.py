"""What a training step takes, on one thread: Keras's own 'mse', every loss variant, both kernels, PyTorch.

python -m tests.benchmarks step                                LSTM(32), LSTM(64) and GRU(32)
python -m tests.benchmarks step --cells lstm:64 --rounds 20

Windows of 96 steps, 100 outputs, batches of 32, Adam, XLA. In each round every contestant trains some steps, one after
another in one process: CPU-seconds, not wall time. `start s` is what building it and the first steps took beyond later
ones, for the most part tracing and compiling. `share of peak` counts the multiplications of the matrix products alone,
those of the backward pass twice, against this core's own matrix product. Keras's 'mse' and all loss variants run on
model.kernel=keras. PyTorch: see `sweep --help`.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.job import LEARNING_RATE, weights
from tests.benchmarks.measure import Table, processor_seconds, show_networks

LOOKBACK, OUTPUTS, BATCH = 96, 100, 32
GATES = {"lstm": 4, "gru": 3, "simple_rnn": 1}
REFUSED = ("class_weight",)
# Trains some steps.
Steps = Callable[[], None]


def gigaflops(cell: str, units: int) -> float:
    """Of the matrix products of one step, forwards and backwards."""
    recurrent = LOOKBACK * GATES[cell] * units * (units + 1)
    return 3 * 2 * BATCH * (recurrent + units * OUTPUTS) / 1e9


def arrays(steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x [n, lookback, 1], y [n, outputs] and weights [outputs]: noise, as a step takes the same time on anything."""
    random, n = np.random.default_rng(0), steps * BATCH
    x, y = random.normal(size=(n, LOOKBACK, 1)), random.normal(size=(n, OUTPUTS))
    return x.astype(np.float32), y.astype(np.float32), weights("linear", OUTPUTS)


def contestants(cell: str, units: int, steps: int) -> Iterator[tuple[str, Steps]]:
    """Each by its name; Keras's own 'mse' is the first."""
    from harness.config.build import build_metrics, build_part, build_training, resolve
    from harness.config.overrides import CONF, composed, files_of, read_command
    from harness.spec import Fittable

    def config(*words: str) -> Any:
        return resolve(composed(read_command([f"model.cell={cell}", f"model.units={units}", *words]), CONF))

    def network(*words: str) -> Any:
        return build_part(config(*words), "model")(LOOKBACK, 1, OUTPUTS)

    def mse(network: Any, _: Any) -> Fittable:
        return Fittable(network, {"loss": "mse"}, lambda x, y, w: (x, y), weights=())

    asked = config(f"train.batch_size={BATCH}", f"train.optimizer.learning_rate={LEARNING_RATE}")
    training = build_training(asked, build_metrics(asked))
    yield "mse", _keras(network("model.kernel=keras"), mse, training, steps)
    yield "mse model.kernel=fast", _keras(network("model.kernel=fast"), mse, training, steps)
    for loss in files_of("loss", CONF):
        if loss not in REFUSED:
            variant = build_part(config(f"loss={loss}"), "loss")
            yield loss, _keras(network("model.kernel=keras"), variant.fittable, training, steps)
    if cell != "simple_rnn":
        yield "torch", _torch(cell, units, steps)


def _keras(network: Any, fittable_of: Callable[[Any, np.ndarray], Any], training: Any, steps: int) -> Steps:
    """fittable_of: network and weights as what Keras can fit."""
    from harness.training.batches import batches
    from harness.training.program import Program

    given = arrays(steps)
    fittable = fittable_of(network, given[2].astype(np.float32))
    model = Program(network, fittable, training, given).model
    endless = iter(batches(fittable, given, BATCH, 0, 0))

    def train() -> None:
        if model.train_function is None:
            model.make_train_function()
        {name: np.asarray(value) for name, value in model.train_function(endless).items()}

    return train


def _torch(cell: str, units: int, steps: int) -> Steps:
    import torch

    torch.set_num_threads(1)
    x, y = (torch.from_numpy(array) for array in arrays(steps)[:2])
    recurrent = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell](1, units, batch_first=True)
    dense = torch.nn.Linear(units, OUTPUTS)
    optimizer = torch.optim.Adam([*recurrent.parameters(), *dense.parameters()], LEARNING_RATE)

    def train() -> None:
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            ((dense(recurrent(x[rows])[0][:, -1]) - y[rows]) ** 2).mean().backward()
            optimizer.step()

    return train


def measure(cell: str, units: int, steps: int, rounds: int) -> Table:
    """The table of one kind of network."""
    import keras

    keras.backend.clear_session()
    running, took, starts = {}, {}, {}
    began = time.process_time()
    for name, train in contestants(cell, units, steps):
        train()
        starts[name] = time.process_time() - began
        running[name], took[name] = train, []
        began = time.process_time()
    table = Table(f"{cell}({units})", "ms a step")
    for _ in range(rounds):
        for name, train in running.items():
            took[name].append(processor_seconds(train) / steps)
        table.measure_peak()
    for name, seconds in took.items():
        table.add(
            name,
            **{
                "ms a step": [1000 * one for one in seconds],
                "start s": [starts[name] - steps * float(np.median(seconds))],
                "share of peak": [gigaflops(cell, units) / one / table.peak for one in seconds],
            },
        )
    return table


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser("step", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="+", default=["lstm:32", "lstm:64", "gru:32"], help="cell:units of each")
    parser.add_argument("--steps", type=int, default=100, help="of each contestant in each round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tiny", action="store_true", help="in seconds, to see that it runs")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(words)
    if asked.tiny:
        asked.cells, asked.steps, asked.rounds = ["gru:2"], 2, 1
    from harness.processes.threads import use_threads

    use_threads(1)
    show_networks(asked.cells, lambda cell, units: measure(cell, units, asked.steps, asked.rounds), asked.json)
