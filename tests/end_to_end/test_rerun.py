"""A kept run is trained again from what it kept, and its numbers are compared to the last digit."""

import shutil

import pytest
import yaml
from mlflow import MlflowClient

from harness.trial.origin import FOLDER

MODULE = "harness.rerun.__main__"


@pytest.fixture(scope="module")
def trained(tiny, tmp_path_factory, here, put_database):
    folder = tmp_path_factory.mktemp("trained")
    put_database(folder)
    status, told, error = here(folder, *tiny, "train.monitor=val_rmse")
    assert status == 0, told + error
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    (run,) = client.search_runs([client.get_experiment_by_name("loss_variants").experiment_id])
    return folder, run.info.run_id


@pytest.fixture
def kept(trained, tmp_path):
    """(a copy of the folder, the run's id, the folder of its files)."""
    folder, run_id = trained
    shutil.copytree(folder, tmp_path / "copy")
    return tmp_path / "copy", run_id, tmp_path / "copy" / "runs" / "artifacts" / run_id / "artifacts"


def change(files, key, value):
    config = yaml.safe_load((files / "config.yaml").read_text())
    *sections, name = key.split(".")
    node = config
    for section in sections:
        node = node[section]
    node[name] = value
    (files / "config.yaml").write_text(yaml.safe_dump(config))


def test_a_run_keeps_its_command_and_the_installed_packages(kept):
    *_, files = kept
    command = (files / FOLDER / "command.txt").read_text()
    assert command.startswith("python -m harness data=mackey_glass data.length=200 ")
    assert command.endswith(" train.monitor=val_rmse\n")
    lines = (files / FOLDER / "packages.txt").read_text().splitlines()
    assert any(line.startswith("tensorflow==") for line in lines)
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0].lower())


def test_the_numbers_agree_to_the_last_digit_and_nothing_is_kept(kept, here):
    folder, run_id, files = kept
    change(files, "compiled", str(folder / "of the store"))
    before = sorted(place.name for place in (folder / "runs" / "artifacts").iterdir())
    status, told, error = here(folder, run_id, module=MODULE)
    assert status == 0, told + error
    assert "numbers agree to the last digit." in told
    assert "Data, weights, code, packages and device are those of the run." in told
    assert sorted(place.name for place in (folder / "runs" / "artifacts").iterdir()) == before
    assert not (folder / "of the store").exists(), "a config from a store chooses no folder"


def test_numbers_that_differ_are_shown_with_what_else_differs(kept, here):
    folder, run_id, files = kept
    change(files, "data.season", 4)
    change(files, "seed", 1)
    packages = files / FOLDER / "packages.txt"
    packages.write_text(packages.read_text().replace("\ntenacity==", "\ntenacity==0.0+"))
    (files / FOLDER / "code.diff").write_text("diff --git a/harness/gone.py b/harness/gone.py\n+x\n")
    status, told, error = here(folder, run_id, module=MODULE)
    assert status == 1, told + error
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in told.splitlines() if "test_weighted_rmse" in line}
    ((was, now),) = rows.values()
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    assert float(was) == client.get_run(run_id).data.metrics["test_weighted_rmse"] != float(now)
    assert "numbers are not the same" in told
    assert "Package tenacity: 0.0+" in told
    assert "harness/gone.py" in told


def test_a_config_from_a_store_never_chooses_code(kept, here, monkeypatch):
    folder, run_id, files = kept
    change(files, "loss", {"_target_": "os.mkdir", "path": "made"})
    status, _, error = here(folder, run_id, module=MODULE)
    assert status == 1
    assert "loss._target_: got 'os.mkdir', and the module os is not allowed" in error
    assert not (folder / "made").exists()


def test_what_cannot_be_trained_again_is_told(kept, here):
    folder, run_id, _ = kept
    for words, found in (
        (["nosuch"], f"RUN_ID: there is no run 'nosuch'. The newest trials are: {run_id}"),
        ([run_id, "another"], "RUN_ID: got 2 names"),
    ):
        _, _, error = here(folder, *words, module=MODULE)
        assert error.startswith(f"error: {found}")
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    client.set_terminated(run_id, "FAILED")
    _, _, error = here(folder, run_id, module=MODULE)
    assert error.startswith("error: RUN_ID: the run is FAILED, and its role is trial")
