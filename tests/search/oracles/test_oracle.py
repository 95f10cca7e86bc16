"""What every search proposes, over functions of the values: nothing is trained."""

import math
import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from harness.config.schema import check_arguments
from harness.errors import InputError
from harness.metrics import BUILT_IN, Metric, with_own
from harness.search.oracles import oracle
from harness.search.oracles.bayesian import Bayesian
from harness.search.oracles.grid import Grid
from harness.search.oracles.hyperband import Hyperband
from harness.search.oracles.random import Random
from harness.search.space import Space

CONFIG = {
    "model": {"cell": "gru", "units": 32, "upper_units": None, "layers": 1},
    "train": {"optimizer": {"learning_rate": 0.003}, "epochs": 9},
}
CELL = {"type": "choice", "values": ["gru", "lstm", "simple_rnn"]}
UNITS = {"type": "int", "low": 1, "high": 8}
RATE = {"type": "float", "low": 1e-4, "high": 1e-2, "log": True}
SPACE = {
    "model.layers": {"type": "choice", "values": [1, 2]},
    "model.units": UNITS,
    "model.upper_units": {"type": "int", "low": 2, "high": 4, "when": {"model.layers": 2}},
    "train.optimizer.learning_rate": {**RATE, "log": False, "step": 0.0099},
}
RMSE = BUILT_IN.of("val_rmse")
SETTINGS = {"space": None, "objective": "val_rmse", "repeats": 1, "keep": 0, "workers": None}
RANDOM = {"max_trials": 12}
BAYESIAN = {"max_trials": 7, "initial_points": 4, "batch": 1, "alpha": 1e-4, "beta": 2.6}
HYPERBAND = {"max_trials": None, "factor": 3, "iterations": 1}
# By round: how many train up to which epoch, for 9 epochs and factor 3. Bracket s of {2, 1, 0} begins with
# ceil(3 / (s + 1) * 3 ** s) configurations at 9 / 3 ** s epochs; each round keeps a third for three times the epochs.
BRACKETS = [[(9, 1), (3, 3), (1, 9)], [(5, 3), (2, 9)], [(3, 9)]]


HITS = Metric("hits", lambda y_true, y_pred, weights: 0.0, lower_is_better=False)


def settings_of(kind, **changes):
    usual = {Random: RANDOM, Grid: {"max_trials": None}, Bayesian: BAYESIAN, Hyperband: HYPERBAND}[kind]
    return {**SETTINGS, **usual, **changes}


def search(kind, **changes):
    return kind(**settings_of(kind, **changes))


def score(proposal):
    """Lowest at 5 units of one layer, and lower with more epochs."""
    values = proposal.values
    return abs(values["model.units"] - 5) + values.get("model.layers", 0) + 1 / (proposal.epochs or 1)


def run(kind, folder, asked=SPACE, seed=0, score=score, first=10**9, epochs=9, metric=RMSE, **changes):
    """The first proposals, of whole batches, each with the score that was reported."""
    proposals = search(kind, **changes).proposals(Space(asked, CONFIG), epochs, seed, metric, folder)
    found = []
    while len(found) < first and (batch := proposals.next_batch()):
        found += [(proposal, score(proposal)) for proposal in batch]
        proposals.report_scores([score for _, score in found[-len(batch) :]])
    return found[:first]


def told(found):
    """All of each proposal but the oracle's time."""
    return [(each.number, dict(each.values), each.epochs, each.resumes) for each, _ in found]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """One run of each search, seed 0."""
    return {kind: run(kind, tmp_path_factory.mktemp("undisturbed")) for kind in (Random, Grid, Bayesian, Hyperband)}


@pytest.mark.parametrize(
    ("kind", "stops"), [(Random, (1, 6, 12)), (Grid, (7,)), (Bayesian, (5,)), (Hyperband, (1, 4, 9, 10, 13, 20))]
)
def test_told_again_what_is_known_it_goes_on_as_if_it_had_never_stopped(undisturbed, tmp_path, kind, stops):
    """In the folder of the one that was stopped."""
    for stop in stops:
        assert told(run(kind, tmp_path, first=stop)) == told(undisturbed[kind])[:stop]
    again = run(kind, tmp_path)
    assert told(again) == told(undisturbed[kind])
    assert [score for _, score in again] == [score for _, score in undisturbed[kind]]


