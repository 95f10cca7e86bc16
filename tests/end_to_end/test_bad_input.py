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
        (["model.units=0"], ["model.units", "got 0", "from 1 to 16384"]),
        (["model.units=many"], ["model.units", "got 'many'", "from 1 to 16384"]),
        (["model.dropout=1"], ["model.dropout", "got 1"]),
        (["train.epochs=0"], ["train.epochs", "got 0", "from 1 to 10000000"]),
        (["train.batch_size=0"], ["train.batch_size", "got 0", "from 1 to 10000000"]),
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


NAMES = "add_loss, class_weight, learned, loss_weights, sample_weight, weighted_mse, weighted_rmse"
SECTION = "Leave it as it is, and set single keys of it, such as"
UNREAD = "Write the whole in single quotes, and a text with signs such as , = [ { in double quotes inside them"


@pytest.mark.parametrize(
    ("word", "told"),
    [
        # Once a traceback, an error without a key, or a key that has nothing to do with it.
        ("seed=4294967296", "seed: got 4294967296. Write a whole number from 0 to 4294967295"),
        ("threads=1e11", "threads: got 100000000000.0. Write a whole number from 1 to 1024"),
        ("train.batch_size=1e20", "train.batch_size: got 1e+20. Write a whole number from 1 to 10000000"),
        ("model.units=1000000000000", "model.units: got 1000000000000. Write a whole number from 1 to 16384"),
        ("data.tau=1e12", "data.tau: got 1000000000000.0. Write a whole number from 1 to 10000"),
        ("data.tau=1000000000000", "data.tau: got 1000000000000. Write a whole number from 1 to 10000"),
        ("model=null", "model: got 'null'. Write the name of a file of conf/model: dlinear, naive, nlinear, ridge,"),
        ("loss=3", f"loss: got '3'. Write the name of a file of conf/loss: {NAMES}"),
        ("train=null", f"train: it is deleted, or null. {SECTION} train.epochs=..."),
        ("evaluate=3", f"evaluate: got 3. {SECTION} evaluate.weights=..."),
        ("report=[1]", "report: got [1]. It is a section, whose keys are written one by one"),
        ("trials=here.csv", "trials: 'here.csv' is a file. Write the path of a folder, or move that file away"),
        (
            "sweep.folder=here.csv",
            "sweep.folder: 'here.csv' is a file. Write the path of a folder, or move that file away",
        ),
        ("report.sweeps=5", "report.sweeps: got 5. Write a list of texts of 1 to 250 characters"),
        ("report.effects=5", "report.effects: got 5. Write a list of at most 20 numbers above 0 and below 1"),
        ("sweep.exclude=5", "sweep.exclude: got 5. Write a list of mappings such as {key: value}"),
        ("sweep.exclude=[5]", "sweep.exclude: got [5]. Write a list of mappings such as {key: value}"),
        ("sweep.zip=5", "sweep.zip: got 5. Write a mapping such as {key: value}, or null"),
        ("sweep.include=seed", "sweep.include: got 'seed'. Write a list of mappings such as {key: value}"),
        ("~train.epochs", "train.epochs: no value is given. Write train.epochs=<a whole number from 1 to 10000000>"),
        ("~seed", "seed: no value is given. Write seed=<a whole number from 0 to 4294967295>"),
        ("~model.units", "model.units: no value is given. Write model.units=<a whole number from 1 to 16384>"),
        ("~nothing", "nothing: there is no such key to delete. `python -m harness --help` prints all of them"),
        ("seed=${foo}", "seed: there is no key 'foo' to take a value from. Write a value, or another key"),
        ("seed=[1", f"seed: 'seed=[1' cannot be read (no viable alternative at input '[1'). {UNREAD}"),
        (
            "experiment=5",
            "experiment: got '5'. Write the name of a file of conf/experiment: decide, etth1_nlinear,",
        ),
        # Once taken in silence.
        ("+foo=bar", "foo: no such key."),
        ("+follows=[seed]", "follows: it is not for you to write. Leave it out"),
        ("sweep.id=x", "sweep.id: got 'x'. Write null"),
        ("data.unit=[1,2]", "data.unit: got [1, 2]. Write a text of at most 250 characters"),
        ("report.metric=test_rsme", "report.metric: got 'test_rsme'. Did you mean report.metric=test_rmse?"),
        # Once the opposite of what it says.
        ("sweep.dry_run=no", "sweep.dry_run: got 'no'. Write true or false"),
        ("resume=no", "resume: got 'no'. Write true or false"),
        ("report.after_sweep=perhaps", "report.after_sweep: got 'perhaps'. Write true or false"),
        # Once without an answer within a minute.
        ("data.length=1000000000", "data.length: got 1000000000. Write a whole number from 1 to 1000000"),
        ("data.warmup=1000000000000", "data.warmup: got 1000000000000. Write a whole number from 0 to 1000000"),
        # Once only after a sweep had begun.
        ("hydra.launcher.workers=0", "hydra.launcher.workers: got 0. Write a whole number from 1 to 1024, or null"),
    ],
)
def test_told_with_its_key(refused, tiny, tmp_path, word, told):
    (tmp_path / "here.csv").write_text("a\n1\n")
    key = word.partition("=")[0]
    message = refused(*(other for other in tiny if other.partition("=")[0] != key), word)
    assert message.startswith(f"error: {told}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tracking.retry_seconds=nan"], "tracking.retry_seconds: got nan. Write a number from 0 to 604800"),
        (
            ["tracking.experiment=2024"],
            "tracking.experiment: got 2024. Write a text of 1 to 250 characters. "
            "In quotes it is a text: 'tracking.experiment=\"2024\"'",
        ),
        (["tracking.experiment=null"], "tracking.experiment: got None. Write a text of 1 to 250 characters"),
        (
            ["weights=file", "weights.path=."],
            "weights.path: . is a folder. Write the path of a .npy, .npz or .csv file",
        ),
        (["weights=file", "weights.path=5"], "weights.path: got 5. Write a text of 1 to 4000 characters, or null. In"),
        (["search=random", "search.space=5"], "search.space: got 5. Write a mapping such as {key: value}, or null"),
        (
            ["train.callbacks=[{_target_:keras.callbacks.EarlyStopping,patience:long}]"],
            "train.callbacks.0.patience: got 'long'. Write a number, or a node with a _target_",
        ),
        (
            ["model.units=16384", "model.layers=100"],
            "model.units: 100 layers of up to 16384 units need at least 1282 GB of memory, and this machine has",
        ),
        (["train.optimizer=sgd", "train.optimizer.nesterov=no"], "train.optimizer.nesterov: got 'no'. Write true or"),
    ],
)
def test_told_with_its_key_under_another_choice(refused, tiny, words, told):
    assert refused(*tiny, *words).startswith(f"error: {told}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["data=csv_file", "data.path=.", "data.target=a"], "data.path: . is a folder. Write the path of a .csv file"),
        (
            ["data=csv_file", "data.path=twice.csv", "data.target=a"],
            "data.path: twice.csv has several columns 'a'. Give each column a name of its own",
        ),
        (
            ["data=csv_file", "data.path=wide.csv", "data.target=c1"],
            "data.path: wide.csv has 5000000 columns. Write a file of at most 10000, one row a time step",
        ),
        (["data=npz_file", "data.path=damaged.npz"], "data.path: damaged.npz: x does not read: Bad CRC-32"),
    ],
)
def test_files_that_are_no_data(refused, tmp_path, words, told):
    (tmp_path / "twice.csv").write_text("a,a\n1,2\n")
    if "data.path=wide.csv" in words:
        (tmp_path / "wide.csv").write_text(",".join(f"c{i}" for i in range(5_000_000)))
    np.savez(tmp_path / "damaged.npz", x=np.ones((60, 4, 1)), y=np.ones((60, 3)))
    content = bytearray((tmp_path / "damaged.npz").read_bytes())
    content[400] ^= 255
    (tmp_path / "damaged.npz").write_bytes(content)
    assert refused(*words).startswith(f"error: {told}")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sweep.exclude=[{sed: 1}]"], "sweep.exclude: no trial has the key 'sed'. Did you mean seed?"),
        (["sweep.exclude=[{seed: 3}]"], "sweep.exclude: no trial has seed=3. Write one of: 0, 1"),
        (["sweep.exclude=[{weights: linaer}]"], "sweep.exclude: no trial has weights=linaer. Did you mean linear?"),
        (
            ["sweep.exclude=[{seed: [0, 1]}]"],
            "sweep.exclude: it leaves none of the 2 trials. Take a combination out of",
        ),
        (["sweep.zip={weights: []}"], "sweep.zip: got lists of values of which weights has 0. Write equally many"),
        (["sweep.zip={seed: [0, 1]}"], "sweep.zip: seed is set or swept beside it. Take it out of one of the two"),
        (["sweep.include=[{model.unitz: 3}]"], "model.unitz: no such key. Did you mean model.units?"),
        (["sweep.include=[{model.layers: 0}]"], "model.layers: got 0. Write a whole number from 1 to 100"),
        (["train.patience=0,1"], "train.patience: got 0. Write a whole number from 1 to 10000000"),
        (["loss.form=batch,all"], "loss.form: got 'all'. Write one of: root_over_sum, root_of_mean, batch"),
        (["sweep.dry_run=no"], "sweep.dry_run: got 'no'. Write true or false"),
        (["hydra.launcher.workers=0"], "hydra.launcher.workers: got 0. Write a whole number from 1 to 1024, or null"),
        (["hydra.launcher.trials_per_worker=2.5"], "hydra.launcher.trials_per_worker: got 2.5. Write a whole number"),
        (["hydra.sweeper.params=3"], "hydra.sweeper.params: got 3. Write a mapping such as {key: value}"),
        (["sweep.id=x"], "sweep.id: got 'x'. Write null"),
        (["report.metric=test_rsme"], "report.metric: got 'test_rsme'. Did you mean report.metric=test_rmse?"),
        (["report.resamples=5"], "report.resamples: got 5. Write a whole number from 100 to 1000000"),
    ],
)
def test_a_sweep_is_refused_before_it_begins(refused, tiny, words, told):
    assert refused("-m", *tiny, "seed=0,1", *words).startswith(f"error: {told}")


