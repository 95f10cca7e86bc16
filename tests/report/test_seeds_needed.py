from report_settings import asked
from test_results import kept

from harness.metrics import BUILT_IN
from harness.report.criterion import Criterion
from harness.report.family import compare_all
from harness.report.results import results_of
from harness.report.sections.seeds_needed import seeds_needed

CRITERION = Criterion("test_weighted_rmse", BUILT_IN, "ppm")


def planned(found):
    return seeds_needed(found[0], CRITERION, compare_all(found, asked())[0], asked())


def test_one_objective_under_two_names_wins_whatever_is_left_out(tmp_path):
    """The two take turns at the lowest score, by what rounding leaves; no reader cares which."""
    scores = {"a": (1.0, 1.2, 1.4), "b": (1.0 - 3e-8, 1.2 + 3e-8, 1.4 - 3e-8), "c": (1.3, 1.1, 1.5)}
    runs = [
        kept(tmp_path, loss=loss, seed=i, score=score) for loss, each in scores.items() for i, score in enumerate(each)
    ]
    said = planned(results_of(runs, [])).sentences
    assert "a stays the winner whatever is left out." in said


def test_a_winner_by_one_seed_is_told(tmp_path):
    scores = {"a": (1.0, 1.2, 1.4), "b": (1.1, 1.3, 1.1)}
    runs = [
        kept(tmp_path, loss=loss, seed=i, score=score) for loss, each in scores.items() for i, score in enumerate(each)
    ]
    said = planned(results_of(runs, [])).sentences
    assert "b wins, but not without seed 2." in said
