from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.metrics import BUILT_IN, Metric, Metrics
from harness.spec import Outcome
from harness.terminal.messages import describe_trial, print_notes, print_start, print_sweep, print_trial
from harness.terminal.table import Standard

FEATURES = "[temp],[load]"
WITH_MARKUP = {"data.features": FEATURES, "weights.path": "a[/b].npy"}
REASON = "weights.path: got [/b] and [red]"
SCORES = {
    "test_weighted_rmse": 0.2225,
    "test_rmse": 0.2439,
    "test_mae": 0.2,
    "val_rmse": 0.3,
    "skill": -2.4,
    "epochs": 2,
}
NAIVE = {"seasonal_naive_with_drift": {"test_weighted_rmse": 0.0654, "test_rmse": 0.0867}}


@pytest.fixture(params=[80, 160, None])
def width(request, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    if request.param:
        monkeypatch.setenv("COLUMNS", str(request.param))
    return request.param


def outcome(features=FEATURES, status="FINISHED", **more):
    labels = {**WITH_MARKUP, "data.features": features}
    done = status == "FINISHED"
    return Outcome(status, labels, 0, SCORES if done else {}, NAIVE if done else {}, "f", 1.0, **more)


def test_values_and_reasons_with_brackets_are_shown_as_they_stand(width, capsys):
    sweep = [outcome(), outcome("[wind]"), outcome("[/b]", "FAILED", reason=REASON)]
    print_sweep(sweep, Standard(), Path("runs"), ["To see every run: mlflow ui [x]"])
    printed = " ".join(capsys.readouterr().out.split())
    for text in (FEATURES, "[wind]", f"FAILED data.features=[/b] seed=0: {REASON}", "mlflow ui [x]"):
        assert text in printed


def test_a_refusal_with_brackets_is_shown_as_it_stands(width, capsys):
    planned = [SimpleNamespace(fingerprint=None, refusal=REASON), SimpleNamespace(fingerprint="f", refusal="")]
    print_start("name", planned, {"f"}, planned[:1], in_rounds=False)
    assert capsys.readouterr().out.splitlines() == [
        "2 trials, sweep name: 1 of 2 done before, 1 to go",
        f"1 of them cannot work: {REASON}",
    ]


def test_the_table_as_csv_is_named_where_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "300")
    print_sweep([outcome()], Standard(), tmp_path / "table.csv", [])
    assert "table.csv" not in capsys.readouterr().out, "the store was out of reach, so that it is not written yet"
    (tmp_path / "table.csv").touch()
    print_sweep([outcome()], Standard(), tmp_path / "table.csv", [])
    assert f"The table as CSV: {tmp_path / 'table.csv'}" in capsys.readouterr().out


def test_what_is_to_know_of_the_data_is_told_once(width, capsys):
    notes = ["rows are taken as [evenly] spaced", "3 of 10 windows are left out"]
    print_notes(note for _ in range(2) for note in notes)
    assert capsys.readouterr().out.splitlines() == [f"{note}." for note in notes]


def test_nothing_is_wider_than_the_terminal(width, capsys):
    print_sweep([outcome(), outcome("[wind]", note="best of 9 " + "tuner trials " * 20)], Standard(), Path("r"), [])
    print_trial(outcome(note="best of 9 " + "tuner trials " * 20), Standard(), [])
    lines = capsys.readouterr().out.splitlines()
    assert width is None or max(map(len, lines)) <= width
    assert any("seasonal naive with drift" in line for line in lines)


def test_a_trial_beside_its_baselines(width, capsys):
    print_trial(outcome(run_id="abc"), Standard(), ["To see it: mlflow ui"])
    heading, _, network, naive, *rest = capsys.readouterr().out.splitlines()
    shown = ["test_weighted_rmse", "test_rmse", "test_mae", "skill", *([] if width == 80 else ["val_rmse"])]
    assert heading.split() == shown
    assert network.split()[:3] == ["network", "0.2225", "0.2439"]
    assert naive.split()[-2:] == ["0.0654", "0.0867"]
    assert rest[-2:] == ["2 epochs, 1 s, run abc", "To see it: mlflow ui"]


def test_a_trials_own_metric_is_shown(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "160")
    peak = Metric("peak", lambda y_true, y_pred, weights: 0.0, lower_is_better=False)
    both = Metrics({**BUILT_IN.by_name, "peak": peak})
    shown = Outcome("FINISHED", {}, 0, {**SCORES, "test_peak": 0.75}, NAIVE, "f", 1.0)
    print_trial(shown, Standard(both), [])
    printed = capsys.readouterr().out
    assert "test_peak" in printed.splitlines()[0]
    assert "0.75" in printed


def test_a_trial_in_the_words_of_the_command_line():
    labels = {"loss": "weighted_mse", "model.units": "8"}
    assert describe_trial(labels, ["model.units", "loss", "data"], 3) == "model.units=8 loss=weighted_mse seed=3"
    assert describe_trial(labels, ["loss"], None) == "loss=weighted_mse"
    assert describe_trial(labels, ["loss"], 3, 1) == "loss=weighted_mse seed=3 fold=1"