REAL = [
    ("harness", ["-m", "seed=0,1", "sweep.exclude=[{seed: 7}]"], "sweep.exclude: no trial has seed=7"),
    ("harness", ["-m", "seed=0,1", "sweep.zip=[1]"], "sweep.zip: got [1]"),
    ("harness", ["-m", "seed=0,4294967296"], "seed: got 4294967296"),
    ("harness", ["-m", "seed=0,1", "hydra.launcher.workers=0"], "hydra.launcher.workers: got 0"),
    ("harness", ["-m", "seed=0,1", "resume=no"], "resume: got 'no'"),
    ("harness", ["model=null"], "model: got 'null'"),
    ("harness", ["~train.epochs"], "train.epochs: no value is given"),
    ("harness", ["threads=1e11"], "threads: got 100000000000.0"),
    ("harness", ["data.unit=[1,2]"], "data.unit: got [1, 2]"),
    ("harness", ["train.batch_size=1e20"], "train.batch_size: got 1e+20"),
    ("harness", ["model.units=1000000000000"], "model.units: got 1000000000000"),
    ("harness", ["data=mackey_glass", "data.length=1000000000"], "data.length: got 1000000000"),
    ("harness", ["tracking.retry_seconds=nan"], "tracking.retry_seconds: got nan"),
    ("harness", ["report=[1]"], "report: got [1]"),
    ("harness", ["sweep=5"], "sweep: got 5"),
    ("harness", ["seed=[1"], "seed: 'seed=[1' cannot be read"),
    ("harness.report", ["report.effects=5"], "report.effects: got 5"),
    ("harness.report", ["report.sweeps=5"], "report.sweeps: got 5"),
    ("harness.report", ["report.after_sweep=perhaps"], "report.after_sweep: got 'perhaps'"),
    ("harness.report", ["tracking=null"], "tracking: got 'null'"),
    ("harness.report", ["tracking.experiment=2024"], "tracking.experiment: got 2024"),
]


# Each is a process of its own.
@pytest.mark.parametrize(
    ("module", "words", "told"),
    [pytest.param(*each, marks=[pytest.mark.slow] if place % 5 else []) for place, each in enumerate(REAL)],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_real_commands_are_refused_in_a_few_lines_and_leave_nothing(run, tmp_path, module, words, told):
    status, out, error = run(*words, module=module)
    assert (status, out) == (1, "")
    assert error.startswith(f"error: {told}")
    assert len(error.splitlines()) <= 6
    assert {path.name for path in tmp_path.rglob("*")} <= {"runs"}
