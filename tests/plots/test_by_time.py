import io

import numpy as np

from harness.plots.by_time import error_at_equal_seconds, learning_curves
from harness.plots.drawing import LIGHT_GREY


def title(figure):
    return " ".join(figure.get_suptitle().split())


def legend(figure):
    return [each.get_text() for each in figure.legends[0].get_texts()]


def test_every_seed_has_a_line_and_a_dot_where_it_is_lowest():
    curves = {
        "a": [np.array([3.0, 1.0, 2.0]), np.array([3.0, 2.0])],
        "b": [np.array([4.0, 3.5])],
        "none": [np.empty(0)],
    }
    figure = learning_curves(curves, "val_rmse", "ppm", lower_is_better=True)
    (axes,) = figure.axes
    assert title(figure) == "a gets lowest: val_rmse 1.5 ppm, in epoch 2"
    a, a_lowest, b, b_lowest = axes.lines
    nan = np.nan
    assert np.array_equal(a.get_ydata(), [3, 1, 2, nan, 3, 2, nan], equal_nan=True)
    assert a.get_xdata().tolist() == [1, 2, 3, 4, 1, 2, 3]
    assert np.array_equal(b.get_ydata(), [4, 3.5, nan], equal_nan=True)
    assert a_lowest.get_xydata().tolist() == [[2, 1], [2, 2]]
    assert b_lowest.get_xydata().tolist() == [[2, 3.5]]
    assert legend(figure) == ["a", "b"]
    assert axes.get_ylabel() == "val_rmse [ppm]"
    figure.savefig(io.BytesIO())


def test_lowest_epochs_that_differ_are_a_range():
    figure = learning_curves({"a": [np.array([2.0, 1.0]), np.array([1.0, 2.0])]}, "val_rmse", "", lower_is_better=True)
    assert title(figure) == "a gets lowest: val_rmse 1, in epochs 1 to 2"


def test_high_first_epochs_leave_the_room_to_the_end():
    figure = learning_curves(
        {"a": [np.array([90.0, 2.0, 1.0])], "b": [np.array([80.0, 2.0, 1.1])]}, "val_rmse", "", lower_is_better=True
    )
    low, high = figure.axes[0].get_ylim()
    assert low < 1 < 1.1 < high < 2


def test_what_is_not_a_number_hides_nothing():
    figure = learning_curves(
        {"a": [np.array([2.0, 1.0, np.nan])], "b": [np.full(3, np.nan)]}, "val_rmse", "", lower_is_better=True
    )
    assert title(figure) == "a gets lowest: val_rmse 1, in epoch 2"
    assert legend(figure) == ["a"]


def test_many_variants_are_grey_but_the_best():
    curves = {f"v{i}": [np.array([50.0, 20.0 - i])] for i in range(20)}
    figure = learning_curves(curves, "val_rmse", "", lower_is_better=True)
    assert legend(figure) == [*(f"v{i}" for i in range(12, 20)), "12 others"]
    assert sum(each.get_color() == LIGHT_GREY for each in figure.axes[0].lines[::2]) == 12


def test_without_curves_the_picture_says_so():
    assert title(learning_curves({"a": [np.empty(0)]}, "val_rmse", "", lower_is_better=True)) == "No curve was kept"
    assert (
        title(error_at_equal_seconds({"a": (np.empty(0), np.empty(0))}, "val_rmse", "", lower_is_better=True))
        == "No curve was kept"
    )


def test_errors_over_seconds_are_the_lowest_so_far():
    curves = {
        "slow": (np.array([4.0, 8.0, 12.0]), np.array([5.0, 2.0, 3.0])),
        "fast": (np.array([1.0, 2.0, 4.0]), np.array([4.0, 3.0, 3.5])),
    }
    figure = error_at_equal_seconds(curves, "val_rmse", "ppm", lower_is_better=True)
    (axes,) = figure.axes
    assert title(figure) == "slow is lowest at the end, fast after 4 s, when the first was done"
    slow, end, fast, _ = axes.lines
    assert (slow.get_xdata().tolist(), slow.get_ydata().tolist()) == ([4, 8, 12], [5, 2, 2])
    assert fast.get_ydata().tolist() == [4, 3, 3]
    assert slow.get_drawstyle() == "steps-post"
    assert (end.get_xdata(), end.get_ydata()) == ([12], [2])
    assert legend(figure) == ["slow", "fast"]
    assert axes.get_xlabel() == "training [s] (dots: done)"
    assert axes.get_ylabel() == "lowest val_rmse so far [ppm]"
    figure.savefig(io.BytesIO())


def test_one_that_leads_all_along():
    curves = {"a": (np.array([1.0, 2.0]), np.array([2.0, 1.0])), "b": (np.array([1.0, 3.0]), np.array([3.0, 2.0]))}
    figure = error_at_equal_seconds(curves, "val_rmse", "", lower_is_better=True)
    assert title(figure) == "a is lowest after 2 s, when the first was done, and at the end"


def test_a_variant_that_is_not_there_yet_does_not_lead():
    curves = {"a": (np.array([1.0]), np.array([2.0])), "late": (np.array([5.0]), np.array([1.0]))}
    figure = error_at_equal_seconds(curves, "val_rmse", "", lower_is_better=True)
    assert title(figure) == "late is lowest at the end, a after 1 s, when the first was done"


def test_where_higher_is_better_the_highest_is_best():
    curves = {"a": [np.array([0.1, 0.9, 0.5])], "b": [np.array([0.2, 0.6, 0.7])]}
    figure = learning_curves(curves, "val_peak", "", lower_is_better=False)
    assert title(figure) == "a gets highest: val_peak 0.9, in epoch 2"
    seconds = {"a": (np.array([1.0, 2.0]), np.array([0.1, 0.9])), "b": (np.array([1.0, 3.0]), np.array([0.3, 0.2]))}
    figure = error_at_equal_seconds(seconds, "val_peak", "", lower_is_better=False)
    assert title(figure) == "a is highest after 2 s, when the first was done, and at the end"
    assert figure.axes[0].get_ylabel() == "highest val_peak so far"
