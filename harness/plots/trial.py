"""The pictures of one trial: arrays in, a matplotlib Figure out; nothing is written or shown."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.plots.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    OUTPUT,
    PINK,
    in_unit,
    legend,
    line,
    new_figure,
    whole_numbers,
    windows,
)
from harness.plots.margins import Margins

BASELINE_STYLES = ((GREEN, "--"), (PINK, "-."), (ORANGE, ":"))


def learning_curve(own_loss: np.ndarray, monitor: np.ndarray, name: str, unit: str, best_epoch: int) -> Figure:
    """The training loss above, the monitored metric below, over one axis of epochs.

    own_loss, monitor: [epochs], the first is epoch 1; name: the monitor's; unit: the monitor's;
    best_epoch: the epoch of the kept checkpoint, counted from 1.
    """
    epochs = np.arange(1, len(own_loss) + 1)
    best = monitor[best_epoch - 1]
    figure = _figure(f"{name} is best in epoch {best_epoch} of {len(own_loss)}: {best:.4g} {unit}".strip())
    above, below = figure.subplots(2, 1, sharex=True)
    for axes, values, colour in ((above, own_loss, GREY), (below, monitor, BLUE)):
        # A curve of one epoch has no line: without a marker it would be an empty picture.
        axes.plot(epochs, values, color=colour, marker="o", markersize=3)
        axes.axvline(best_epoch, color=ORANGE, linewidth=1, linestyle="--")
        axes.grid(axis="y", alpha=0.3)
    below.plot(best_epoch, best, "o", color=ORANGE)
    above.set_ylabel("training loss\n(the variant's own)")
    below.set_ylabel(in_unit(f"{name}\n", unit))
    below.set_xlabel("epoch (dashed: the one that is kept)")
    below.set_xlim(0.5, len(epochs) + 0.5)
    whole_numbers(below.xaxis)
    return figure


def weights(weights: np.ndarray) -> Figure:
    """What each output counts, and for per-sample weights what each sample counts too.

    weights: [outputs] or [n, outputs], the samples in time order.
    """
    if weights.ndim == 1:
        title = _weights_title(weights, "output")
        figure = _figure(title)
        left = figure.subplots()
        left.stairs(weights, np.arange(len(weights) + 1) - 0.5, color=BLUE, alpha=0.25, fill=True)
        _steps(left, weights)
    else:
        by_output, by_sample = weights.mean(axis=0), weights.mean(axis=1)
        title = _weights_title(by_sample, "sample")
        figure = _figure(title)
        left, right = figure.subplots(1, 2, sharey=True)
        low, high = np.percentile(weights, (10, 90), axis=0)
        left.stairs(high, np.arange(len(high) + 1) - 0.5, baseline=low, color=BLUE, alpha=0.25, fill=True)
        _steps(left, by_output)
        left.set_title("mean over samples; band: 10 to 90 % of them", fontsize="small")
        low, high = np.percentile(weights, (10, 90), axis=1)
        samples = np.arange(len(weights))
        right.fill_between(samples, low, high, color=ORANGE, alpha=0.25, linewidth=0)
        right.plot(samples, by_sample, color=ORANGE, linewidth=1)
        right.set_title("mean over outputs; band: 10 to 90 % of them", fontsize="small")
        right.set_xlabel("sample (oldest first)")
    left.set_xlabel(OUTPUT)
    left.set_ylabel("weight")
    left.set_ylim(bottom=0)
    return figure


def error_by_output(rmse: np.ndarray, baselines: Mapping[str, np.ndarray], unit: str) -> Figure:
    """RMSE at each output, of the network and of each naive baseline.

    rmse: [outputs]; baselines: by name, [outputs] each, may be empty; unit: the target's.
    """
    if baselines:
        best = np.min(list(baselines.values()), axis=0)
        title = f"The network beats every baseline at {np.sum(rmse < best)} of {len(rmse)} outputs"
    else:
        title = f"Test RMSE is {rmse.min():.3g} to {rmse.max():.3g} {unit}".strip()
    figure = _figure(title)
    axes = figure.subplots()
    line(axes, rmse, color=BLUE, linewidth=2.2, label="network", zorder=3)
    for i, (name, values) in enumerate(baselines.items()):
        colour, dash = BASELINE_STYLES[i % len(BASELINE_STYLES)]
        line(axes, values, color=colour, linestyle=dash, label=name.replace("_", " "))
    axes.grid(axis="y", alpha=0.3)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(OUTPUT)
    axes.set_ylabel(in_unit("test RMSE ", unit))
    legend(figure)
    return figure


def forecasts(past: np.ndarray | None, y_true: np.ndarray, y_pred: np.ndarray, index: np.ndarray, unit: str) -> Figure:
    """Some windows: the target's history, the truth and the forecast; one panel a window.

    past: the history, [k, lookback], or None where the data holds none; y_true, y_pred: [k, outputs]; index: [k], each
    sample's place in its source; unit: the target's. Four windows fill the picture well.
    """
    rmse = np.sqrt(np.mean((y_true - y_pred) ** 2, axis=1))
    figure = _figure(f"Forecast against truth: RMSE {rmse.min():.3g} to {rmse.max():.3g} {unit}".strip())
    titles = [f"sample {i}: RMSE {error:.3g} {unit}".strip() for i, error in zip(index, rmse, strict=True)]
    style = {"color": ORANGE, "linewidth": 1.6, "linestyle": "--"}
    windows(figure, y_true, {"forecast": (y_pred, style)}, titles, unit, past)
    return figure


def search(scores: np.ndarray, name: str, unit: str, *, lower_is_better: bool) -> Figure:
    """The objective of every tuner trial, and the best so far.

    scores: [tuner trials], NaN where one failed; name: the objective's; unit: the objective's.
    """
    number, failed = np.arange(len(scores)), np.isnan(scores)
    best, place = (np.fmin, np.nanargmin) if lower_is_better else (np.fmax, np.nanargmax)
    winner = int(place(scores))
    figure = _figure(f"The best of {len(scores)} is tuner trial {winner}: {scores[winner]:.4g} {unit}".strip())
    axes = figure.subplots()
    axes.plot(number[~failed], scores[~failed], "o", color=BLUE, label="tuner trial")
    axes.step(number, best.accumulate(scores), where="post", color=ORANGE, label="best so far")
    if failed.any():
        worst = np.nanmax(scores) if lower_is_better else np.nanmin(scores)
        axes.plot(number[failed], np.full(failed.sum(), worst), "x", color=BLACK, label="failed")
    axes.grid(axis="y", alpha=0.3)
    axes.set_xlabel("tuner trial")
    axes.set_ylabel(in_unit(f"{name} ", unit))
    whole_numbers(axes.xaxis)
    legend(figure)
    return figure


def _figure(title: str) -> Figure:
    return new_figure(title, layout=Margins())


def _steps(axes: Axes, weights: np.ndarray) -> None:
    axes.stairs(weights, np.arange(len(weights) + 1) - 0.5, baseline=None, color=BLUE, linewidth=1.5)


def _weights_title(weights: np.ndarray, kind: str) -> str:
    if np.allclose(weights, weights[0]):
        return f"Every {kind} counts alike"
    most = f"{kind.capitalize()} {weights.argmax()} counts most"
    return f"{most}: {weights.max():.3g} against a mean of {weights.mean():.3g}"
