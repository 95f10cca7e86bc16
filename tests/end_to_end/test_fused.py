"""`hydra/launcher=fused`: a sweep whose trials are computed at once ends as one whose trials train alone."""

import os
import signal
import time

import pytest
from stored_runs import runs_in

from harness.trial.points import MEASURED

GRID = ["loss=weighted_rmse,weighted_mse", "weights=uniform,linear", "seed=0,1,2"]
FUSED = ["-m", "hydra/launcher=fused", "hydra.launcher.workers=1"]


def scores(folder):
    """Of each finished trial what it scored, and its fingerprint."""
    found = {}
    for run in runs_in(folder, "trial")[1]:
        if run.info.status == "FINISHED":
            tags = run.data.tags
            name = tuple(tags[key] for key in ("loss", "weights", "seed"))
            assert name not in found, "no trial is counted twice"
            found[name] = {k: v for k, v in run.data.metrics.items() if k not in MEASURED}, tags["fingerprint"]
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_the_scores_are_those_of_trials_that_train_alone(run, tiny, tmp_path):
    words = [*tiny, "train.epochs=4", "train.jit_compile=true", *GRID]
    status, _, told = run(*FUSED, "hydra.launcher.trials_at_once=4", *words)
    assert status == 0, told
    fused = scores(tmp_path)
    # One epoch's program for each loss; the second epoch, the other weights and seeds compile nothing.
    assert len(list(tmp_path.glob("runs/compiled/*/*.pb"))) == 2
    assert run("-m", *words)[0] == 0
    both = runs_in(tmp_path, "trial")[1]
    assert len(both) == 24, "trials that were computed at once are other trials"
    alone = {
        run.data.tags["fingerprint"]: run
        for run in both
        if run.data.tags["fingerprint"] not in {fingerprint for _, fingerprint in fused.values()}
    }
    assert len(alone) == len(fused) == 12
    for kept in alone.values():
        tags = kept.data.tags
        metrics, _ = fused[tags["loss"], tags["weights"], tags["seed"]]
        for name, value in kept.data.metrics.items():
            if name not in MEASURED:
                assert metrics[name] == pytest.approx(value, rel=1e-4, abs=1e-6), name


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_process_that_dies_takes_its_trials_and_they_resume(start, tiny, tmp_path):
    words = [*FUSED, *tiny, "train.epochs=150", "train.patience=150", *GRID]
    process = start(tmp_path, *words)
    while len(list(tmp_path.glob("runs/trials/*/checkpoint.npz"))) < 6:
        assert process.poll() is None
        time.sleep(0.1)
    worker = next(int(name) for name in os.listdir("/proc") if name.isdigit() and _is_worker(name, process.pid))
    os.kill(worker, signal.SIGKILL)
    told, _ = process.communicate()
    assert process.returncode == 3, told
    assert "killed" in told.lower()
    again = start(tmp_path, *words)
    told, _ = again.communicate()
    assert again.returncode == 0, told
    found = scores(tmp_path)
    assert len(found) == 12
    assert {metrics["epochs"] for metrics, _ in found.values()} == {150}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("sweep.trial_minutes=5", "sweep.trial_minutes: got 5"),
        ("hydra.launcher.trials_at_once=0", "hydra.launcher.trials_at_once"),
    ],
)
def test_what_it_cannot_do_is_refused(refused, tiny, word, message):
    assert message in refused(*FUSED, *tiny, "seed=0,1", word)


@pytest.mark.slow
@pytest.mark.usefixtures("database")
def test_a_recurrence_that_keras_computes_fails_with_what_to_write(run, tiny, tmp_path):
    status, shown, told = run(*FUSED, *tiny, "model.kernel=keras", "seed=0,1")
    assert status == 3
    assert "hydra/launcher: got fused, and Keras computes the recurrence" in " ".join(f"{shown}{told}".split())


def _is_worker(name, parent):
    try:
        with open(f"/proc/{name}/stat") as stat, open(f"/proc/{name}/cmdline", "rb") as words:
            return int(stat.read().rsplit(") ", 1)[1].split()[1]) == parent and b"spawn_main" in words.read()
    except (OSError, IndexError):
        return False
