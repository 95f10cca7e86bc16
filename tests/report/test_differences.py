import numpy as np
import pytest
from report_settings import asked
from test_results import kept

from harness.metrics import BUILT_IN
from harness.report.criterion import Criterion
from harness.report.family import compare_all
from harness.report.results import results_of
from harness.report.sections.differences import differences

CRITERION = Criterion("test_weighted_rmse", BUILT_IN, "ppm")


def section(folder, scores, **settings):
    """scores: {loss: {seed: score}}, the reference first."""
    runs = [kept(folder, loss=loss, seed=s, score=v) for loss, each in scores.items() for s, v in each.items()]
    (found,) = results = results_of(runs, [])
    (compared,) = compare_all(results, asked(**settings))
    return differences(found, CRITERION, compared, asked(**settings), np.random.default_rng(0))


def test_a_difference_is_that_of_the_pairs_in_the_unit_and_in_percent_of_the_reference(tmp_path):
    told = section(tmp_path, {"a": {0: 2.0, 1: 2.5, 2: 1.5}, "b": {0: 1.0, 1: 1.51, 2: 0.49}})
    table = told.tables[0]
    row = dict(zip(table.columns, table.rows[0], strict=True))
    # -1, -0.99 and -1.01 around a reference's mean of 2.
    assert (row["variant"], row["difference"], row["in %"]) == ("b", pytest.approx(-1.0), pytest.approx(-50.0))
    assert any(sentence.startswith("b is better than a by 50 % (corrected p = ") for sentence in told.sentences)
    assert [picture.name for picture in told.pictures] == ["differences"]


def test_where_no_difference_is_found_none_is_claimed_and_none_ruled_out(tmp_path):
    told = section(tmp_path, {"a": {0: 2.0, 1: 2.5, 2: 1.5}, "b": {0: 2.5, 1: 2.0, 2: 1.5}})
    assert (
        "1 of 1 cannot be distinguished from a with 3 seeds: no difference is claimed, and none is ruled out."
        in told.sentences
    )


def test_seeds_that_a_variant_lacks_are_left_out_and_counted(tmp_path):
    told = section(tmp_path, {"a": {0: 2.0, 1: 2.5, 2: 1.5}, "b": {0: 1.0, 1: 1.5}})
    assert told.sentences[0] == "Seeds missing in some variants: 1; the pairs are those of seeds 0, 1."


def test_one_variant_has_nothing_to_be_compared_with(tmp_path):
    told = section(tmp_path, {"a": {0: 2.0, 1: 2.5}})
    assert (told.sentences, list(told.tables)) == (["There is one variant: nothing to compare it with."], [])