def batches(kind, folder, score=score, **changes):
    """How many proposals each batch holds, and all of them with their scores."""
    proposals = search(kind, **changes).proposals(Space(SPACE, CONFIG), 9, 0, RMSE, folder)
    sizes, found = [], []
    while batch := proposals.next_batch():
        sizes.append(len(batch))
        scores = [score(proposal) for proposal in batch]
        found += zip(batch, scores, strict=True)
        proposals.report_scores(scores)
    return sizes, found


@pytest.mark.parametrize("failing", [(), (1, 3, 4)])
@pytest.mark.parametrize(
    ("kind", "settings", "sizes"),
    [
        (Random, {}, [12]),
        (Grid, {}, [64]),
        pytest.param(Bayesian, {}, [4, 1, 1, 1], marks=pytest.mark.slow),
        # The last of a bracket and the first of the next do not depend on each other.
        (Hyperband, {}, [9, 3, 1 + 5, 2 + 3]),
        pytest.param(Hyperband, {"iterations": 2}, [9, 3, 1 + 5, 2 + 3 + 9, 3, 1 + 5, 2 + 3], marks=pytest.mark.slow),
    ],
)
def test_what_is_proposed_at_once_is_what_is_proposed_one_by_one(tmp_path, monkeypatch, kind, settings, sizes, failing):
    """Where each score is known before the next proposal, as keras-tuner asks its oracles itself."""

    def some_fail(proposal):
        return None if proposal.number in failing else score(proposal)

    at_once, found = batches(kind, tmp_path, some_fail, **settings)
    assert at_once == sizes
    monkeypatch.setattr(oracle, "MOST_AT_ONCE", 1)
    one_by_one, expected = batches(kind, tmp_path, some_fail, **settings)
    assert one_by_one == [1] * sum(sizes)
    assert told(found) == told(expected)


@pytest.mark.slow
def test_a_bayesian_batch_differs_from_single_ones_and_repeats_none(tmp_path):
    sizes, found = batches(Bayesian, tmp_path, max_trials=11, batch=3)
    assert sizes == [4, 3, 3, 1]
    _, single = batches(Bayesian, tmp_path, max_trials=11)
    assert told(found)[:5] == told(single)[:5]
    assert told(found)[5:] != told(single)[5:]
    values = [tuple(proposal.values.items()) for proposal, _ in found]
    assert len(set(values)) == len(values)
    _, again = batches(Bayesian, tmp_path, max_trials=11, batch=3)
    assert told(again) == told(found)


@pytest.mark.parametrize("most", [5, 7])
def test_batches_that_are_cut_change_no_proposal(tmp_path, monkeypatch, undisturbed, most):
    monkeypatch.setattr(oracle, "MOST_AT_ONCE", most)
    for kind in (Random, Grid, Hyperband):
        sizes, found = batches(kind, tmp_path)
        assert max(sizes) == most
        assert told(found) == told(undisturbed[kind])


@pytest.mark.parametrize("kind", [Random, Grid, Bayesian, Hyperband])
def test_proposals_are_numbered_timed_and_within_the_space(undisturbed, kind):
    found = [proposal for proposal, _ in undisturbed[kind]]
    assert [each.number for each in found] == list(range(len(found)))
    assert all(0 < each.seconds < 60 for each in found)
    for each in found:
        assert each.values["model.layers"] in (1, 2)
        assert ("model.upper_units" in each.values) == (each.values["model.layers"] == 2)
        assert each.values["model.units"] in range(1, 9)
        assert each.values["train.optimizer.learning_rate"] in (1e-4, 1e-4 + 0.0099)


@pytest.mark.parametrize("kind", [Random, Bayesian, Hyperband])
def test_another_seed_is_another_search(tmp_path, kind):
    """No two of these ever draw the same value from a continuous range, in whatever place."""
    asked = {"train.optimizer.learning_rate": RATE}
    found = {
        seed: {
            proposal.values["train.optimizer.learning_rate"]
            for proposal, _ in run(kind, tmp_path, asked, seed, score=lambda _: 1.0, first=4)
        }
        for seed in (0, 1, 2, 3, 12345)
    }
    assert all(len(values) == 4 for values in found.values())
    assert len(set().union(*found.values())) == 20


def test_seeds_that_are_large(tmp_path):
    a, b = (told(run(Bayesian, tmp_path, seed=seed, first=5)) for seed in (2**32 - 2, 2**32 - 1))
    assert a != b


def test_a_grid_is_every_combination_once(undisturbed):
    expected = {
        (layers, units, upper, rate)
        for layers in (1, 2)
        for units in range(1, 9)
        for upper in ((None,) if layers == 1 else (2, 3, 4))
        for rate in (1e-4, 1e-4 + 0.0099)
    }
    found = [tuple(proposal.values.get(key) for key in SPACE) for proposal, _ in undisturbed[Grid]]
    assert len(found) == len(set(found))
    assert set(found) == expected


