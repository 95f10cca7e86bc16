"""A look before the leap, grids with holes, and what a sweep started again trains."""

import numpy as np
import pytest
from mlflow import MlflowClient


def words(text):
    return " ".join(text.split())


def test_a_dry_run_tells_all_and_trains_nothing(run_here, tiny, tmp_path):
    losses = "loss=weighted_mse,sample_weight,weighted_rmse,loss_weights"
    status, told, error = run_here("-m", *tiny, losses, "weights=uniform,recency", "seed=0,1,1", "sweep.dry_run=true")
    assert status == 0, error
    told = words(told)
    assert "24 trials: 0 done before, 16 to go." in told
    assert told.count("would run") == 16
    assert "The same trial, trained once: loss=weighted_mse weights=uniform seed=1 = loss=weighted_mse" in told
    same = "The same optimisation problem under another name: loss=weighted_mse weights=uniform = "
    assert same + "loss=sample_weight weights=uniform = loss=loss_weights weights=uniform" in told
    assert told.count("Cannot work:") == 3
    assert "Cannot work: loss=loss_weights weights=recency: loss: loss_weights takes one weight an output" in told
    assert "weighted_rmse weights=uniform =" not in told.split("same optimisation problem")[1]
    assert "At most about 0 min" in told
    assert not (tmp_path / "runs" / "mlflow.db").exists()
    assert not (tmp_path / "runs" / "sweeps").exists()


def test_a_dry_run_says_all_else_where_no_training_can_be_measured(run_here, tiny):
    """Its first step is one that a network can take; the second is not."""
    asked = ["loss=weighted_mse,sample_weight", "train.optimizer.learning_rate=1e38", "train.optimizer.clipnorm=null"]
    status, told, error = run_here("-m", *tiny, *asked, "sweep.dry_run=true")
    assert status == 0, error
    told = words(told)
    assert "The same optimisation problem under another name: loss=weighted_mse = loss=sample_weight" in told
    assert "What it takes cannot be said, since no training could be measured: training diverged" in told


@pytest.mark.slow
def test_a_dry_run_compares_the_weights_of_all_rows(run_here, tiny, tmp_path):
    """Rows 62 to 64 of 124 stand neither in the first batch of seed 0 nor among the 64 samples of the audit."""
    weights = np.ones((124, 7))
    np.save(tmp_path / "ones.npy", weights)
    weights[62:65, :4] = 20
    np.save(tmp_path / "some.npy", weights)
    fixed = [*tiny, "weights=file", "rescale_weights=none", "seed=0", "sweep.dry_run=true"]
    status, told, error = run_here("-m", *fixed, "loss=sample_weight", "weights.path=ones.npy,some.npy")
    assert status == 0, error
    assert "2 trials: 0 done before, 2 to go." in words(told)
    assert "Cannot work" not in told
    assert "under another name" not in told
    _, told, _ = run_here("-m", *fixed, "loss=sample_weight,weighted_mse", "weights.path=some.npy")
    assert "under another name" not in told
    _, told, _ = run_here("-m", *fixed, "loss=sample_weight,weighted_mse", "weights.path=ones.npy")
    assert "under another name: loss=sample_weight = loss=weighted_mse" in words(told)


def test_what_cannot_be_read_is_said_before_the_first_epoch(run_here, tiny):
    status, told, _ = run_here("-m", *tiny, "weights=uniform,file", "seed=0,1", "tracking=none")
    assert status == 3
    told = words(told)
    warned = "2 of them cannot work: weights.path: got null, and the data brought no weights along."
    assert warned in told
    assert told.index(warned) < told.index("1/4")


def test_holes_zips_and_whole_combinations(run_here, tiny, tmp_path):
    holes = [
        "loss=weighted_mse,loss_weights",
        "sweep.zip={weights:[linear,recency],model.units:[2,3]}",
        "sweep.exclude=[{loss:[loss_weights,weighted_mse],weights:recency}]",
        "sweep.include=[{loss:sample_weight,weights:recency,seed:4}]",
    ]
    status, told, error = run_here("-m", *[word for word in tiny if "units" not in word], *holes, "tracking=none")
    assert status == 0, told + error
    told = words(told)
    assert "3 trials" in told
    assert "loss=weighted_mse weights=linear model.units=2 seed=0" in told
    assert "loss=loss_weights weights=linear model.units=2 seed=0" in told
    assert "loss=sample_weight weights=recency seed=4" in told


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_death_after_a_trial_was_kept_leaves_neither_a_folder_nor_an_old_table(run_here, tiny, tmp_path):
    """The trial is FINISHED in the store; the table of that start calls it FAILED, and its folder is half removed."""
    client = MlflowClient(f"sqlite:///{tmp_path}/runs/mlflow.db")

    def kept_of(role):
        return client.search_runs(["1"], f"tags.role = '{role}'")

    assert run_here("-m", *tiny, "seed=0,1")[0] == 0
    table = next(tmp_path.glob("runs/sweeps/*/table.csv"))
    whole = table.read_bytes()
    assert run_here("-m", *tiny, "seed=0,1")[0] == 0
    assert len(kept_of("sweep")) == 1, "the table stands"

    table.write_text("a table without the trial")
    left = tmp_path / "runs" / "trials" / kept_of("trial")[0].data.tags["fingerprint"]
    (left / "record" / "files").mkdir(parents=True)
    (left / "record" / "run.json").write_text("{}")
    status, told, _ = run_here("-m", *tiny, "seed=0,1")
    assert status == 0
    assert "2 of 2 done before, nothing to go" in words(told)
    assert table.read_bytes() == whole
    assert len(kept_of("sweep")) == 2
    assert not list(tmp_path.glob("runs/trials/*"))


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_only_what_is_new_is_trained(run_here, tiny, tmp_path):
    weights = np.ones(7)
    np.save(tmp_path / "w.npy", weights)
    grid = ["weights=file", "weights.path=w.npy", "seed=0,1"]
    status, told, _ = run_here("-m", *tiny, *grid)
    assert status == 0
    assert "done before" not in told

    status, told, _ = run_here("-m", *tiny, *grid)
    assert "2 of 2 done before, nothing to go" in words(told)
    table = next(tmp_path.glob("runs/sweeps/*/table.csv")).read_text()

    status, told, _ = run_here("-m", *tiny, *grid, "hydra/launcher=basic", "tracking.retry_seconds=30")
    assert "2 of 2 done before, nothing to go" in words(told), "neither launcher nor tracking count"

    (tmp_path / "elsewhere.npy").write_bytes((tmp_path / "w.npy").read_bytes())
    status, told, _ = run_here("-m", *tiny, "weights=file", "weights.path=elsewhere.npy", "seed=0,1,2")
    assert "2 of 3 done before, 1 to go" in words(told), "the same weights from another file are the same"
    _, told, _ = run_here("-m", *tiny, "weights=file", "weights.path=elsewhere.npy", "seed=1,3", "sweep.dry_run=true")
    assert "2 trials: 1 done before, 1 to go." in words(told)
    assert "done before seed=1 would run seed=3" in words(told)

    np.save(tmp_path / "w.npy", np.linspace(1, 2, 7))
    status, told, _ = run_here("-m", *tiny, *grid)
    assert "done before" not in told, "a changed datum is another trial"

    status, told, _ = run_here("-m", *tiny, "weights=file", "weights.path=elsewhere.npy", "seed=0,1", "resume=false")
    assert "done before" not in told
    tables = {file.read_text() for file in tmp_path.glob("runs/sweeps/*/table.csv")}
    assert table in tables
