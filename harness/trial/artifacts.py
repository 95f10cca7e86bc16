"""The files of a trial's run: its config, what a report is made from, and its pictures."""

from pathlib import Path

import numpy as np
import yaml

from harness.config.build import Parts
from harness.training.history import History
from harness.trial.by_series import write_by_series
from harness.trial.evaluation import NETWORK, Result
from harness.trial.inputs import Inputs
from harness.trial.origin import write_origin

# As `yaml.safe_dump`, faster where PyYAML was built with libyaml, as its wheels are.
FAST_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def write_artifacts(folder: Path, parts: Parts, inputs: Inputs, history: History, result: Result) -> None:
    """config.yaml, what the run was made with, the arrays that a report is made from, and the pictures of a trial."""
    from harness.plots import trial as figures
    from harness.plots.drawing import write_picture

    data, test = inputs.data, inputs.data.test
    # In float64: a level far above the errors leaves float32 no digits for them.
    arrays = {"forecast": result.forecast, "truth": test.truth, "evaluation_weights": inputs.evaluation["test"]}
    if inputs.own_on_test is not None:
        arrays["own_weights"] = inputs.own_on_test
    np.savez(folder / "test.npz", allow_pickle=False, **arrays, series=test.series)
    if result.by_series:
        write_by_series(folder / "by_series.csv", result.by_series)
    rows, y_true, y_pred = result.batch
    np.savez(folder / "batch.npz", rows=rows, y_true=y_true, y_pred=y_pred)
    (folder / "config.yaml").write_text(yaml.dump(dict(parts.config), Dumper=FAST_DUMPER, sort_keys=False))
    write_origin(folder, parts.config, parts.words)
    np.save(folder / "weights.npy", inputs.weights)
    some = np.unique(np.linspace(0, len(test.y) - 1, 4).astype(int))
    past = None if data.target is None else test.x[some, :, data.target]
    monitor = np.array(history.monitor)
    naive = dict(result.by_output)
    network = naive.pop(NETWORK)
    pictures = {
        "learning_curve": figures.learning_curve(
            np.array(history.own_loss), monitor, parts.training.monitor, data.unit, history.best_epoch
        ),
        "weights": figures.weights(inputs.weights),
        "error_by_output": figures.error_by_output(network, naive, data.unit),
        "forecasts": figures.forecasts(past, test.y[some], result.forecast[some], test.index[some], data.unit),
    }
    for name, figure in pictures.items():
        write_picture(figure, folder / f"{name}.png")
