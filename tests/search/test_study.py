"""A search that trains: tuner trials in processes of their own, and the repeats of the best.

The store is out of reach, so that every record waits in the trial's folder, to be read here.
"""

import os

import numpy as np
import pytest
from hydra import compose, initialize_config_dir

from harness.config.allowed import VARIABLE
from harness.config.build import build, resolve
from harness.config.keys import GROUPS
from harness.config.overrides import CONF
from harness.errors import HarnessError, InputError
from harness.metrics import BUILT_IN
from harness.processes.pool import Pool
from harness.search import study
from harness.search.note import note
from harness.search.oracles.oracle import Proposal
from harness.search.space import Space
from harness.search.trainings import repeat_seeds
from harness.search.tried import Tried
from harness.search.tuner_trial import Repeat, prepare_process
from harness.tracking.logger import Opening
from harness.trial import record
from harness.trial.points import MEASURED

TINY = ["train.epochs=4", "train.jit_compile=false", "train.batch_size=1000", "tracking.retry_seconds=0"]
SERIES = ["data=mackey_glass", "data.length=200", "data.lookback=10", "data.outputs=7", "data.season=5"]
UNITS = "search.space={model.units: {type: int, low: 1, high: 4}}"
LOSS = """
import os
import signal
import uuid

import tensorflow as tf

from harness.losses import WeightedMSE


class Scripted(WeightedMSE):
    '''Notes the process and the training of every step in a file, and ends as its config says.'''

    def __init__(self, how, log, **kwargs):
        super().__init__(**kwargs)
        self.how, self.log, self.training = how, log, uuid.uuid4()

    def get_config(self):
        return {**super().get_config(), "how": self.how, "log": self.log}

    def formula(self, y_true, y_pred, weights):
        if self.how == "raises":
            raise ZeroDivisionError("on purpose")
        if self.how == "exits":
            os._exit(7)
        if self.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        tf.py_function(self.note, [], [])
        value = super().formula(y_true, y_pred, weights)
        return value * float("inf") if self.how == "diverges" else value

    def note(self):
        with open(self.log, "a") as file:
            file.write(f"{os.getpid()} {self.training}\\n")
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the module's searches are: a folder to import the loss above from, and a file where a folder should be."""
    folder = tmp_path_factory.mktemp("tuned")
    (folder / "scripted.py").write_text(LOSS)
    (folder / "wall").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        patch.setenv(VARIABLE, "scripted")
        yield folder


class Searched:
    """A search that is done."""

    def __init__(self, place, *overrides, data=SERIES, loss=("loss=weighted_mse",), on_search=None):
        self.parts = parts(place, *overrides, data=data, loss=loss)
        self.progress = []
        on_search = on_search or self.progress.append
        prepared = study.prepare(self.parts, {})
        self.fingerprint = prepared[0].fingerprint
        self.folder = place / self.parts.config["trials"] / self.fingerprint
        try:
            self.outcome = study.run(self.parts, prepared, {}, None, True, on_search)
        except HarnessError as error:
            self.outcome, self.error = None, error

    def tuner_trials(self):
        return self._read("tuner_trials")

    def repeats(self):
        return self._read("repeats")

    def _read(self, kind):
        return [record.read(folder) for folder in sorted((self.folder / kind).iterdir())]


def parts(place, *overrides, data=SERIES, loss=()):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        wall = f"tracking.uri=sqlite:///{place}/wall/x/mlflow.db"
        config = compose("config", [*data, *TINY, *loss, wall, *overrides], return_hydra_config=True)
    return build(resolve(config), {group: config.hydra.runtime.choices[group] for group in GROUPS})


def scripted(place, how, name):
    log = place / name
    return ["loss=weighted_mse", "loss._target_=scripted.Scripted", f"+loss.how={how}", f"+loss.log={log}"], log


def scalars(found):
    return {name: value for name, value, _ in found.points if "/" not in name}


def curve(found, name):
    return [value for each, value, _ in found.points if each == f"curve/{name}"]


