"""A store may have been handed over by anybody: it never chooses what is run, or where is written."""

import pytest
from report_settings import asked
from simulated_store import SWEEP, Simulated, simulate

import harness.report.after as after
from harness.errors import InputError
from harness.report.selection import Selection
from harness.run import Run
from harness.trial.record import Record

VARIANTS = [Simulated({"loss": loss}, seeds=(0, 1)) for loss in ("weighted_rmse", "weighted_mse", "sample_weight")]


def named(name, folder):
    return Selection(
        name, [], [], [Run("r", "FINISHED", {"sweep": name}, {}, {}, {}, Record(folder, "FINISHED", [], {}, None))]
    )


@pytest.mark.parametrize("name", ["../../../x", "/x", "a/b", "a\\b", "..", ".", "", "C:\\x", "a\0b"])
def test_a_sweeps_name_is_a_name_and_no_path(tmp_path, name):
    with pytest.raises(InputError, match="no name of a folder"):
        after._folder(named(name, tmp_path), asked(), tmp_path)
    assert after._folder(named(name, tmp_path), asked(folder="mine"), tmp_path).name == "mine"


def test_a_usual_name_is_a_folder_below_the_sweeps(tmp_path):
    assert after._folder(named(SWEEP, tmp_path), asked(), tmp_path) == tmp_path / SWEEP / "report"


@pytest.mark.usefixtures("database")
def test_a_loss_of_a_strangers_store_is_not_built(tmp_path):
    store = simulate(tmp_path, VARIANTS)
    (strange,) = store.read(store.select("tags.loss = 'sample_weight' and params.seed = '0'"))
    config = strange.files.path("config.yaml")
    config.write_text(config.read_text().replace("harness.losses.sample_weight.SampleWeight", "os.system"))
    text = " ".join(after.report(store, asked(), tmp_path / "sweeps").split())
    assert "sample_weight: not built: its module is not one of yours (loss._target_: got 'os.system'" in text
    assert "1 of 1 pairs are different objectives." in text, "the others are audited all the same"
