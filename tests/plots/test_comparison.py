import io

import numpy as np
import pytest
from matplotlib.colors import to_hex

from harness.plots.comparison import critical_difference, cross_table, differences, seed_scatter
from harness.plots.drawing import BLUE, GREY, ORANGE

LONG = "a_rather_long_loss front_loaded rescale_weights=True model.units=128 model.layers=2 $x$ <y>"


def title(figure):
    return " ".join(figure.get_suptitle().split())


def rows(figure):
    return [each.get_text() for each in figure.axes[0].get_yticklabels()]


def legend(figure):
    return [each.get_text() for each in figure.legends[0].get_texts()]


def texts(figure):
    for axes in figure.axes:
        labels = [*axes.get_xticklabels(), *axes.get_yticklabels(), axes.xaxis.label, axes.yaxis.label]
        yield from (each for each in [*labels, *axes.texts, axes.title] if each.get_text() and each.get_visible())
    yield from (each for each in figure.texts if each.get_text())
    yield from (each for drawn in figure.legends for each in drawn.get_texts())


def stays_inside(figure):
    figure.savefig(io.BytesIO())
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(drawn.min) >= -0.01
    assert drawn.x1 <= width + 0.01
    assert drawn.y1 <= height + 0.01


def test_seeds_are_joined_and_the_lowest_mean_is_on_top():
    scores = {"worse": {0: 3.0, 1: 4.0}, "best": {0: 1.0, 1: 2.0}, "one": {1: 3.0}}
    figure = seed_scatter(scores, "test_mae", "ppm", ("persistence", 4.5), lower_is_better=True)
    axes = figure.axes[0]
    assert title(figure) == "Lowest on average: best, 1.5 ppm"
    assert rows(figure) == ["best", "one", "worse"]
    assert axes.get_ylim() == (2.5, -0.5)
    seed_0, seed_1, means, baseline = axes.lines
    assert np.array_equal(seed_0.get_xdata(), [1, np.nan, 3], equal_nan=True)
    assert seed_1.get_xdata().tolist() == [2, 3, 4]
    assert means.get_xdata().tolist() == [1.5, 3, 3.5]
    assert baseline.get_xdata() == [4.5, 4.5]
    assert legend(figure) == ["seed 0", "seed 1", "mean", "best baseline: persistence, 4.5 ppm"]
    assert axes.get_xlabel() == "test_mae, lower is better [ppm]"
    stays_inside(figure)


def test_a_baseline_far_out_is_told_and_not_drawn():
    figure = seed_scatter({"a": {0: 1.0}, "b": {0: 1.1}}, "test_mae", "", ("persistence", 9.0), lower_is_better=True)
    assert legend(figure)[-1] == "best baseline: persistence, 9, off to the right"
    assert figure.axes[0].get_xlim()[1] < 2
    stays_inside(figure)


def test_many_seeds_are_one_entry_of_the_legend():
    figure = seed_scatter({"a": dict.fromkeys(range(30), 1.0)}, "test_mae", "", None, lower_is_better=True)
    assert legend(figure) == ["30 seeds", "mean"]
    assert len(figure.axes[0].lines) == 31


def test_a_variant_far_off_does_not_hide_the_others():
    figure = seed_scatter(
        {"a": {0: 1.0}, "b": {0: 1.1}, "diverged": {0: 90.0}}, "test_mae", "", None, lower_is_better=True
    )
    assert figure.axes[0].get_xscale() == "log"


@pytest.mark.parametrize("count", [1, 20])
def test_pictures_of_rows_grow_and_keep_long_names(count):
    names = [f"{LONG} {i}" for i in range(count)]
    scores = {name: {0: 1.0 + i, 1: 2.0 + i} for i, name in enumerate(names)}
    scatter = seed_scatter(scores, "test_mae", "ppm", (LONG, 1.5), lower_is_better=True)
    values = np.arange(count, dtype=float)
    forest = differences(names, values, values - 1, values + 1, "%", LONG, lower_is_better=True)
    crossed = cross_table(values[:, None] + np.arange(1.0, 6), names, [f"scheme_{i}" * 3 for i in range(5)])
    ranks = critical_difference(dict(zip(names, 1 + values, strict=True)), [names])
    for figure in (scatter, forest, crossed, ranks):
        shown = [each.get_text().replace(r"\$", "$") for each in texts(figure)]
        assert all(any(name in text for text in shown) for name in names)
        stays_inside(figure)
        assert figure.get_figheight() / count > 0.15