def proposals(searched, epochs=4):
    """What the oracle proposed, asked again, with the scores of the records reported to it."""
    search = searched.parts.search
    space = Space(searched.parts.config["search"]["space"], searched.parts.config)
    asked = search.proposals(space, epochs, 0, BUILT_IN.of(search.objective), searched.folder / "again")
    written, found = searched.tuner_trials(), []
    while batch := asked.next_batch():
        found += batch
        asked.report_scores([scalars(written[proposal.number]).get(search.objective) for proposal in batch])
    return found


@pytest.fixture(scope="module")
def hyperband(place):
    """Its first bracket for 4 epochs and factor 2: 4 tuner trials to epoch 1, 2 of them on to 2, 1 of them on to 4."""
    loss, log = scripted(place, "works", "hyperband.log")
    more = ["search=hyperband", "search.factor=2", "search.max_trials=7", "search.repeats=1", "search.keep=2", UNITS]
    more.append("search.workers=2")
    return Searched(place, *more, loss=loss), log


@pytest.mark.slow
def test_hyperband_resumes_checkpoints(hyperband):
    searched, _ = hyperband
    written, proposed = searched.tuner_trials(), proposals(searched)
    assert [each.epochs for each in proposed] == [1, 1, 1, 1, 2, 2, 4]
    before = [each.resumes for each in proposed]
    assert before[:4] == [None] * 4
    assert {before[4], before[5]} < {0, 1, 2, 3}
    assert before[6] in (4, 5)
    for proposal, found in zip(proposed, written, strict=True):
        assert found.status == "FINISHED"
        assert len(curve(found, "own_loss")) == len(curve(found, "val_weighted_rmse")) == proposal.epochs
        if proposal.resumes is not None:
            for name in ("own_loss", "val_weighted_rmse"):
                earlier = curve(written[proposal.resumes], name)
                assert curve(found, name)[: len(earlier)] == earlier


@pytest.mark.slow
def test_hyperband_trains_the_epochs_it_promised(hyperband):
    """A batch is an epoch here. Each program that is compiled calls its loss once more, to create what it keeps."""
    searched, log = hyperband
    losses = [line.split()[1] for line in log.read_text().splitlines()]
    found = [scalars(each)["epochs"] for each in searched.tuner_trials()]
    before = [0 if each.resumes is None else found[each.resumes] for each in proposals(searched)]
    promised = 4 * 1 + 2 * 1 + 1 * 2
    assert sum(found) - sum(before) == promised
    assert len(losses) - len(set(losses)) == promised + 4, "and a repeat of four epochs"


@pytest.mark.slow
def test_as_many_processes_train_as_there_are_workers(hyperband):
    _, log = hyperband
    processes = {line.split()[0] for line in log.read_text().splitlines()}
    assert len(processes) == 2
    assert str(os.getpid()) not in processes


@pytest.mark.slow
def test_a_tuner_trial_is_an_ordinary_trial_to_the_last_bit(hyperband, tmp_path):
    """Here one that went on twice, with one that never stopped; and a repeat, with one of its seed."""
    searched, _ = hyperband
    units = proposals(searched)[6].values["model.units"]
    for seed, written in ((0, searched.tuner_trials()[6]), (1000, searched.repeats()[0])):
        config = searched.parts.config
        config = {**config, "seed": seed, "search": {}, "model": {**config["model"], "units": units}}
        if seed:
            best = record.read(searched.folder).as_run().outcome["best"]
            config["model"]["units"] = best["model.units"]
        (tmp_path / str(seed)).mkdir()
        # In a process that has trained nothing before, where the search's had trained all the others.
        with Pool(prepare_process, workers=1, jobs_per_worker=1) as pool:
            job = Repeat(config, searched.parts.names, tmp_path / str(seed), Opening("", {}, {}))
            assert pool.run([job], lambda number, text: pytest.fail(text)) == [None]
        ordinary = record.read(tmp_path / str(seed))
        judged = [name for name in scalars(written) if name.startswith(("val_", "test_"))]
        assert len(judged) >= 3
        assert [scalars(ordinary)[name] for name in judged] == [scalars(written)[name] for name in judged]
        assert curve(ordinary, "own_loss") == curve(written, "own_loss")


