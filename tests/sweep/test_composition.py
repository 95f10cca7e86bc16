"""A plan composes faster than Hydra, and to the same configs."""

from functools import partial
from itertools import product

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode
from omegaconf import OmegaConf, open_dict

from harness.config.build import resolve
from harness.config.keys import GROUPS
from harness.config.overrides import CONF, expand
from harness.sweep.composition import Composition
from harness.sweep.plan import Planner, _composer


@pytest.fixture(scope="module")
def loaded():
    """(the sweep's own config, Hydra's loader)."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield loader.load_configuration("config", overrides=[], run_mode=RunMode.MULTIRUN), loader


# One after another through one composer: what an earlier job set must not stay.
JOBS = [
    *(list(job) for job in product(["loss=weighted_mse", "loss=learned"], ["seed=0", "seed=1"], ["model.units=3"])),
    ["loss=weighted_mse", "seed=1"],
    ["loss=weighted_mse"],
    [],
    ["seed=5", "weights=recency"],
    ["weights=recency", "seed=6"],
    ["seed=6", "weights=placebo", "weights.seed=3"],
    ["seed=7", "weights=placebo"],
    ["seed=8", "weights=placebo"],
    ["seed=9", "weights=placebo", "fold=2", "weights.seed=${fold}"],
    ["seed=10", "weights=placebo", "fold=2", "weights.seed=${fold}"],
    ["seed=11", "tracking.experiment='of seed ${seed}'"],
    ["seed=12", "tracking.experiment='of seed ${seed}'"],
    ["seed=13", "data.split=[0.7,0.1,0.2]", "evaluate.weights=placebo"],
    ["seed=14", "data.split=[0.7,0.1,0.2]", "evaluate.weights=placebo"],
    ["search=random", "search.space={model.units: {type: int, low: 1, high: '${seed}'}}", "seed=15"],
    ["search=random", "search.space={model.units: {type: int, low: 1, high: '${seed}'}}", "seed=16"],
    ["seed=007"],
    ["seed=4294967296"],
    ["model.units=4", "seed=1"],
    ["seed=1", "seed=2"],
    ["model.units=5", "model={units: 6, cell: lstm}"],
    ["model={units: 6, cell: lstm}", "model.units=5"],
    ["model.units=7", "model.cell=gru"],
    ["data=mackey_glass", "data.length=400", "seed=1"],
    ["data=mackey_glass", "data.length=500", "seed=1"],
    ["data=mackey_glass", "data.lookback=${data.outputs}", "data.outputs=4"],
    ["data=mackey_glass", "data.lookback=8", "data.outputs=5"],
    ["data=mackey_glass", "data.lookback=${data.outputs}", "data.outputs=6"],
    ["data=mackey_glass", "data.season=null"],
    ["data=mackey_glass", "data.season=5"],
    ["data.split=[0.5,0.3,0.2]", "seed=1"],
    ["data.split=[0.6,0.2,0.2]", "seed=1"],
    ["evaluate.weights=linear", "evaluate.weights.stop=0.5", "seed=3"],
    ["evaluate.weights=uniform", "seed=3"],
    ["search=random", "search.max_trials=3", "search.space={model.units: {type: int, low: 1, high: 4}}"],
    ["search=random", "search.max_trials=4"],
    ["search=random", "search.space.seed=1"],
    ["model.search_space.model.units.high=64", "search=bayesian"],
    ["train.optimizer=sgd", "train.optimizer.learning_rate=0.1"],
    ["train.optimizer.learning_rate=0.2"],
    ["+train.optimizer.epsilon=0.1", "seed=1"],
    ["++train.optimizer.epsilon=0.1", "++seed=2"],
    ["~train.optimizer.clipnorm", "seed=1"],
    ["train.callbacks=[{_target_: keras.callbacks.TerminateOnNaN}]"],
    ["evaluate.metrics={mine: {_target_: numpy.mean, direction: lower}}", "seed=2"],
    ["tracking.experiment='a, b=c'", "train.jit_compile=false"],
    ["tracking=[mlflow,csv]", "tracking.also.csv.folder=x"],
    ["hydra.job.name=x", "seed=4"],
    ["sweep.exclude=[{loss: weighted_mse}]", "seed=4"],
    ["seed=1", "loss=nothing"],
    ["model.unitz=1"],
    ["model.units.x=1"],
    ["seed={a: 1}"],
    ["seed=1", "model=3"],
    ["seed=1", "search.max_trials=3"],
]
WITH_SUBDIR = ["hydra.sweep.subdir=x", "seed=9"]


@pytest.fixture(scope="module")
def by_hydra(loaded):
    """The config of each job as Hydra loads it, or how that fails."""
    config, loader = loaded
    jobs = [tuple(expand(job)) for job in (*JOBS, WITH_SUBDIR)]
    return {job: outcome(partial(loader.load_sweep_config, config), list(job)) for job in jobs}


def outcome(compose, job):
    """What it gives, or how it fails."""
    try:
        return compose(job)
    except Exception as error:
        return type(error), str(error)


def after(step, loaded):
    """What a step gives of a loaded config, or how it fails; a failure to load stays one."""
    return loaded if isinstance(loaded, tuple) else outcome(step, loaded)


def test_each_config_is_the_one_that_hydra_composes(loaded, by_hydra):
    compose = _composer(*loaded)

    def resolved(composed):
        return resolve(composed), {group: composed.hydra.runtime.choices[group] for group in GROUPS}

    jobs = [expand(job) for job in JOBS]
    expected = [after(resolved, by_hydra[tuple(job)]) for job in jobs]
    pairs = list(zip(jobs, expected, strict=True))
    for job, wanted in (*pairs, *reversed(pairs)):
        found = outcome(lambda job: compose(job)[:2], job)
        assert found == wanted, job
        assert str(found) == str(wanted), "also in the order of its keys, and in the types of its values"
    failed = sum(isinstance(first, type) for first, _ in expected)
    assert 0 < failed < len(JOBS) / 2, "most of them compose"


class Counting:
    """Hydra's loader, which counts its compositions."""

    def __init__(self, loader):
        self._loader, self.compositions = loader, 0

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def load_sweep_config(self, *arguments):
        self.compositions += 1
        return self._loader.load_sweep_config(*arguments)


