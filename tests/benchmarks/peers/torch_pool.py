"""The sweep in PyTorch: two processes of one thread each, nothing tracked and nothing kept but the figures."""

import copy
import json
import multiprocessing
import sys
from pathlib import Path

import torch

from tests.benchmarks.job import LEARNING_RATE, Job, Windows, weights, windows

PROCESSES = 2
FORECAST_BATCH = 1024


class Network(torch.nn.Module):
    def __init__(self, units: int, outputs: int):
        super().__init__()
        self.lstm = torch.nn.LSTM(1, units, batch_first=True)
        self.dense = torch.nn.Linear(units, outputs)

    def forward(self, x):
        return self.dense(self.lstm(x)[0][:, -1])


def loss_of(name: str, error: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """error: [batch, outputs]; w: [outputs]."""
    if name == "sample_weight":
        return (w * error**2).mean()
    squares = (w * error**2).sum(1)
    if name == "weighted_mse":
        return (squares / w.sum()).mean()
    # The slope of the root is infinite at 0.
    return (squares.clamp_min(1e-30).sqrt() / w.sum()).mean()


@torch.no_grad()
def rmse(network: Network, split: Windows) -> float:
    x, y = torch.from_numpy(split.x)[..., None], torch.from_numpy(split.y)
    forecast = torch.cat([network(some) for some in x.split(FORECAST_BATCH)])
    return ((forecast - y).double() ** 2).mean().sqrt().item()


def train(job: Job, loss: str, scheme: str, units: int, seed: int) -> float:
    """The test RMSE of the epoch that is best on validation, in the data's own units."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    learning, validation, test, scale = windows(job)
    x, y = torch.from_numpy(learning.x)[..., None], torch.from_numpy(learning.y)
    w = torch.from_numpy(weights(scheme, job.outputs)).float()
    network = Network(units, job.outputs)
    optimizer = torch.optim.Adam(network.parameters(), LEARNING_RATE)
    best, kept = float("inf"), network.state_dict()
    for _ in range(job.epochs):
        for rows in torch.randperm(len(x)).split(job.batch_size):
            optimizer.zero_grad()
            loss_of(loss, network(x[rows]) - y[rows], w).backward()
            optimizer.step()
        found = rmse(network, validation)
        if found < best:
            best, kept = found, copy.deepcopy(network.state_dict())
    network.load_state_dict(kept)
    return scale * rmse(network, test)


def main() -> None:
    job = Job.from_json(sys.argv[1])
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        errors = pool.starmap(train, [(job, *trial) for trial in job.trials], chunksize=1)
        pool.close()
        pool.join()
    names = [" ".join(map(str, trial)) for trial in job.trials]
    Path("rmse.json").write_text(json.dumps(dict(zip(names, errors, strict=True))))


if __name__ == "__main__":
    main()
