"""The programs run: each in its tiny version, which says nothing about speed."""

import json
import math
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.benchmarks.measure import command

pytestmark = pytest.mark.slow


def _kept(tmp_path, *words):
    command(["-m", "tests.benchmarks", *words, "--tiny", "--json", str(tmp_path / "kept.json")], tmp_path)
    return json.loads((tmp_path / "kept.json").read_text())


def test_sweep(tmp_path):
    contestants = ["harness", "fused", "script"]
    if find_spec("torch"):
        contestants.append("torch")
    kept = _kept(tmp_path, "sweep", "--only", *contestants)
    assert [row["name"] for row in kept["rows"]] == contestants
    trials = {f"{loss} linear 2 0" for loss in ("weighted_rmse", "weighted_mse", "sample_weight")}
    assert all(set(kept["test_rmse"][name]) == trials for name in contestants)
    assert kept["machine"]["gigaflops_a_core"]


def test_step(tmp_path):
    pytest.importorskip("torch")
    (kept,) = _kept(tmp_path, "step")
    names = [row["name"] for row in kept["rows"]]
    variants = {file.stem for file in Path("conf/loss").glob("*.yaml")} - {"class_weight"}
    assert names[0] == "mse"
    assert {*variants, "torch"} <= set(names)


def test_neuralforecast(tmp_path):
    pytest.importorskip("neuralforecast")
    kept = _kept(tmp_path, "neuralforecast", "--seeds", "2")
    assert all(len(kept[model][whose]) == 2 for model in ("nlinear", "gru") for whose in ("here", "neuralforecast"))
    for _, numpy, here, _ in kept["by design"][:4]:
        assert here == pytest.approx(numpy, rel=1e-5)
    mse, rmse, slope, refused, moved = (there for *_, there in kept["by design"])
    assert mse == pytest.approx(kept["by design"][0][1], rel=1e-5)
    assert rmse > 1.5 * kept["by design"][1][1]
    assert math.isnan(slope)
    assert "horizon_weight" in refused
    assert moved < 1e-4 < kept["by design"][4][2]


def test_overhead(tmp_path):
    rows = {row["name"]: row for row in _kept(tmp_path, "overhead")["rows"]}
    assert {len(row["later trials"]) for row in rows.values()} == {2}
    # Each part was met: none of the functions that the program wraps has moved.
    assert all(min(row["first trial"]) > 0 for name, row in rows.items() if name != "trace and compile")


def test_fused(tmp_path):
    (kept,) = _kept(tmp_path, "fused")
    assert [row["name"] for row in kept["rows"]] == ["one by one", "1 at once", "2 at once"]


def test_scale(tmp_path):
    kept = _kept(tmp_path, "scale")
    assert [row["name"] for row in kept["rows"]] == ["--help", "finished sweep of 3 again"]