def test_five_hundred_trials_of_four_choices_take_four_compositions(loaded):
    config, loader = loaded[0], Counting(loaded[1])
    words = ["data=mackey_glass", "loss=weighted_rmse,weighted_mse", "weights=uniform,linear", "seed=range(125)"]
    planned = Planner(config, loader).plan({}, [*words, "model.units=2"])
    assert len({trial.fingerprint for trial in planned}) == 500
    assert loader.compositions == 4


def test_a_whole_config_is_the_one_that_hydra_loads_with_its_own_keys(loaded, by_hydra):
    composition = Composition(*loaded)
    plain = partial(OmegaConf.to_container, resolve=False)
    jobs = [expand(job) for job in (*JOBS, WITH_SUBDIR)]
    expected = [after(plain, by_hydra[tuple(job)]) for job in jobs]
    pairs = list(zip(jobs, expected, strict=True))
    for job, wanted in (*pairs, *reversed(pairs)):
        found = outcome(lambda job: plain(composition.whole(job)), job)
        assert found == wanted, job
    given = composition.whole(["seed=9"])
    assert OmegaConf.is_struct(given)
    with open_dict(given):
        given.sweep.id = "of another job"
    assert composition.whole(["seed=9"]).sweep.id is None, "each is a copy"


def test_the_sweeps_own_config_stays_as_it_is(loaded):
    config, loader = loaded
    before = OmegaConf.to_container(config, resolve=False)
    _composer(config, loader)(["seed=3", "model.units=9"])
    assert OmegaConf.to_container(config, resolve=False) == before
