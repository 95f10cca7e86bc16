import io

import numpy as np
import pytest

from harness.plots.trial import error_by_output, forecasts, learning_curve, weights


def title(figure):
    return figure.get_suptitle()


def curves(axes):
    return {line.get_label(): line.get_ydata() for line in axes.lines}


def drawn(figure):
    """The picture as text of its size, which also proves that it can be drawn."""
    png = io.BytesIO()
    figure.savefig(png)
    width, height = np.frombuffer(png.getvalue()[16:24], dtype=">u4")
    return f"{width}x{height}"


def test_the_learning_curve_names_the_best_epoch():
    figure = learning_curve(np.array([3.0, 2, 1]), np.array([5.0, 4.25, 4.5]), "val_rmse", "ppm", best_epoch=2)
    above, below = figure.axes
    assert title(figure) == "val_rmse is best in epoch 2 of 3: 4.25 ppm"
    assert above.lines[0].get_ydata().tolist() == [3, 2, 1]
    assert below.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert below.lines[0].get_ydata().tolist() == [5, 4.25, 4.5]
    assert below.get_ylabel() == "val_rmse\n[ppm]"
    assert drawn(figure) == "1050x600"


def test_a_single_epoch_can_be_seen():
    figure = learning_curve(np.array([3.0]), np.array([5.0]), "val_rmse", "ppm", best_epoch=1)
    assert figure.axes[0].lines[0].get_marker() == "o"
    assert drawn(figure) == "1050x600"


def test_shared_weights_are_drawn_by_output():
    figure = weights(np.array([1.0, 4.0, 1.0]))
    (axes,) = figure.axes
    assert title(figure) == "Output 1 counts most: 4 against a mean of 2"
    assert axes.patches[-1].get_data().values.tolist() == [1, 4, 1]
    assert axes.get_ylim()[0] == 0
    assert drawn(figure) == "1050x600"


def test_per_sample_weights_are_drawn_by_output_and_by_sample():
    figure = weights(np.array([[1.0, 3.0], [5.0, 7.0], [0.0, 2.0]]))
    by_output, by_sample = figure.axes
    assert title(figure) == "Sample 1 counts most: 6 against a mean of 3"
    assert by_output.patches[-1].get_data().values.tolist() == [2, 4]
    assert by_sample.lines[0].get_ydata().tolist() == [2, 6, 1]
    assert by_sample.get_ylim()[1] > 6
    assert drawn(figure) == "1050x600"


@pytest.mark.parametrize(("values", "kind"), [(np.full(3, 0.1), "output"), (np.full((4, 3), 0.1), "sample")])
def test_weights_that_are_all_alike_are_said_to_be(values, kind):
    assert title(weights(values)) == f"Every {kind} counts alike"


def test_the_error_is_drawn_with_every_baseline():
    baselines = {f"naive_{i}": np.array([1.0, 3.0, 2.0]) + i for i in range(4)}
    figure = error_by_output(np.array([2.0, 2.0, 1.0]), baselines, "ppm")
    (axes,) = figure.axes
    assert title(figure) == "The network beats every baseline at 2 of 3 outputs"
    assert list(curves(axes)) == ["network", "naive 0", "naive 1", "naive 2", "naive 3"]
    assert curves(axes)["naive 3"].tolist() == [4, 6, 5]
    assert axes.get_ylabel() == "test RMSE [ppm]"
    assert drawn(figure) == "1050x600"


def test_the_error_without_baselines_and_without_a_unit():
    figure = error_by_output(np.array([2.0, 0.5]), {}, "")
    assert title(figure) == "Test RMSE is 0.5 to 2"
    assert figure.axes[0].get_ylabel() == "test RMSE"


def test_the_legend_does_not_cover_the_data():
    figure = error_by_output(np.arange(9.0), {"persistence": np.arange(9.0)}, "ppm")
    drawn(figure)
    assert figure.legends[0].get_window_extent().ymax < figure.axes[0].get_window_extent().ymin


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_forecasts_show_history_truth_and_forecast_of_each_window(count):
    history = np.arange(5.0 * count).reshape(count, 5)
    y_true, y_pred = np.zeros((count, 3)), np.full((count, 3), 2.0)
    figure = forecasts(history, y_true, y_pred, np.arange(count) + 70, "ppm")
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert len(panels) == count
    assert curves(panels[-1])["history"].tolist() == history[-1].tolist()
    assert panels[-1].lines[0].get_xdata().tolist() == [-5, -4, -3, -2, -1]
    assert curves(panels[-1])["truth"].tolist() == [0, 0, 0]
    assert curves(panels[-1])["forecast"].tolist() == [2, 2, 2]
    assert panels[-1].get_title() == f"sample {69 + count}: RMSE 2 ppm"
    assert drawn(figure) == "1050x600"


def test_forecasts_without_history():
    figure = forecasts(None, np.zeros((2, 3)), np.ones((2, 3)), np.array([0, 9]), "")
    assert list(curves(figure.axes[0])) == ["truth", "forecast"]
    assert title(figure) == "Forecast against truth: RMSE 1 to 1"
