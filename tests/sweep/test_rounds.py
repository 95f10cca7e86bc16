"""Which trials a round has, from real plans and outcomes that nobody trained."""

import numpy as np
import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.types import RunMode

from harness.config.build import resolve
from harness.config.overrides import CONF
from harness.errors import InputError
from harness.spec import Outcome
from harness.sweep.plan import Planner
from harness.sweep.rounds import Rounds
from harness.terminal.table import Standard

DATA = ["data=mackey_glass", "data.length=200", "data.lookback=10", "data.outputs=7"]
BETTER = {"weighted_rmse": 1.0, "weighted_mse": 1.2, "sample_weight": 1.0}


@pytest.fixture(scope="module")
def hydra():
    """(the sweep's own config, Hydra's loader)."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        yield loader.load_configuration("config", overrides=["sweep.until=decided"], run_mode=RunMode.MULTIRUN), loader


@pytest.fixture
def rounds(hydra):
    def rounds(*arguments, max_seeds=48, max_minutes=None):
        config, loader = hydra
        settings = resolve(config)
        settings["sweep"] |= {"max_seeds": max_seeds, "max_minutes": max_minutes}
        planner = Planner(config, loader)
        return Rounds(planner.plan({}, [*DATA, *arguments]), planner, settings, Standard())

    return rounds


def outcome(trial, deviation=0.001):
    """What a network of this trial might have ended with: its loss says how good it is."""
    loss = trial.labels["loss"]
    draws = np.random.default_rng([trial.config["seed"], trial.config["fold"], list(BETTER).index(loss)])
    common = np.random.default_rng([trial.config["seed"], trial.config["fold"]]).normal() * 0.1
    score = BETTER[loss] + common + deviation * draws.normal()
    metrics = {"test_weighted_rmse": score}
    seed, fold = trial.config["seed"], trial.config["fold"]
    return Outcome("FINISHED", trial.labels, seed, metrics, {"last": {"test_weighted_rmse": 3.0}}, "", 1.0, fold=fold)


def seeds_of(trials):
    return {loss: [t.config["seed"] for t in trials if t.labels["loss"] == loss] for loss in BETTER}


LOSSES = "loss=weighted_rmse,weighted_mse,sample_weight"


def test_what_is_worse_trains_no_further_and_the_end_is_a_decision(rounds):
    some = rounds(LOSSES)
    planned = some.first()
    assert seeds_of(planned) == {loss: list(range(6)) for loss in BETTER}
    # So noisy that the two best are not decided at six seeds.
    outcomes = [outcome(trial, 0.03) for trial in planned]
    more = some.next(some.verdicts(planned, outcomes), len(planned))
    assert seeds_of(more) == {"weighted_rmse": [6, 7], "weighted_mse": [], "sample_weight": [6, 7]}
    assert some.number == 2
    quiet = rounds(LOSSES)
    outcomes = [outcome(trial, 0.0003) for trial in planned]
    assert quiet.next(quiet.verdicts(planned, outcomes), len(planned)) == []
    assert quiet.end == "Decided in 1 round."
    (verdict,) = quiet.verdicts(planned, outcomes)
    assert verdict.worse == ["weighted_mse"]
    assert {verdict.best, *verdict.equivalent} == {"weighted_rmse", "sample_weight"}
    assert verdict.baseline == ("last", 3.0)


def test_a_fold_is_swept_with_the_seeds_and_a_score_is_the_mean_over_folds(rounds):
    some = rounds(LOSSES, "fold=0,1", "seed=3")
    planned = some.first()
    assert {(t.config["seed"], t.config["fold"]) for t in planned} == {(s, f) for s in range(3, 9) for f in (0, 1)}
    outcomes = [outcome(trial) for trial in planned]
    (verdict,) = some.verdicts(planned, outcomes)
    assert verdict.folds == 2
    expected = [o.metrics["test_weighted_rmse"] for o in outcomes if o.labels["loss"] == verdict.best]
    assert verdict.as_json()["mean"] == pytest.approx(np.mean(expected), rel=1e-12)


def test_the_limits(rounds):
    some = rounds(LOSSES, max_seeds=7)
    planned = some.first()
    noisy = [outcome(trial, 0.03) for trial in planned]
    assert some.next(some.verdicts(planned, noisy), len(planned)) == []
    assert some.end == "Stopped at 6 seeds, before everything is decided: sweep.max_seeds."
    short = rounds(LOSSES, max_minutes=1e-9)
    assert short.next(short.verdicts(planned, noisy), len(planned)) == []
    assert "sweep.max_minutes is 1e-09" in short.end


def test_a_variant_without_a_result_trains_no_further(rounds):
    some = rounds(LOSSES)
    planned = some.first()
    outcomes = [
        Outcome("FAILED", t.labels, t.config["seed"], {}, {}, "", 1.0, "diverged")
        if t.labels["loss"] == "sample_weight"
        else outcome(t, 0.5)
        for t in planned
    ]
    more = some.next(some.verdicts(planned, outcomes), len(planned))
    assert seeds_of(more) == {"weighted_rmse": [6, 7], "weighted_mse": [6, 7], "sample_weight": []}


def test_swept_seeds_and_searches_are_refused(rounds):
    with pytest.raises(InputError, match=r"the seeds 2, 5 are swept\. Write seed=2"):
        rounds(LOSSES, "seed=5,2")
    space = "search.space={model.units: {type: int, low: 1, high: 4}}"
    with pytest.raises(InputError, match=r"sweep\.until: got decided with a search"):
        rounds(LOSSES, "search=random", "search.max_trials=3", space)
    with pytest.raises(InputError, match=r"sweep\.until: got decided, and there is one variant"):
        rounds("loss=weighted_mse")


def test_where_no_trial_gave_a_result_nothing_is_decided(rounds):
    some = rounds(LOSSES)
    planned = some.first()
    outcomes = [Outcome("FAILED", t.labels, t.config["seed"], {}, {}, "", 1.0, "diverged") for t in planned]
    assert some.verdicts(planned, outcomes) == []
    assert some.next(some.verdicts(planned, outcomes), len(planned)) == []
    assert some.end == "Nothing is decided: no trial gave a result."
