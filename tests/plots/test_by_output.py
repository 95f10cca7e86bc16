import io

import numpy as np

from harness.plots.by_output import error_by_output, forecasts, weights_and_effect
from harness.plots.drawing import BLACK, LIGHT_GREY


def title(figure):
    return " ".join(figure.get_suptitle().split())


def legend(figure):
    return [each.get_text() for each in figure.legends[0].get_texts()]


def bands(axes):
    """Lowest and highest at each output."""
    for each in axes.collections:
        vertices = each.get_paths()[0].vertices
        outputs = np.unique(vertices[:, 0])
        yield [(vertices[vertices[:, 0] == i, 1].min(), vertices[vertices[:, 0] == i, 1].max()) for i in outputs]


ERRORS = {"uniform": np.array([[2.0, 2.0, 2.0]]), "ramp": np.array([[3.0, 1.0, 0.5], [5.0, 2.0, 0.7]])}


def test_errors_are_means_over_seeds_above_and_differences_below():
    figure = error_by_output(ERRORS, "ppm", "uniform")
    above, below = figure.axes
    assert title(figure) == "ramp lies below uniform at 2 of 3 outputs"
    assert [each.get_ydata().tolist() for each in above.lines] == [[4, 1.5, 0.6], [2, 2, 2]]
    assert above.lines[1].get_color() == BLACK
    difference, zero = below.lines
    np.testing.assert_allclose(difference.get_ydata(), [2, -0.5, -1.4])
    assert zero.get_ydata() == [0, 0]
    assert list(bands(above)) == [[(3, 5), (1, 2), (0.5, 0.7)]]
    np.testing.assert_allclose(list(bands(below)), [[(1, 3), (-1, 0), (-1.5, -1.3)]])
    assert above.get_ylabel() == "test RMSE [ppm]"
    assert below.get_ylabel() == "difference to the black line\n[ppm]"
    assert sorted(legend(figure)) == ["ramp", "uniform"]
    figure.savefig(io.BytesIO())


def test_errors_without_a_reference_are_one_panel():
    figure = error_by_output(ERRORS, "", None)
    (axes,) = figure.axes
    assert title(figure) == "uniform has the lowest mean, and is lowest at 1 of 3 outputs"
    assert axes.get_ylabel() == "test RMSE"
    assert title(error_by_output({"only": np.array([[1.0, 3.0]])}, "", None)) == "only: test RMSE is 1 to 3"


def test_a_single_output_can_be_seen():
    figure = error_by_output({"a": np.array([[1.0]]), "b": np.array([[2.0]])}, "", "a")
    assert [each.get_marker() for each in figure.axes[0].lines] == ["o", "o"]


def test_many_variants_are_grey_but_the_best_and_the_reference():
    errors = {f"v{i}": np.full((2, 4), 20.0 - i) for i in range(20)}
    figure = error_by_output(errors, "", "v0")
    assert legend(figure) == [*(f"v{i}" for i in range(12, 20)), "v0", "11 others"]
    assert sum(each.get_color() == LIGHT_GREY for each in figure.axes[0].lines) == 11
    assert not figure.axes[0].collections


RAMP, FLIP = np.array([0.5, 1.0, 1.5]), np.array([1.5, 1.0, 0.5])
WEIGHTS = {"mse ramp": RAMP, "rmse ramp": RAMP, "mse flip": FLIP}
CHANGE = {
    "mse ramp": np.array([[2.0, 0.0, -4.0], [4.0, 0.0, -2.0]]),
    "rmse ramp": np.array([[1.0, 1.0, 5.0]]),
    "mse flip": np.array([[-1.0, 0.0, 1.0]]),
}


def test_each_set_of_weights_has_a_column():
    figure = weights_and_effect(WEIGHTS, CHANGE)
    ramp, flip, ramp_change, flip_change = figure.axes
    assert title(figure) == "2 of 3 variants gain more where their weights are above average than elsewhere"
    assert [each.get_title() for each in (ramp, flip)] == ["ramp", "flip"]
    assert ramp.patches[0].get_data().values.tolist() == RAMP.tolist()
    assert flip.patches[0].get_data().values.tolist() == FLIP.tolist()
    assert [each.get_ydata().tolist() for each in ramp_change.lines[1:]] == [[3, 0, -3], [1, 1, 5]]
    assert list(bands(ramp_change)) == [[(2, 4), (0, 0), (-4, -2)]]
    assert flip_change.lines[1].get_color() == ramp_change.lines[1].get_color()
    assert legend(figure) == ["mse", "rmse"]
    assert ramp_change.get_ylabel() == "change of test RMSE [%]"
    assert ramp.get_ylim()[1] > 1.5
    figure.savefig(io.BytesIO())


def test_a_single_weighted_variant_keeps_its_name():
    figure = weights_and_effect({"mse ramp": RAMP}, {"mse ramp": CHANGE["mse ramp"]})
    assert figure.axes[0].get_title() == "mse ramp"
    assert legend(figure) == ["mse ramp"]


def test_a_fourth_set_of_weights_begins_a_new_row():
    weights = {f"mse {name}": np.arange(3.0) + i for i, name in enumerate("abcd")}
    figure = weights_and_effect(weights, {name: np.ones((1, 3)) for name in weights})
    shown = [axes.get_title() for axes in figure.axes if axes.get_visible()]
    assert len(shown) == 8
    assert [each for each in shown if each] == ["a", "b", "c", "d"]


def test_a_large_change_does_not_hide_small_ones():
    figure = weights_and_effect({"a": RAMP}, {"a": np.array([[900.0, 1.0, -5.0]])})
    assert figure.axes[1].get_yscale() == "symlog"


def test_forecasts_are_beside_the_truth_in_every_window():
    truth = np.zeros((2, 3))
    figure = forecasts(None, truth, {"best": truth + 1, "worst": truth - 3}, "ppm")
    first, second = figure.axes
    assert title(figure) == "RMSE in these windows: best 1, worst 3 ppm"
    assert {each.get_label(): each.get_ydata().tolist() for each in second.lines} == {
        "truth": [0, 0, 0],
        "best": [1, 1, 1],
        "worst": [-3, -3, -3],
    }
    assert first.get_title() == "window 1: RMSE 1, 3 ppm"
    assert legend(figure) == ["truth", "best", "worst"]
    figure.savefig(io.BytesIO())


def test_forecasts_with_their_history():
    figure = forecasts(np.ones((1, 4)), np.zeros((1, 3)), {"a": np.ones((1, 3))}, "")
    assert figure.axes[0].lines[0].get_xdata().tolist() == [-4, -3, -2, -1]
