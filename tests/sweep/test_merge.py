from harness.spec import Outcome
from harness.sweep.merge import as_one_row


def outcome(loss, weights, seed, training):
    labels = {"loss": loss, "weights": weights}
    return Outcome("FINISHED", labels, seed, {"test_rmse": float(seed)}, {}, training, 1.0)


def test_outcomes_that_share_a_training_are_one_variant_in_all_of_their_seeds():
    outcomes = [
        outcome("a", "x", 0, "1"),
        outcome("b", "x", 0, "1"),
        outcome("c", "x", 0, "1"),
        outcome("a", "y", 0, "2"),
        outcome("b", "y", 0, "3"),
        # A further round, in which the others are left out.
        outcome("a", "x", 1, "4"),
    ]
    found = [(each.labels["loss"], each.labels["weights"], each.seed) for each in as_one_row(outcomes)]
    assert found == [("a = b = c", "x", 0), ("a", "y", 0), ("b", "y", 0), ("a = b = c", "x", 1)]


def test_what_failed_before_it_had_a_fingerprint_is_nobodys_twin():
    outcomes = [outcome("a", "x", 0, ""), outcome("b", "x", 0, "")]
    assert as_one_row(outcomes) == outcomes