@pytest.mark.slow
def test_nothing_of_the_test_split_is_in_a_tuner_trial(hyperband):
    searched, _ = hyperband
    validation = {"val_rmse", "val_mae", "val_weighted_rmse", "val_root_over_sum"}
    for found in searched.tuner_trials():
        assert scalars(found).keys() - MEASURED == validation | {"epochs"}
        assert "baselines" not in found.tags
    assert not list(searched.folder.glob("tuner_trials/*/record/files/*"))


@pytest.mark.slow
def test_the_best_networks_stay_and_no_checkpoint(hyperband):
    searched, _ = hyperband
    scores = [scalars(found)["val_weighted_rmse"] for found in searched.tuner_trials()]
    best = {f"tuner_trial_{number:04}.keras" for number in np.argsort(scores, kind="stable")[:2]}
    assert {file.name for file in searched.folder.glob("record/files/search/networks/*")} == best
    assert len(list(searched.folder.glob("tuner_trials/*/network.keras"))) == 2
    assert not list(searched.folder.glob("tuner_trials/*/checkpoint.npz*"))


@pytest.mark.slow
def test_the_best_is_the_lowest_on_validation_and_its_repeats_are_the_result(hyperband):
    searched, _ = hyperband
    scores = [scalars(found)["val_weighted_rmse"] for found in searched.tuner_trials()]
    best = proposals(searched)[int(np.argmin(scores))]
    (repeat,) = searched.repeats()
    assert record.read(searched.folder).as_run().outcome["best"] == dict(best.values)
    assert searched.outcome.repeats == {"1000": repeat.as_run().scalars}
    assert searched.outcome.metrics["test_rmse"] == scalars(repeat)["test_rmse"]
    assert searched.outcome.status == "FINISHED"


@pytest.mark.slow
def test_progress_is_shown_after_every_training(hyperband):
    searched, _ = hyperband
    told = [(each.stage, each.done, each.total) for each in searched.progress]
    assert told == [("tuner trials", done, 7) for done in range(1, 8)] + [("repeats", 1, 1)]
    scores = [scalars(found)["val_weighted_rmse"] for found in searched.tuner_trials()]
    best = [each.best for each in searched.progress[:7]]
    assert best == list(np.minimum.accumulate(best)), "whichever of a batch ends first"
    assert set(best) <= set(scores)
    assert best[-1] == min(scores)
    assert [each.share for each in searched.progress] == pytest.approx([done / 8 for done in range(1, 9)])


def search_over_ends(place, *ends):
    """A search whose tuner trials end so; only "works" does not fail."""
    loss, _ = scripted(place, "works", "ends.log")
    space = f"search.space={{loss.how: {{type: choice, values: [{', '.join(ends)}]}}}}"
    more = ["search.repeats=1", "search.workers=1", "train.epochs=1", f"trials=runs/ends_{len(ends)}"]
    return Searched(place, "search=grid", *more, space, loss=loss)


@pytest.fixture(scope="module")
def disturbed(place):
    """A search whose every tuner trial but one fails, each in a way of its own."""
    return search_over_ends(place, "raises", "exits", "works", "killed", "diverges")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("raises", "ZeroDivisionError: on purpose"),
        ("diverges", "training diverged: the training loss became"),
        ("exits", "its process ended with status 7"),
        ("killed", "its process was killed (SIGKILL), perhaps by the system for memory"),
    ],
)
def test_a_failure_is_recorded_with_its_reason(disturbed, how, why):
    (found,) = [each for each in disturbed.tuner_trials() if each.opening.params["loss.how"] == how]
    assert found.status == "FAILED"
    assert why in found.tags["failure"]
    assert found.points == []


