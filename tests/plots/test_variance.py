import numpy as np

from harness.plots.variance import shares


def test_a_bar_a_part_from_the_top():
    figure = shares(["loss", "seed", "variant × seed"], [0.2, 0.795, 0.005], [True, False, False], "$5 matters most")
    axes = figure.axes[0]
    assert [round(bar.get_width(), 6) for bar in axes.patches] == [20, 79.5, 0.5]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["loss", "seed", "variant × seed"]
    assert axes.yaxis_inverted()
    assert [text.get_text() for text in axes.texts] == ["20 %", "80 %", "0 %"]
    colours = [bar.get_facecolor() for bar in axes.patches]
    assert colours[0] != colours[1] == colours[2]
    assert np.isfinite(figure.get_size_inches()).all()