def test_a_grid_takes_eleven_values_of_a_range_without_a_step(tmp_path):
    """The lower end, and the middle of each tenth."""
    asked = {"train.optimizer.learning_rate": RATE, "model.cell": CELL}
    found = [tuple(proposal.values.values()) for proposal, _ in run(Grid, tmp_path, asked, score=lambda _: 1.0)]
    rates = [1e-4, *(1e-4 * 100 ** ((tenth + 0.5) / 10) for tenth in range(10))]
    assert len(found) == len(set(found)) == 33
    assert sorted({rate for rate, _ in found}) == pytest.approx(rates)
    assert search(Grid).planned(Space(asked, CONFIG), 9) == 33


@pytest.mark.parametrize(
    ("kind", "settings", "planned", "proposed"),
    [
        (Random, {"max_trials": 5}, 5, 5),
        (Random, {"max_trials": 12}, 12, 12),
        (Random, {"max_trials": 9999}, 2 * 8 * 3 * 2, None),
        (Grid, {"max_trials": 4}, 4, 4),
        (Grid, {}, 2 * 8 * 3 * 2, 8 * 2 + 8 * 3 * 2),
        (Bayesian, {"max_trials": 3}, 3, 3),
        (Hyperband, {"max_trials": 11}, 11, 11),
        (Hyperband, {}, 23, 23),
        (Hyperband, {"iterations": 2}, 46, 46),
        (Hyperband, {"max_trials": 99}, 23, 23),
    ],
)
def test_no_more_than_planned(tmp_path, kind, settings, planned, proposed):
    assert search(kind, **settings).planned(Space(SPACE, CONFIG), 9) == planned
    if proposed is not None:
        assert len(run(kind, tmp_path, **settings)) == proposed


@pytest.mark.parametrize("kind", [Random, Bayesian])
def test_a_space_that_is_searched_through_ends_early(tmp_path, kind):
    asked = {"model.cell": CELL, "model.layers": {"type": "choice", "values": [1, 2]}}
    found = run(kind, tmp_path, asked, score=lambda each: each.values["model.layers"], max_trials=20)
    assert sorted(tuple(proposal.values.values()) for proposal, _ in found) == [
        (cell, layers) for cell in ("gru", "lstm", "simple_rnn") for layers in (1, 2)
    ]
    assert search(kind, max_trials=20).planned(Space(asked, CONFIG), 9) == 6


