import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from harness.config.overrides import CONF
from harness.sweep.composition import Composition

TINY = ["data=mackey_glass", "data.length=200", "data.lookback=10", "data.outputs=7", "data.season=5"]
TINY += ["model.units=3", "train.epochs=2", "train.jit_compile=false", "tracking=[none,csv]", "sweep.id=night"]


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Composes a job of a sweep, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def job(*overrides):
        config = loader.load_configuration("config", [], run_mode=RunMode.MULTIRUN)
        return Composition(config, loader).job(3, [*TINY, *overrides])

    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield job
