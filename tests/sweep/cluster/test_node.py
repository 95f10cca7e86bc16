"""A trial on another machine: what it trains, and what it refuses."""

import os

import pytest

from harness.spec import Outcome
from harness.sweep.cluster.delivery import deliver, deliver_waiting
from harness.sweep.cluster.node import Launcher, Trained, this_launcher, train


def test_what_it_trains_is_kept_here(job, tmp_path):
    (tmp_path / "there").mkdir()
    signs = []
    os.chdir(tmp_path / "there")
    trained = train(job(), this_launcher(), False, lambda *sign: signs.append(sign))
    os.chdir(tmp_path)
    assert trained.failure is None
    curves = ("own_loss", "val_weighted_rmse", "seconds")
    for epoch, (standing, points) in enumerate(signs, start=1):
        assert standing is None
        assert [(name, step) for name, _, step in points] == [(f"curve/{name}", epoch) for name in curves]
    assert len(signs) == 2
    assert not list(tmp_path.glob("there/runs/trials/*")), "nothing stays on the other machine"
    outcome = deliver(job(), trained)
    assert (outcome.status, outcome.reason) == ("FINISHED", "")
    assert outcome.metrics == trained.outcome.metrics
    (run,) = tmp_path.glob("runs/csv/*")
    assert (run / "files" / "config.yaml").exists()
    assert not list(tmp_path.glob("runs/trials/*"))


def test_what_waits_here_is_kept_without_being_trained(job):
    assert deliver_waiting(job()) is None
    trained = train(job(), this_launcher(), True, lambda *sign: None)
    assert trained.parcel is None
    outcome = deliver_waiting(job())
    assert outcome is not None
    assert outcome.metrics == trained.outcome.metrics
    assert deliver_waiting(job()) is None


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("keras", "has keras 3.15.1, and the launching machine other. Install the same versions on every machine"),
        ("device", "the sweep was planned for other, and vm computes on CPU. Write hydra.launcher.device='CPU'"),
    ],
)
def test_another_machine_than_was_planned_for_is_refused(job, monkeypatch, name, told):
    monkeypatch.setattr("harness.sweep.cluster.node.socket.gethostname", lambda: "vm")
    monkeypatch.setattr("harness.sweep.cluster.node.versions", lambda: {"keras": "3.15.1"})
    monkeypatch.setattr("harness.sweep.cluster.node.device", lambda: "CPU")
    here = this_launcher()
    trained = train(job(), Launcher({**here.machine, name: "other"}, here.origin), False, lambda *sign: None)
    assert trained.outcome.status == "FAILED"
    assert told in trained.outcome.reason


def test_the_result_of_other_data_is_refused(job):
    foreign = Outcome("FINISHED", {}, 0, {}, {}, fingerprint="0123456789abcdef", seconds=1.0)
    with pytest.raises(ValueError, match="the other machine read other data, or runs other code"):
        deliver(job(), Trained(foreign, None, None))


def test_a_failure_is_kept_with_its_reason(job, tmp_path):
    wrong = job("data.lookback=100000")
    trained = train(wrong, this_launcher(), False, lambda *sign: None)
    assert trained.failure is not None
    outcome = deliver(wrong, trained)
    assert outcome.status == "FAILED"
    assert outcome.reason == trained.failure.reason
    (run,) = tmp_path.glob("runs/csv/*")
    assert "FAILED" in (run / "run.json").read_text()
