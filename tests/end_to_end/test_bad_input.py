"""Bad input: a short message that names the key, what was found and what to write; nothing is written."""

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("overrides", "told"),
    [
        (["loss=weighted_rms"], ["loss: there is no 'weighted_rms'. Did you mean loss=weighted_rmse?"]),
        (["weights=ramp"], ["weights: there is no 'ramp'", "linear"]),
        (["evaluate.weights=ramp"], ["weights: there is no 'ramp'", "linear"]),
        (["model.cell=grru"], ["model.cell", "'grru'", "model.cell=gru"]),
        (["model.unitz=3"], ["model.unitz", "model.units"]),
        (["model.units=0"], ["model.units", "got 0", "at least 1"]),
        (["model.units=many"], ["model.units", "got 'many'", "at least 1"]),
        (["model.dropout=1"], ["model.dropout", "got 1"]),
        (["train.epochs=0"], ["train.epochs", "got 0", "at least 1"]),
        (["train.batch_size=0"], ["train.batch_size", "got 0", "at least 1"]),
        (["train.optimizer.learning_rate=-1"], ["train.optimizer.learning_rate", "got -1"]),
        (["train.learning_rate=-1"], ["train.learning_rate", "train.optimizer.learning_rate"]),
        (["train.optimizer=adamm"], ["train.optimizer: there is no 'adamm'. Did you mean train.optimizer=adam?"]),
        (["train.monitor=loss"], ["train.monitor", "'loss'", "val_weighted_rmse"]),
        (["loss.form=askd"], ["loss.form", "'askd'", "root_over_sum"]),
        (["loss=weighted_mse", "loss.normalise=row"], ["loss.normalise", "'row'", "sample"]),
        (["loss=class_weight"], ["loss", "arg max", "loss=sample_weight"]),
        (["loss=loss_weights", "weights=recency"], ["loss_weights", "loss=sample_weight"]),
        (["loss=weighted_mse", "weights=recency"], ["weights", "normalise=sample", "loss.normalise=none"]),
        (["loss=weighted_rmse", "weights=recency"], ["weights", "form=root_over_sum", "loss.form=batch"]),
        (["seed=-1"], ["seed", "got -1"]),
        (["threads=0"], ["threads", "got 0"]),
        (["rescale_weights=max"], ["rescale_weights", "'max'", "mean_one"]),
        (["data.length=12"], ["data.lookback", "the series has 12"]),
        (["data.split=[0.9,0.0,0.1]"], ["data.split", "validation"]),
        (["weights=file"], ["weights.path"]),
        (["weights=file", "weights.path=nowhere.npy"], ["weights.path", "nowhere.npy"]),
        (["weights.start=-1"], ["weights.start", "got -1"]),
        (["evaluate.weights.start=-1"], ["evaluate.weights.start", "got -1"]),
        (["tracking.uri=postgres://x"], ["tracking.uri", "postgres://x", "sqlite:///"]),
        (["+model.colour=red"], ["model.colour", "cell, units"]),
        (["loss=weighted_rmse,weighted_mse"], ["loss: got several values, weighted_rmse,weighted_mse. Add -m"]),
    ],
    ids=lambda value: " ".join(value) if all("=" in part for part in value) else "",
)
def test_refused(refused, tiny, overrides, told):
    message = refused(*tiny, *overrides)
    for words in told:
        assert words in message


@pytest.mark.parametrize("source", ["csv_file", "npz_file"])
def test_missing_files(refused, source):
    assert refused(f"data={source}").startswith("error: data.path: no file")
    assert "nowhere.dat" in refused(f"data={source}", "data.path=nowhere.dat")


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        (np.array([1, 1, -1, 1, 1, 1, 1.0]), "found -1.0 at output 2"),
        (np.array([1, np.nan, 1, 1, 1, 1, 1]), "found nan at output 1"),
        (np.zeros(7), "all weights are 0"),
        (np.ones(6), "shape [6]"),
        (np.ones((5, 7)), "shape [5, 7]"),
    ],
)
def test_weights_of_a_file(refused, tiny, tmp_path, weights, told):
    np.save(tmp_path / "w.npy", weights)
    assert told in refused(*tiny, "weights=file", "weights.path=w.npy")


# 60 days, with ten absent after the thirtieth.
DAYS = "day,a\n" + "".join(f"{np.datetime64('2020-01-01') + day + 10 * (day > 29)},1\n" for day in range(60))


@pytest.mark.parametrize(
    ("text", "overrides", "told"),
    [
        ("a,b\n" + "1,2\n" * 50, ["data.target=c"], ["data.target", "a, b"]),
        ("a,b\n" + "1,2\n" * 50, ["data.target=a", "data.features=[z]"], ["data.features", "a, b"]),
        ("a\n" + "1\n" * 30 + "NA\n" + "1\n" * 30, ["data.target=a"], ["data.missing", "30"]),
        ("a\n" + "1\n" * 30 + "\n" + "1\n" * 30, ["data.target=a"], ["data.missing", "1 values", "in row 30"]),
        ("a\n" + "1\n" * 60, ["data.target=a", "data.missing=interpolate"], ["data.missing", "data.missing=last"]),
        ("1\n" * 60, ["data.target=a"], ["data.path", "the first line of series.csv should name the columns"]),
        (
            DAYS,
            ["data.target=a", "data.time=day"],
            ["data.missing", "10 of 70 steps have no row", "2020-01-30 in row 29"],
        ),
        (DAYS.replace("2020-01-05", "2020-01-05 12:00"), ["data.target=a", "data.time=day"], ["data.time", "in row 4"]),
        ("a\n" + "1\n" * 5, ["data.target=a"], ["data.lookback", "the series has 5"]),
    ],
)
def test_csv_contents(refused, tmp_path, text, overrides, told):
    (tmp_path / "series.csv").write_text(text)
    message = refused("data=csv_file", "data.path=series.csv", "data.lookback=4", "data.outputs=3", *overrides)
    for words in told:
        assert words in message


def test_nan_in_the_targets_of_an_npz_file(refused, tmp_path):
    y = np.random.default_rng(0).normal(size=(60, 3))
    y[7, 1] = np.nan
    np.savez(tmp_path / "d.npz", x=np.ones((60, 4, 1)), y=y)
    message = refused("data=npz_file", "data.path=d.npz")
    assert "data.path" in message
    assert "sample 7" in message
