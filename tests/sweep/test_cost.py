"""What a trial takes is measured on one that really trains."""

import tempfile

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from harness.config.overrides import CONF
from harness.sweep.cost import Cost, _measure_first, measuring
from harness.sweep.plan import Planner

TINY = ["data=mackey_glass", "data.length=200", "data.lookback=8", "data.outputs=4", "data.season=5"]
TINY += ["model.units=2", "train.epochs=50", "train.jit_compile=false"]
REFUSED = ["loss=loss_weights", "weights=recency"]
SOLVED = ["model=ridge", "loss=weighted_mse", "loss.normalise=none"]


@pytest.fixture(scope="module")
def planned():
    """The one trial of some overrides."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        config = loader.load_configuration("config", overrides=[], run_mode=RunMode.MULTIRUN)
        yield lambda words: Planner(config, loader).plan({}, words)[0]


@pytest.mark.slow
def test_the_first_that_can_be_trained_is_and_nothing_is_left(planned, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with measuring() as companion:
        companion.give([planned([*TINY, *REFUSED]), planned(TINY), planned([*TINY, "seed=1"])])
        cost = companion.result()
        assert len(list(tmp_path.iterdir())) == 1
    assert cost.place == 1
    assert min(cost.first, cost.following, cost.rest) > 0
    assert cost.size > 10_000, "pictures and a network"
    assert not list(tmp_path.iterdir())


def test_what_is_solved_has_no_further_epoch(planned, tmp_path):
    words = [word for word in TINY if not word.startswith("model")]
    cost = _measure_first(tmp_path, [planned([*words, *SOLVED])])
    assert cost.following is None
    assert cost.seconds(50) == cost.first + cost.rest


def test_each_further_epoch_takes_as_long_as_the_second():
    assert Cost(0, first=3.0, following=0.5, rest=1.0, size=0).seconds(5) == 6.0


def test_where_none_can_be_trained_the_reason_of_the_last_is_said(planned, tmp_path):
    found = _measure_first(tmp_path, [planned([*TINY, *REFUSED])])
    assert found.startswith("loss: loss_weights takes one weight an output")
