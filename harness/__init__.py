"""Which weighted loss, with which weights, at which size: an experiment harness for Keras forecasters."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.tracking.runs import Runs


def runs(store: str | Path, *, sweep: str | Sequence[str] | None = None, experiment: str | None = None) -> "Runs":
    """The trials that a store holds, to be read, filtered and grouped. Nothing is written.

    In a notebook, beside the folder `runs` of a sweep:

        from harness import runs

        trials = runs("runs/mlflow.db").filter(status="FINISHED")
        frame = trials.frame()  # a pandas frame, one row a trial
        table = frame.groupby("loss")["test_weighted_rmse"].agg(["mean", "std"])

        for units, group in trials.group("model.units").items():
            print(units, [run.metrics["test_rmse"] for run in group])

        best = min(trials, key=lambda run: run.metrics["val_weighted_rmse"])
        epochs, curve = best.config["train"]["epochs"], best.curve("val_weighted_rmse")
        weights, errors = best.weights, best.by_output
        forecast, truth, evaluation_weights = best.forecasts()  # [n, outputs] each
        network = best.network()  # a Keras model, in the data's own units

    Args:
        store: the path of the SQLite file that `tracking.uri` names, such as runs/mlflow.db; or the address of the
            server, such as http://127.0.0.1:5000.
        sweep: the name of a sweep, or several; its trials are those of its table, whoever trained them. None: every
            trial of the store, the newest first.
        experiment: the MLflow experiment; None: the one that there is.

    Returns:
        a `harness.tracking.runs.Runs` of `harness.run.Run`.

    Raises:
        InputError: no such store, experiment or sweep.
        TrackingError: the server is out of reach.
    """
    from harness.tracking.mlflow.existing import existing_store
    from harness.tracking.runs import Runs
    from harness.tracking.sweeps import sweep_of, trials_of

    opened = existing_store(store, experiment)
    if sweep is None:
        return Runs(opened.read(opened.find({"role": "trial"})))
    names = [sweep] if isinstance(sweep, str) else sweep
    found = {run.run_id: run for name in names for run in trials_of(opened, sweep_of(opened, name, "sweep"))}
    return Runs(list(found.values()))
