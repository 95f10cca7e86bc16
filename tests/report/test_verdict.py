from example_verdict import RMSE, scores, verdict

from harness.report.verdict import verdict_on


def test_the_three_sentences():
    found = verdict(scores({"a": 1.0, "b": 1.0, "c": 1.3}, deviation=0.0005))
    best = {"a": "a", "b": "b"}[found.best]
    mean = found.as_json()["mean"]
    gain = 100 * (1 - mean / 1.6)
    first, second, third = found.sentences()
    assert first.startswith(
        f"{best} has the best mean test_weighted_rmse, {mean:.4g} over 6 seeds, {gain:.3g} % better than the naive "
        "baseline seasonal naive. Shown to be worse: c (by "
    )
    assert second == f"Equivalent to it within 1 %: {'b' if best == 'a' else 'a'}."
    assert third == "Nothing remains open."


def test_what_is_open_has_a_price():
    found = verdict(scores({"a": 1.0, "b": 1.0}, deviation=0.1))
    (_, second, third), (one,) = found.sentences(), found.as_json()["open"]
    assert second == "None is shown to be equivalent to it within 1 %."
    assert third.startswith(
        f"Open, neither worse nor equivalent: {one['variant']}. If the differences are as they look"
    )
    assert one["low"] < 0 < one["high"]
    assert found.needed > 6


def test_one_objective_under_three_names_is_one_variant():
    some = scores({"a": 1.0, "b": 1.3})
    some["a again"] = {place: score * (1 + 1e-6) for place, score in some["a"].items()}
    # Not trained any more after the first round, as one that another stands for.
    some["a once more"] = {place: score for place, score in some["a"].items() if place[0] < 3}
    found = verdict(some)
    assert found.groups == [["a", "a again", "a once more"], ["b"]]
    assert found.best == "a = a again = a once more"
    assert found.out == ["a again", "a once more", "b"]
    assert "one objective under several names" in found.sentences()[-1]


def test_a_baseline_that_is_better_is_named():
    (first, *_) = verdict_on(
        scores({"a": 2.0, "b": 2.0}),
        {"last": 1.0, "drift": 3.0},
        on="co2",
        metric=RMSE,
        name="test_weighted_rmse",
        confidence=0.95,
        margin=None,
        by_looks=False,
    ).sentences()
    assert first.startswith("co2: ")
    assert "% worse than the naive baseline last" in first


def test_what_the_names_of_one_objective_end_with_is_written_once():
    some = scores({"weighted_mse linear": 1.0, "b": 1.3})
    some["sample_weight linear"] = some["weighted_mse linear"]
    assert verdict(some).best == "weighted_mse = sample_weight linear"