@pytest.mark.parametrize("failed", [None, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("kind", [Random, Grid, Bayesian, Hyperband])
def test_failures_never_stop_a_search(tmp_path, kind, failed):
    """Ten and more of them in a row, and then all."""
    settings = {"max_trials": 12, **({"initial_points": 11} if kind is Bayesian else {})}
    for works in (lambda each: each.number >= 10, lambda each: False):
        found = run(kind, tmp_path, score=lambda each, works=works: 1.0 if works(each) else failed, **settings)
        assert len(found) == 12


@pytest.mark.parametrize("worse", [5.0, -5.0, 0.0, 1e30])
def test_a_failure_counts_as_worse_than_any_score(tmp_path, worse):
    """Also than those that are told later: two rounds of one hyperband, whose first two proposals failed."""
    found = run(
        Hyperband, tmp_path, score=lambda each: None if each.number < 2 else worse + each.number / 10 * abs(worse)
    )
    second = [proposal.resumes for proposal, _ in found if proposal.resumes in range(9)]
    assert len(second) == 3
    if worse:
        assert sorted(second) == [2, 3, 4]
    assert not {0, 1} & set(second)


@pytest.mark.slow
def test_what_fails_does_not_attract(tmp_path):
    """Half of the space fails, the best lies next to it. With failures left out 18 of these 30 would fail again."""

    def fails_above(each):
        rate = each.values["train.optimizer.learning_rate"]
        return None if rate > 0.5 else abs(rate - 0.45)

    asked = {"train.optimizer.learning_rate": {"type": "float", "low": 0, "high": 1}}
    settings = {"max_trials": 10, "initial_points": 4}
    failed = [
        result is None
        for seed in range(5)
        for proposal, result in run(Bayesian, tmp_path, asked, seed, score=fails_above, **settings)
        if proposal.number >= 4
    ]
    assert len(failed) == 30
    assert sum(failed) < 15


def rounds(found):
    """How many proposals there are, by the epochs they go on from and those they end with, in order."""
    numbers = {proposal.number: proposal for proposal, _ in found}
    steps = [(0 if each.resumes is None else numbers[each.resumes].epochs, each.epochs) for each in numbers.values()]
    return Counter(steps), steps


def test_hyperband_is_the_papers(undisturbed):
    found = undisturbed[Hyperband]
    order = [epochs for bracket in BRACKETS for count, epochs in bracket for _ in range(count)]
    assert [proposal.epochs for proposal, _ in found] == order
    counted, _ = rounds(found)
    assert counted == {(0, 1): 9, (1, 3): 3, (3, 9): 1 + 2, (0, 3): 5, (0, 9): 3}
    trained = sum((end - start) * count for (start, end), count in counted.items())
    assert trained == 9 * 1 + 3 * 2 + 1 * 6 + 5 * 3 + 2 * 6 + 3 * 9 == 75


def test_the_best_of_a_round_go_on_with_their_own_values(undisturbed):
    scores = {proposal.number: score for proposal, score in undisturbed[Hyperband]}
    proposals = {proposal.number: proposal for proposal, _ in undisturbed[Hyperband]}
    first, expected = 0, {}
    for bracket in BRACKETS:
        for (count, _), (kept, _) in pairwise(bracket):
            best = sorted(range(first, first + count), key=scores.get)[:kept]
            expected |= dict(zip(range(first + count, first + count + kept), best, strict=True))
            first += count
        first += bracket[-1][0]
    went_on = {number: each.resumes for number, each in proposals.items() if each.resumes is not None}
    assert went_on == expected
    for number, before in went_on.items():
        assert proposals[number].values == proposals[before].values
        assert proposals[number].epochs == 3 * proposals[before].epochs


def test_hyperband_tells_which_checkpoints_are_still_wanted(tmp_path):
    """While a bracket runs, those that may go on; never one that a later proposal goes on from and is not told."""
    proposals = search(Hyperband).proposals(Space(SPACE, CONFIG), 9, 0, RMSE, tmp_path)
    wanted = set()
    while batch := proposals.next_batch():
        assert {proposal.resumes for proposal in batch} - {None} <= wanted
        proposals.report_scores([score(proposal) for proposal in batch])
        wanted = proposals.open()
        assert len(wanted) <= 9 + 1
    assert wanted == set()


@pytest.mark.parametrize("kind", [Random, Grid, Bayesian])
def test_other_searches_want_none(tmp_path, kind):
    proposals = search(kind).proposals(Space(SPACE, CONFIG), 9, 0, RMSE, tmp_path)
    proposals.report_scores([1.0 for _ in proposals.next_batch()])
    assert proposals.open() == set()


def test_a_space_smaller_than_a_round_is_halved_all_the_same(tmp_path):
    """Four combinations: rounds of 4, of a third of that, and so on; each bracket may begin with all of them."""
    asked = {"model.units": {"type": "int", "low": 4, "high": 7}}
    found = run(Hyperband, tmp_path, asked)
    _, steps = rounds(found)
    assert steps == [(0, 1)] * 4 + [(1, 3)] * 2 + [(3, 9)] + [(0, 3)] * 4 + [(3, 9)] * 2 + [(0, 9)] * 3
    assert search(Hyperband).planned(Space(asked, CONFIG), 9) == len(found) == 16
    values = [proposal.values["model.units"] for proposal, _ in found]
    assert sorted(values[:4]) == sorted(values[7:11]) == [4, 5, 6, 7]
    assert values[6] == 5


@pytest.mark.parametrize("works", [{3}, {3, 7}, set(range(1, 9))])
def test_failures_in_a_first_round_keep_no_bracket_from_its_last(tmp_path, works):
    """One that goes on from a failure fails; the last goes on from one that worked."""
    failed = set(range(9)) - works

    def score_of(each):
        if each.number in failed or each.resumes in failed:
            failed.add(each.number)
            return None
        return score(each)

    found = run(Hyperband, tmp_path, score=score_of)
    assert [proposal.epochs for proposal, _ in found] == [proposal.epochs for proposal, _ in run(Hyperband, tmp_path)]
    assert found[12][1] is not None
    assert found[12][0].resumes not in failed


@pytest.mark.parametrize(
    ("epochs", "factor", "expected"),
    [
        (1, 3, [[(1, 1)]]),
        (2, 3, [[(2, 2)]]),
        (4, 2, [[(4, 1), (2, 2), (1, 4)], [(3, 2), (2, 4)], [(3, 4)]]),
    ],
)
def test_other_budgets(tmp_path, epochs, factor, expected):
    found = run(Hyperband, tmp_path, epochs=epochs, factor=factor)
    order = [epochs for bracket in expected for count, epochs in bracket for _ in range(count)]
    assert [proposal.epochs for proposal, _ in found] == order


@pytest.mark.parametrize(
    ("kind", "settings", "told"),
    [
        (Random, {"max_trials": 0}, "search.max_trials: got 0. Write a whole number from 1 to 100000"),
        (Random, {"max_trials": None}, "search.max_trials: got None. Write a whole number from 1 to 100000"),
        (Grid, {"max_trials": 0}, "search.max_trials: got 0"),
        (Bayesian, {"max_trials": 2.5}, "search.max_trials: got 2.5"),
        (Bayesian, {"max_trials": None}, "search.max_trials: got None"),
        (Hyperband, {"max_trials": -1}, "search.max_trials: got -1"),
        (Random, {"repeats": 0}, "search.repeats: got 0. Write a whole number from 1 to 20"),
        (Random, {"repeats": 21}, "search.repeats: got 21. Write a whole number from 1 to 20"),
        (Random, {"keep": -1}, "search.keep: got -1. Write a whole number from 0 to 100000"),
        (Hyperband, {"factor": 1}, "search.factor: got 1. Write a whole number from 2 to 1000"),
        (Hyperband, {"factor": 2.5}, "search.factor: got 2.5"),
        (Hyperband, {"iterations": 0}, "search.iterations: got 0. Write a whole number from 1 to 1000"),
        (Random, {"workers": 0}, "search.workers: got 0. Write a whole number from 1 to 1024, or null"),
        (Bayesian, {"batch": 0}, "search.batch: got 0. Write a whole number from 1 to 256"),
        (Bayesian, {"initial_points": 0}, "search.initial_points: got 0"),
        (Bayesian, {"alpha": 0}, "search.alpha: got 0. Write a number above 0"),
        (Bayesian, {"alpha": math.nan}, "search.alpha: got nan"),
        (Bayesian, {"beta": math.inf}, "search.beta: got inf"),
        (Bayesian, {"beta": "2"}, "search.beta: got '2'"),
    ],
)
def test_refused(kind, settings, told):
    with pytest.raises(InputError) as error:
        check_arguments("search", kind, settings_of(kind, **settings))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("objective", "text"),
    [
        (
            "val_rsme",
            "search.objective: got 'val_rsme'. Did you mean search.objective=val_rmse? "
            "Write one of: val_weighted_rmse, val_rmse, val_mae, val_root_over_sum, val_hits",
        ),
        ("test_rmse", "search.objective: got 'test_rmse'"),
        ("own_loss", "search.objective: got 'own_loss'"),
        ("val_shown", "search.objective: got 'val_shown'"),
    ],
)
def test_the_objective_is_a_metric_that_may_monitor(objective, text):
    shown = Metric("shown", HITS.function, monitorable=False)
    with pytest.raises(InputError) as error:
        search(Random, objective=objective).objective_of(with_own({"hits": HITS, "shown": shown}))
    assert text in str(error.value)


def test_an_objective_of_ones_own():
    assert search(Random, objective="val_hits").objective_of(with_own({"hits": HITS})) is HITS
    assert search(Random, objective="val_mae").objective_of(with_own({"hits": HITS})) is BUILT_IN.of("val_mae")


@pytest.mark.parametrize("kind", [Random, Grid, Bayesian, Hyperband])
def test_where_higher_is_better_proposals_are_those_of_the_negative(tmp_path, kind):
    def negative(proposal):
        return None if proposal.number in (1, 3) else -score(proposal)

    def positive(proposal):
        return None if proposal.number in (1, 3) else score(proposal)

    higher = run(kind, tmp_path, score=negative, metric=HITS, first=30)
    lower = run(kind, tmp_path, score=positive, first=30)
    assert [proposal.values for proposal, _ in higher] == [proposal.values for proposal, _ in lower]
    assert [proposal.resumes for proposal, _ in higher] == [proposal.resumes for proposal, _ in lower]


def test_keras_tuner_is_imported_only_to_search():
    """Every command would wait for it, and for TensorFlow with it."""
    code = (
        "import sys\n"
        "from harness.search import space\n"
        "from harness.search.oracles import bayesian, grid, hyperband, oracle, random\n"
        "space.Space({'model.units': {'type': 'int', 'low': 1, 'high': 2}}, {'model': {'units': 3}})\n"
        "print(sorted({'keras_tuner', 'tensorflow', 'keras', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
