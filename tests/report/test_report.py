"""The whole report, of sweeps in a real store."""

import csv
import dataclasses

import pytest
from report_settings import asked
from simulated_store import SWEEP, Simulated, simulate

from harness.errors import InputError
from harness.report.after import report

LOSSES = ("weighted_rmse", "weighted_mse", "sample_weight")
SEEDS = tuple(range(6))


def variants(seeds=SEEDS, data="one"):
    """weighted_mse and sample_weight are trained to a tenth more error than weighted_rmse."""
    return [
        Simulated(
            {"loss": loss, "weights": weights}, error=1.0 if loss == "weighted_rmse" else 1.1, seeds=seeds, data=data
        )
        for loss in LOSSES
        for weights in ("linear", "uniform")
    ]


@pytest.fixture(scope="module")
def swept(tmp_path_factory, put_database):
    """(folder, store) of a sweep in which one trial failed."""
    folder = tmp_path_factory.mktemp("swept")
    put_database(folder)
    each = variants()
    each[-1] = dataclasses.replace(each[-1], seeds=SEEDS[:-1], failed=SEEDS[-1:])
    return folder, simulate(folder, each)


@pytest.fixture(scope="module")
def written(swept):
    """(folder of the report, summary in one line)."""
    folder, store = swept
    summary = report(store, asked(), folder / "runs" / "sweeps")
    return folder / "runs" / "sweeps" / SWEEP / "report", " ".join(summary.split())


