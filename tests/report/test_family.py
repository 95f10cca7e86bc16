"""One correction over all comparisons of a report."""

import numpy as np
import pytest
from report_settings import asked
from scipy import stats
from statsmodels.stats.multitest import multipletests
from test_results import kept

from harness.metrics import BUILT_IN
from harness.report.criterion import Criterion
from harness.report.family import compare_all
from harness.report.results import results_of
from harness.report.sections.differences import differences
from harness.report.sections.seeds_needed import seeds_needed
from harness.statistics.shaffer import shaffer

SEEDS = range(4)
CRITERION = Criterion("test_weighted_rmse", BUILT_IN, "ppm")


def runs_of(folder, data, losses, seeds=SEEDS):
    rng = np.random.default_rng(len(data))
    return [
        kept(folder, loss=loss, seed=seed, score=1 + 0.2 * place + 0.1 * rng.normal(), data_hash=data, data=data)
        for place, loss in enumerate(losses)
        for seed in seeds
    ]


@pytest.fixture
def found(tmp_path):
    """Two data sets, in the second of which two variants share no seed with the others: three groups, five claims."""
    runs = runs_of(tmp_path, "one", "abc") + runs_of(tmp_path, "second", "abc")
    return results_of(runs + runs_of(tmp_path, "second", "de", range(10, 14)), [])


def test_all_p_values_of_the_report_are_corrected_at_once(found):
    """The family is three data sets' worth of pairs: p from scipy, corrected by statsmodels."""
    compared = [each for part in compare_all(found, asked()) for each in part]
    assert [len(each.group.others) for each in compared] == [2, 2, 1]
    p = []
    for each in compared:
        scores = each.group.scores("test_weighted_rmse")
        p += [stats.ttest_rel(scores[:, i], scores[:, 0]).pvalue for i in range(1, scores.shape[1])]
    expected = multipletests(p, method="holm")[1]
    assert np.concatenate([each.corrected for each in compared]) == pytest.approx(expected)
    assert {each.family for each in compared} == {5}


def test_the_captions_say_so(found):
    compared = compare_all(found, asked())
    section = differences(found[1], CRITERION, compared[1], asked(), np.random.default_rng(0))
    captions = [each.caption for each in section.tables if each.name.startswith("differences")]
    assert len(captions) == 2
    told = "corrected by Holm for all 5 comparisons of this report, over all its data sets and groups of variants."
    assert all(told in each for each in captions)
    plan = seeds_needed(found[0], CRITERION, compared[0], asked()).tables[0]
    assert "corrected for the 5 comparisons of this report" in plan.caption


@pytest.mark.parametrize(("seeds", "told"), [(4, "p is Student's"), (6, "the largest of Student's and of Hall's")])
def test_the_caption_says_what_the_level_rests_on(tmp_path, seeds, told):
    found = results_of(runs_of(tmp_path, "one", "ab", range(seeds)), [])
    (compared,) = compare_all(found, asked())
    section = differences(found[0], CRITERION, compared, asked(), np.random.default_rng(0))
    assert told in section.tables[0].caption


def test_groups_of_one_seed_count_for_nothing(tmp_path):
    runs = runs_of(tmp_path, "one", "ab") + runs_of(tmp_path, "second", "ab", [0])
    first, second = (part[0] for part in compare_all(results_of(runs, []), asked()))
    assert first.family == second.family == 1
    assert second.refused.startswith("seed: got one seed")
    assert (list(second.comparisons), second.corrected.shape) == ([], (0,))


def test_with_a_margin_differences_and_equivalences_are_corrected_together(found):
    compared = [each for part in compare_all(found, asked(margin=0.3)) for each in part]
    every = [comparison for each in compared for comparison in each.comparisons]
    expected = shaffer(np.array([(each.p_value, each.p_equivalent) for each in every]))
    assert np.concatenate([each.corrected for each in compared]) == pytest.approx(expected[:, 0])
    assert np.concatenate([each.equivalent for each in compared]) == pytest.approx(expected[:, 1])


def test_what_is_equivalent_and_what_is_open_is_said(tmp_path):
    """Differences of 0.1 % and of 30 % that vary by nothing to speak of, and one that varies much."""
    seeds, wide = range(5), [0.7, 1.4, 0.6, 1.3, 1.1]
    scores = {"a": [1.0] * 5, "b": [1.001, 1.0011, 1.0009, 1.001, 1.001], "c": [1.3, 1.31, 1.29, 1.3, 1.3], "d": wide}
    runs = [
        kept(tmp_path, loss=loss, seed=seed, score=values[seed], data_hash="one", data="one")
        for loss, values in scores.items()
        for seed in seeds
    ]
    results = results_of(runs, [])
    (compared,) = compare_all(results, asked(margin=0.01))
    section = differences(results[0], CRITERION, compared, asked(margin=0.01), np.random.default_rng(0))
    sentences = " ".join(section.sentences)
    assert "b is worse than a by 0.1 %" in sentences
    assert "Equivalent to a within 1 %: b." in sentences
    assert "c is worse than a by 30 %" in sentences
    assert (
        "1 of 3 cannot be distinguished from a with 5 seeds: no difference is claimed, and one of 1 % or more"
        in sentences
    )
    table = section.tables[0]
    assert table.columns[-2:] == ["p, corrected", "p, equivalent within 1 %"]
    assert "corrected by Shaffer's procedure" in table.caption
