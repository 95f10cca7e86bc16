"""Which GPUs a process sees, from folders like those of NVIDIA's driver; there is no GPU here."""

import os
import sys

import cloudpickle
import pytest

from harness.errors import InputError
from harness.processes.gpus import share_gpus, visible_gpus
from harness.processes.pool import Pool
from harness.processes.tensorflow import import_tensorflow

# The processes need not be able to import this file.
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture(autouse=True)
def driver(tmp_path, monkeypatch):
    """Makes GPUs of these models visible to this process."""
    monkeypatch.setattr("harness.processes.gpus.NVIDIA", tmp_path)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)

    def driver(*models):
        for number, model in enumerate(models):
            folder = tmp_path / f"0000:{number:02x}:00.0"
            folder.mkdir()
            (folder / "information").write_text(f"Model: \t\t {model}\nIRQ:   \t\t 52\nGPU UUID: \t GPU-{number}\n")

    return driver


def test_no_driver_no_gpu():
    assert visible_gpus() == {}


@pytest.mark.parametrize(
    ("visible", "seen"),
    [
        (None, {"0": "H100", "1": "A100", "2": "H100"}),
        ("2, 1", {"2": "H100", "1": "A100"}),
        ("1,9", {"1": "A100"}),
        ("", {}),
        ("-1", {}),
    ],
)
def test_what_the_user_leaves_visible(driver, monkeypatch, visible, seen):
    driver("H100", "A100", "H100")
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert visible_gpus() == seen


def test_so_many_processes_share_each_gpu_and_the_first_ones_are_on_different_ones(driver, monkeypatch):
    driver("H100", "H100", "H100")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,2")
    assert [each["CUDA_VISIBLE_DEVICES"] for each in share_gpus(3)] == ["0", "2"] * 3


def test_a_gpu_that_is_not_there_cannot_be_shared():
    with pytest.raises(InputError, match=r"hydra\.launcher\.workers_per_gpu: got 2, and this process sees no GPU"):
        share_gpus(2)


def prepare():
    return lambda job: os._exit(1) if job == "dies" else os.environ["CUDA_VISIBLE_DEVICES"]


def test_each_process_sees_one_gpu_and_so_does_the_one_that_takes_its_place(driver):
    driver("H100", "H100")
    environments = share_gpus(1)
    with Pool(prepare, workers=2, jobs_per_worker=1, environments=environments) as pool:
        seen = pool.run(["dies", *range(5)], on_death=lambda *_: None)[1:]
    assert set(seen) == {"0", "1"}
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_tensorflow_takes_no_more_of_a_gpu_than_it_needs(monkeypatch):
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    import_tensorflow()
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "false")
    import_tensorflow()
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "false"