def table(folder, name):
    with (folder / "tables" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


def test_the_page_with_all_its_sections_pictures_and_tables(written):
    folder, _ = written
    page = (folder / "index.html").read_text()
    for title in (
        "Ranking",
        "What mattered",
        "Differences between variants",
        "Equivalent objectives",
        "Seeds needed",
        "Cost",
        "Effect of the weights",
    ):
        assert title in page
    assert page.count('src="data:image/png') == len(list((folder / "pictures").glob("*.png"))) >= 7
    tables = {file.stem for file in (folder / "tables").glob("*.csv")}
    assert tables >= {"ranking", "differences", "confidence_set", "elasticity", "cross_table", "equivalence"}
    assert tables >= {"what_mattered", "what_mattered_values", "seeds_needed", "left_out", "cost", "failed"}


def test_planted_differences_are_found_and_no_others(written):
    folder, said = written
    found = {row["variant"]: row for row in table(folder, "differences")}
    claimed = {name for name, row in found.items() if float(row["p, corrected"]) < 0.05}
    assert claimed == {f"{loss} {w}" for loss in LOSSES[1:] for w in ("linear", "uniform")}
    assert all(8 < float(found[name]["in %"]) < 14 for name in claimed)
    assert (
        "Cannot be distinguished from the best, at the 90% level: these 2 of 6: weighted_rmse linear, weighted_rmse"
        in said
    )


def test_the_effect_of_the_weights_is_what_was_planted(written):
    """Under uniform weights errors are (w / 1) ** 0.1 times those under linear weights w."""
    rows = table(written[0], "elasticity")
    assert [row["variant"] for row in rows] == [f"{loss} linear" for loss in LOSSES]
    assert [float(row["elasticity"]) for row in rows] == pytest.approx([-0.1] * 3, abs=1e-3)


def test_one_objective_under_two_names(written):
    rows = table(written[0], "equivalence")
    assert len(rows) == 6 * 5 / 2
    same = {(row["variant"], row["other"]) for row in rows if row["verdict"] == "same"}
    assert same == {(f"weighted_mse {w}", f"sample_weight {w}") for w in ("linear", "uniform")}


def test_what_mattered_is_what_was_planted(written):
    """Losses differ by a tenth, weights by what they do to one output, luck is 1 %."""
    folder, said = written
    found = {row["part"]: float(row["share [%]"]) for row in table(folder, "what_mattered")}
    assert max(found, key=lambda name: found[name]) == "loss"
    assert sum(found.values()) == pytest.approx(100)
    values = {row["value"]: float(row["to the mean of all [%]"]) for row in table(folder, "what_mattered_values")}
    assert values["weighted_mse"] - values["weighted_rmse"] == pytest.approx(9.4, abs=1.5)
    assert "From 6 variants" in " ".join((folder / "index.html").read_text().split())
    assert "all of this report speaks of one stretch of time" in said


def test_failures_and_missing_seeds_are_told(written):
    folder, said = written
    assert table(folder, "failed") == [
        {"variant": "loss=sample_weight weights=uniform", "seed": "5", "reason": "diverged in epoch 2"}
    ]
    assert "Seeds missing in some variants: 1; the pairs are those of seeds 0, 1, 2, 3, 4." in said


def test_baselines_are_ranked_among_the_variants(written):
    rows = table(written[0], "ranking")
    assert [row["variant"] for row in rows[-2:]] == ["persistence", "mean"]
    assert all(float(row["skill"]) > 0 for row in rows[:-2])


def test_it_is_kept_with_the_sweep(written, swept):
    folder, store = written[0], swept[1]
    (sweep,) = store.read(store.find({"role": "sweep"}))
    kept = sweep.files.path("report")
    assert (kept / "index.html").read_text() == (folder / "index.html").read_text()
    assert {f.name for f in (kept / "tables").iterdir()} == {f.name for f in (folder / "tables").iterdir()}


def test_written_again_it_is_the_same(written, swept):
    folder, store = written[0], swept[1]
    before = (folder / "summary.txt").read_text(), (folder / "tables" / "ranking.csv").read_text()
    report(store, asked(), swept[0] / "runs" / "sweeps")
    assert ((folder / "summary.txt").read_text(), (folder / "tables" / "ranking.csv").read_text()) == before


@pytest.mark.usefixtures("database")
def test_one_seed_refuses_intervals_and_keeps_the_rest(tmp_path):
    said = " ".join(report(simulate(tmp_path, variants(seeds=(3,))), asked(), tmp_path / "sweeps").split())
    assert said.count("got one seed") >= 3
    assert "sweep seed=0,1,2" in said
    folder = tmp_path / "sweeps" / SWEEP / "report"
    assert [row["low"] for row in table(folder, "ranking")] == [""] * 8
    assert len(table(folder, "equivalence")) == 15
    assert not (folder / "tables" / "differences.csv").exists()


@pytest.mark.usefixtures("database")
def test_seeds_that_are_not_paired(tmp_path):
    one = Simulated({"loss": "weighted_rmse"}, seeds=(0, 1))
    other = Simulated({"loss": "weighted_mse"}, seeds=(2, 3))
    said = " ".join(report(simulate(tmp_path, [one, other]), asked(), tmp_path / "sweeps").split())
    assert "No two variants have a seed in common: nothing can be compared in pairs." in said


@pytest.mark.usefixtures("database")
def test_several_data_sets_are_ranked_across(tmp_path):
    each = [
        dataclasses.replace(v, overrides={**v.overrides, "data": name}, data=name)
        for name in ("co2", "mackey_glass", "npz_file")
        for v in variants(seeds=(0, 1))
        if v.overrides["weights"] == "linear"
    ]
    for place, one in enumerate(each):
        if one.overrides["data"] == "npz_file":
            each[place] = dataclasses.replace(one, overrides={**one.overrides, "data.path": "x.npz"})
    said = report(simulate(tmp_path, each), asked(), tmp_path / "sweeps")
    folder = tmp_path / "sweeps" / SWEEP / "report"
    assert len(table(folder, "data_sets")) == 3
    # weighted_mse and sample_weight are one objective, but were simulated with luck of their own.
    matrix = {row["variant"]: row for row in table(folder, "data_sets_matrix")}
    assert float(matrix["weighted_rmse"]["mean rank"]) == 1
    assert "; 3/0/0; p " in matrix["weighted_rmse"]["weighted_mse"]
    assert "; 0/0/3; p " in matrix["weighted_mse"]["weighted_rmse"]
    assert {float(row["p"]) for row in table(folder, "data_sets_pairs")[:2]} == {0.25}
    assert "No pair is shown to differ over data sets. None could be: 3 data sets are too few" in " ".join(said.split())
    assert (folder / "pictures" / "critical_difference.png").exists()
    assert "Friedman's test" in said


@pytest.mark.usefixtures("database")
def test_folds_of_one_data_set_are_no_data_sets(tmp_path):
    each = [
        dataclasses.replace(v, overrides={**v.overrides, "fold": fold}, data=f"fold {fold}")
        for fold in (0, 1)
        for v in variants(seeds=(0, 1))
    ]
    said = report(simulate(tmp_path, each), asked(), tmp_path / "sweeps")
    assert "Across data sets" not in said


@pytest.mark.usefixtures("database")
def test_nothing_finished(tmp_path):
    store = simulate(tmp_path, [Simulated({"loss": "weighted_rmse"}, seeds=(), failed=(0,))])
    with pytest.raises(InputError, match=r"no finished trial among these runs\. diverged in epoch 2"):
        report(store, asked(), tmp_path / "sweeps")


@pytest.mark.parametrize(
    ("more", "told"),
    [({"metric": "test_wape"}, "report.metric"), ({"reference": "weighted_rmse linaer"}, "weighted_rmse linear")],
)
def test_settings_that_do_not_fit_these_runs(swept, more, told):
    with pytest.raises(InputError, match=told):
        report(swept[1], asked(**more), swept[0] / "elsewhere")