def test_intervals_that_leave_out_zero_are_filled():
    means, lows, highs = np.array([1.0, -2.0, 0.5]), np.array([0.5, -3.0, -1.0]), np.array([1.5, -1.0, 2.0])
    figure = differences(["worse", "better", "open"], means, lows, highs, "%", "uniform", lower_is_better=True)
    axes = figure.axes[0]
    assert title(figure) == "Against uniform: 1 of 3 intervals lie below 0, 1 above, 1 cross it"
    assert rows(figure) == ["better", "open", "worse"]
    zero, *drawn = axes.lines
    assert zero.get_xdata() == [0, 0]
    assert [each.get_xdata().tolist() if i % 2 else list(each.get_xdata()) for i, each in enumerate(drawn)] == [
        [-3, -1],
        [-2],
        [-1, 2],
        [0.5],
        [0.5, 1.5],
        [1],
    ]
    assert [to_hex(each.get_color()).upper() for each in drawn[1::2]] == [BLUE, GREY, ORANGE]
    assert [each.get_markerfacecolor() for each in drawn[1::2]] == [BLUE, "white", ORANGE]
    assert axes.get_xlabel() == "difference, left of 0 is better [%]"
    stays_inside(figure)


def test_where_higher_is_better_the_highest_is_on_top_and_the_right_is_better():
    figure = seed_scatter({"low": {0: 0.2}, "high": {0: 0.8}}, "test_peak", "", None, lower_is_better=False)
    assert title(figure) == "Highest on average: high, 0.8"
    assert rows(figure) == ["high", "low"]
    assert figure.axes[0].get_xlabel() == "test_peak, higher is better"

    means, lows, highs = np.array([1.0, -2.0]), np.array([0.5, -3.0]), np.array([1.5, -1.0])
    figure = differences(["better", "worse"], means, lows, highs, "%", "uniform", lower_is_better=False)
    assert rows(figure) == ["better", "worse"]
    assert [to_hex(each.get_color()).upper() for each in figure.axes[0].lines[2::2]] == [BLUE, ORANGE]
    assert figure.axes[0].get_xlabel() == "difference, right of 0 is better [%]"


def test_the_cross_table_is_in_per_cent_above_the_best_of_a_column():
    scores = np.array([[1.0, 4.0], [1.5, 2.0], [2.0, 5.0]])
    figure = cross_table(scores, ["a", "b", "none"], ["ramp", "flat"], [0, 1, None])
    axes = figure.axes[0]
    assert title(figure) == "Under 2 of 2 schemes the best was trained under these weights"
    assert axes.images[0].get_array().tolist() == [[0, 100], [50, 0], [100, 150]]
    assert [each.get_text() for each in axes.texts] == ["0.0", "100", "50.0", "0.0", "100", "150"]
    frames = [(round(each.get_x() + each.get_width() / 2), round(each.get_y() + 0.42)) for each in axes.patches]
    assert frames == [(0, 0), (1, 1)]
    assert [each.get_text() for each in axes.get_xticklabels()] == ["ramp", "flat"]
    stays_inside(figure)


def test_a_cross_table_that_the_weights_do_not_win():
    figure = cross_table(np.array([[1.0, 1.0], [1.5, 2.0]]), ["a", "b"], ["ramp", "flat"], [0, 1])
    assert title(figure).startswith("Under 1 of 2 schemes")


def test_ranks_are_joined_where_they_cannot_be_told_apart():
    ranks = {"third": 2.9, "first": 1.25, "second": 1.85}
    figure = critical_difference(ranks, [["first", "second"], ["third"]])
    axes = figure.axes[0]
    assert title(figure) == "first ranks best; a bar joins what cannot be distinguished"
    bar, *names = axes.lines
    assert bar.get_xdata() == pytest.approx([1.21, 1.89])
    assert [each.get_xdata()[0] for each in names] == [1.25, 1.85, 2.9]
    assert [each.get_text() for each in axes.texts] == [
        "first  1.25",
        "second  1.85",
        "2.90  third",
    ]
    assert axes.get_xlim() == (1, 3)
    stays_inside(figure)
