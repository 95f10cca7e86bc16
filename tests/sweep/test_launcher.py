"""Hydra's jobs in processes of their own, from the launcher that Hydra itself finds and builds."""

import inspect
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import asdict

import cloudpickle
import pytest
import yaml
from hydra import initialize_config_dir
from hydra._internal.callbacks import Callbacks
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.core.utils import JobStatus
from hydra.types import HydraContext, RunMode
from hydra_plugins.harness_launcher import PoolLauncher

from harness.config.overrides import CONF
from harness.config.schema import check_launcher
from harness.errors import InputError, WorkerDiedError
from harness.spec import Outcome
from harness.sweep.launcher import environments, plan_fused
from harness.sweep.outcomes import read_outcomes, write_outcome
from harness.trial.fingerprint import device

# The processes need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def launch(tmp_path):
    """Runs `task` once for each seed, in a sweep named `night`; the JobReturns."""

    def launch(task, seeds, *overrides, first=0, sweep="night", more=()):
        overrides = ["hydra/launcher=pool", f"hydra.sweep.dir={tmp_path}", *overrides]
        config = loader.load_configuration("config", overrides, run_mode=RunMode.MULTIRUN)
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=HydraContext(loader, Callbacks()), task_function=task, config=config
        )
        each = ["loss=weighted_mse", f"sweep.folder={tmp_path}", f"sweep.id={sweep}", *more]
        return launcher.launch([[*each, f"seed={seed}"] for seed in seeds], first)

    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield launch


def test_each_job_has_its_config_and_its_number(launch, tmp_path):
    def task(config):
        own = HydraConfig.get()
        return own.job.num, own.job.id, config.seed, own.runtime.choices["loss"], "hydra" in config

    returned = launch(task, [30, 10, 20], "hydra.launcher.workers=2", first=5)
    assert [each.status for each in returned] == [JobStatus.COMPLETED] * 3
    assert [each.return_value for each in returned] == [
        (5, "harness_5", 30, "weighted_mse", False),
        (6, "harness_6", 10, "weighted_mse", False),
        (7, "harness_7", 20, "weighted_mse", False),
    ]
    assert returned[0].overrides == ["loss=weighted_mse", f"sweep.folder={tmp_path}", "sweep.id=night", "seed=30"]


@pytest.mark.parametrize(
    ("seeds", "more", "expected"),
    [
        ([0], ["search=random"], [7]),
        ([0, 1, 2], ["search=random"], [3, 3, 3]),
        ([0], ["search=random", "search.workers=4"], [4]),
        ([0], [], [None]),
    ],
)
def test_searches_share_the_cores(launch, monkeypatch, seeds, more, expected):
    """Seven cores, at most two trials at a time."""
    monkeypatch.setattr("harness.sweep.launcher.joblib.cpu_count", lambda: 7)
    returned = launch(lambda config: config.search.get("workers"), seeds, "hydra.launcher.workers=2", more=more)
    assert [each.return_value for each in returned] == expected


def test_a_job_that_raises_has_failed_and_its_process_goes_on(launch):
    def task(config):
        if config.seed == 1:
            raise InputError("data.path", "got nothing", "Write a path")
        if config.seed == 2:
            resource.setrlimit(resource.RLIMIT_AS, (2**30, resource.RLIM_INFINITY))
            bytearray(2**31)
        return os.getpid()

    returned = launch(task, [0, 1, 2, 3], "hydra.launcher.workers=1")
    assert [each.status.name for each in returned] == ["COMPLETED", "FAILED", "FAILED", "COMPLETED"]
    assert returned[0].return_value == returned[3].return_value
    with pytest.raises(InputError, match=r"data.path: got nothing\. Write a path"):
        _ = returned[1].return_value
    with pytest.raises(MemoryError):
        _ = returned[2].return_value


def test_a_death_costs_one_job_and_leaves_an_outcome(launch, tmp_path):
    def task(config):
        ends = {1: lambda: os._exit(3), 3: lambda: os.kill(os.getpid(), signal.SIGKILL), 4: lambda: sys.exit("no")}
        return ends.get(config.seed, lambda: config.seed)()

    returned = launch(task, [0, 1, 2, 3, 4, 5], "hydra.launcher.workers=2", first=10)
    assert [each.return_value for each in returned if each.status is JobStatus.COMPLETED] == [0, 2, 5]
    reasons = {
        1: "its process ended with status 3",
        3: "its process was killed (SIGKILL), perhaps by the system for memory",
        4: "its process ended with status 1",
    }
    assert read_outcomes(tmp_path / "night") == {
        10 + seed: Outcome("FAILED", {"loss": "weighted_mse"}, seed, {}, {}, fingerprint="", seconds=0.0, reason=reason)
        for seed, reason in reasons.items()
    }
    for seed, reason in reasons.items():
        assert returned[seed].overrides[-1] == f"seed={seed}"
        with pytest.raises(WorkerDiedError) as died:
            _ = returned[seed].return_value
        assert str(died.value) == reason