def assert_the_only_one_that_works_is_the_best(searched, trials):
    assert len(searched.tuner_trials()) == trials
    assert record.read(searched.folder).as_run().outcome["best"] == {"loss.how": "works"}
    assert f"best of {trials} tuner trials ({trials - 1} failed): loss.how=works" in searched.outcome.note
    totals = {name: value for name, value, _ in record.read(searched.folder).points}
    assert (totals["search/tuner_trials"], totals["search/failed"]) == (trials, trials - 1)


def test_the_search_goes_on_and_a_failure_is_not_the_best(place):
    assert_the_only_one_that_works_is_the_best(search_over_ends(place, "raises", "works"), 2)


@pytest.mark.slow
def test_the_search_goes_on_and_no_failure_is_the_best(disturbed):
    assert_the_only_one_that_works_is_the_best(disturbed, 5)


@pytest.mark.slow
def test_all_failed(place):
    searched = Searched(
        place,
        "search=random",
        "search.max_trials=2",
        "optimizer@train.optimizer=sgd",
        "train.optimizer.learning_rate=1e30",
        UNITS,
    )
    assert searched.outcome is None
    assert str(searched.error).startswith("all 2 tuner trials failed: training diverged: ")
    assert "resume=false tries again" in str(searched.error)
    assert [found.status for found in searched.tuner_trials()] == ["FAILED"] * 2


@pytest.mark.slow
def test_the_test_split_decides_nothing_of_a_search(place):
    """Two sets of data that differ in the targets of the test split alone."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(100, 5, 1)), rng.normal(size=(100, 3))
    other = np.concatenate([y[:80], 10 * rng.normal(size=(20, 3))])
    found = []
    for name, targets in (("one", y), ("other", other)):
        np.savez(place / f"{name}.npz", x=x, y=targets)
        data = ["data=npz_file", f"data.path={place}/{name}.npz", "data.split=[70,10,20]"]
        more = ["search=random", "search.max_trials=2", "search.repeats=1", UNITS]
        found.append(Searched(place, *more, data=data))
    one, other = found
    assert one.fingerprint != other.fingerprint
    for a, b in zip(one.tuner_trials(), other.tuner_trials(), strict=True):
        a, b = ([point for point in each.points if point[0] not in MEASURED] for each in (a, b))
        assert a == b
    (a,), (b,) = one.repeats(), other.repeats()
    assert scalars(a)["val_rmse"] == scalars(b)["val_rmse"]
    assert scalars(a)["test_rmse"] != scalars(b)["test_rmse"]


MIXED = "{model.units: {type: int, low: 1, high: 4}, model.cell: {type: choice, values: [gru, simple_rnn]}}"
OF_EACH = {
    "random": ["search.max_trials=4"],
    "grid": ["search.max_trials=4"],
    "bayesian": ["search.max_trials=6", "search.initial_points=2", "search.batch=2"],
    "hyperband": ["search.factor=2", "search.max_trials=10"],
}


def search_of(place, name, trials, *more, **changes):
    """A small search whose trainings stand in a folder of their own."""
    words = [f"search={name}", *OF_EACH[name], f"search.space={MIXED}", "search.repeats=2", "search.keep=2", *more]
    return Searched(place, *words, f"trials=runs/{name}_{trials}", **changes)


def all_but_time(searched):
    """What is kept of a search, but for what measures a machine."""
    kept = [
        (found.status, found.opening.params, [point for point in found.points if point[0] not in MEASURED])
        for found in (*searched.tuner_trials(), *searched.repeats())
    ]
    for _, params, _ in kept:
        params.pop("trials", None)
        params.pop("search.workers", None)
    networks = sorted(file.name for file in searched.folder.glob("record/files/search/networks/*"))
    return kept, record.read(searched.folder).as_run().outcome["best"], networks


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_EACH)
def test_how_many_work_decides_nothing_and_neither_does_a_stop(place, name):
    """It is stopped when two tuner trials are over, while others may be at work."""
    one, two, three = (search_of(place, name, n, f"search.workers={n}") for n in (1, 2, 3))
    assert one.fingerprint == two.fingerprint == three.fingerprint
    assert all_but_time(one) == all_but_time(two) == all_but_time(three)

    def stop(progress):
        if (progress.stage, progress.done) == ("tuner trials", 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_of(place, name, "stopped", "search.workers=2", on_search=stop)
    resumed = search_of(place, name, "stopped", "search.workers=3")
    assert all_but_time(resumed) == all_but_time(one)
    assert not list(resumed.folder.glob("tuner_trials/*/checkpoint.npz*"))


@pytest.mark.parametrize(
    ("space", "told"),
    [
        (
            "{model.units: {type: int, low: 0, high: 4}}",
            "search.space.model.units: 0 is refused: got 0. Write a whole number from 1 to 16384",
        ),
        (
            "{model.cell: {type: choice, values: [gru, grru]}}",
            "search.space.model.cell: 'grru' is refused: got 'grru'. Did you mean model.cell=gru?",
        ),
        (
            "{train.optimizer.clipnorm: {type: choice, values: [1.0, -1.0]}}",
            "search.space.train.optimizer.clipnorm: -1.0 is refused: got -1.0. Write a number above 0, or null",
        ),
        ("{}", "search.space: it is empty"),
    ],
)
def test_every_end_of_a_space_is_tried_before_anything_is_trained(place, space, told):
    searching = parts(place, "search=random", f"search.space={space}")
    with pytest.raises(InputError) as error:
        study.prepare(searching, {})
    assert told in str(error.value)


def test_repeats_have_seeds_of_their_own():
    """A function of the search's seed alone, so the same for every loss variant."""
    assert repeat_seeds(0, 3) == [1000, 1001, 1002]
    found = [seed for search in range(200) for seed in repeat_seeds(search, 20)]
    assert len(set(found)) == 4000
    assert min(found) >= 1000, "seeds of searches are small"