def test_a_deaths_outcome_is_there_while_the_others_go_on(launch, tmp_path):
    def task(config):
        if config.seed == 1:
            os._exit(3)
        until = time.monotonic() + 10
        while not (tmp_path / "night" / "outcomes" / "1.json").exists() and time.monotonic() < until:
            time.sleep(0.05)
        return time.monotonic() < until

    assert launch(task, [0, 1], "hydra.launcher.workers=2")[0].return_value is True


def test_a_death_after_its_outcome_changes_nothing_in_it(launch, tmp_path):
    own = Outcome("FINISHED", {}, 1, {"test_rmse": 1.0}, {}, fingerprint="f", seconds=2.0)

    def task(config):
        write_outcome(tmp_path / "night", HydraConfig.get().job.num, asdict(own))
        os._exit(1)

    launch(task, [1])
    assert read_outcomes(tmp_path / "night") == {0: own}


def test_a_death_outside_a_sweep_of_ours_leaves_no_outcome(launch, tmp_path):
    (returned,) = launch(lambda config: os._exit(1), [1], sweep="null")
    assert returned.status is JobStatus.FAILED
    assert list(tmp_path.iterdir()) == []


def test_processes_are_renewed(launch):
    returned = launch(
        lambda config: os.getpid(), range(4), "hydra.launcher.workers=1", "hydra.launcher.trials_per_worker=2"
    )
    pids = [each.return_value for each in returned]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_as_many_processes_as_this_one_may_use_cores(launch):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        returned = launch(lambda config: time.sleep(0.5) or os.getpid(), [0, 1, 2])
    finally:
        os.sched_setaffinity(0, before)
    assert len({each.return_value for each in returned}) == 1


@pytest.mark.parametrize(("workers", "at_a_time"), [(None, ["0", "1", "0", "1"]), (3, ["0", "1", "0"])])
def test_processes_share_gpus(tmp_path, monkeypatch, workers, at_a_time):
    monkeypatch.setattr("harness.processes.gpus.NVIDIA", tmp_path)
    for number in range(2):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "information").write_text("Model: H100")
    assert [each["CUDA_VISIBLE_DEVICES"] for each in environments(workers, 2)] == at_a_time


def test_no_gpu_is_refused_before_anything_runs(launch, tmp_path, monkeypatch):
    monkeypatch.setattr("harness.processes.gpus.NVIDIA", tmp_path / "none")
    with pytest.raises(InputError, match="workers_per_gpu: got 1, and this process sees no GPU"):
        launch(lambda config: None, [0], "hydra.launcher.workers_per_gpu=1")


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("workers", "got 0. Write a whole number from 1 to 1024, or null"),
        ("workers_per_gpu", "got 0. Write a whole number from 1 to 1024, or null"),
        ("trials_per_worker", "got 0. Write a whole number from 1 to 1000000"),
    ],
)
def test_none_at_all_is_refused(key, told):
    arguments = {
        "_target_": "hydra_plugins.harness_launcher.PoolLauncher",
        "workers": 2,
        "workers_per_gpu": None,
        "trials_per_worker": 9,
        key: 0,
    }
    with pytest.raises(InputError) as refused:
        check_launcher(arguments)
    assert str(refused.value) == f"hydra.launcher.{key}: {told}"


def test_the_yaml_has_the_arguments():
    keys = yaml.safe_load((CONF / "hydra" / "launcher" / "pool.yaml").read_text())
    assert keys.pop("_target_") == "hydra_plugins.harness_launcher.PoolLauncher"
    assert list(keys) == list(inspect.signature(PoolLauncher).parameters)


def test_hydra_finds_it_without_importing_what_it_runs():
    code = "import sys, hydra_plugins.harness_launcher; print({'joblib', 'harness.sweep'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_trial_that_takes_longer_than_its_minutes_fails_alone(launch, tmp_path):
    def task(config):
        if config.seed == 1:
            time.sleep(60)
        return config.seed

    returned = launch(task, [0, 1, 2], "hydra.launcher.workers=2", "sweep.trial_minutes=0.05")
    assert [each.status for each in returned] == [JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.COMPLETED]
    assert read_outcomes(tmp_path / "night")[1].reason == "it took longer than 3 s"


def test_trials_that_are_computed_together_are_others():
    alone = device()
    plan_fused()
    plan_fused()
    assert device() == f"{alone}, fused"