@pytest.fixture
def space():
    asked = {
        "model.units": {"type": "int", "low": 16, "high": 96, "step": 16},
        "model.cell": {"type": "choice", "values": ["gru", "lstm"]},
        "train.optimizer.learning_rate": {"type": "float", "low": 1e-3, "high": 1e-2, "log": True},
    }
    return Space(asked, {"model": {"units": 1, "cell": "gru"}, "train": {"optimizer": {"learning_rate": 0.1}}})


def tried(score, **values):
    proposal = Proposal(0, {name.replace("__", "."): value for name, value in values.items()}, None, None, 0.0)
    return Tried(proposal, score, {}, "" if score else "why")


def test_the_note_tells_edges_failures_and_how_far_the_search_was_off(space):
    """Repeats: mean 0.7 and 1.25 on test, with standard deviations 0.2 / sqrt(2) and 0.5 / sqrt(2)."""
    best = tried(0.5, model__units=96, model__cell="gru", train__optimizer__learning_rate=0.00123456)
    panels = {1000: {"val_rmse": 0.6, "test_rmse": 1.0}, 1001: {"val_rmse": 0.8, "test_rmse": 1.5}}
    assert note("val_rmse", space, [best, tried(None)], best, 0.5, panels, 3) == (
        "best of 2 tuner trials (1 failed): model.units=96, model.cell=gru, train.optimizer.learning_rate=0.001235; "
        "model.units sits at the upper edge of its range: widen it; "
        "val_rmse 0.5 at best in the search, 0.7 ± 0.14 with 2 fresh seeds (1 failed) (+40.0%), "
        "on test 1.25 ± 0.35 (+150.0%)"
    )


def test_the_note_of_one_repeat_without_an_edge(space):
    best = tried(2.0, model__units=32, model__cell="lstm", train__optimizer__learning_rate=0.004)
    panels = {1000: {"val_mae": 1.9, "test_mae": 2.1}}
    assert note("val_mae", space, [best], best, 2.0, panels, 1) == (
        "best of 1 tuner trials: model.units=32, model.cell=lstm, train.optimizer.learning_rate=0.004; "
        "val_mae 2 at best in the search, 1.9 with 1 fresh seeds (-5.0%), on test 2.1 (+5.0%)"
    )
