import pytest

from harness.audit.audit import DIFFERENT, FACTOR, Note, Pair
from harness.report.step_size import depends_on_scale, one_learning_rate

PAIRS = [Pair("a", "b", FACTOR, 0.1, 1e-9), Pair("a", "c", DIFFERENT, None, 0.5)]
NOTES = [Note("a", True, "", 0.0, 2.0), Note("b", True, "", 0.0, 20.0), Note("c", True, "", 0.0, 5.0)]


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"_target_": "keras.optimizers.Adam", "clipnorm": "None"}, ""),
        ({"_target_": "keras.optimizers.AdamW"}, ""),
        ({"_target_": "keras.optimizers.SGD"}, "the steps of SGD grow with the gradient"),
        ({"_target_": "mine.Momentum"}, "the steps of Momentum grow with the gradient"),
        (
            {"_target_": "keras.optimizers.Adam", "global_clipnorm": "1.0"},
            "global_clipnorm cuts gradients at a fixed size",
        ),
        ({}, ""),
    ],
)
def test_depends_on_scale(params, why):
    assert depends_on_scale({f"train.optimizer.{key}": value for key, value in params.items()}) == why


def test_one_learning_rate():
    sentences, (table,) = one_learning_rate("the steps of SGD grow with the gradient", PAIRS, NOTES)
    assert "the gradient of b is 10 times as long as that of a" in sentences[0]
    assert sentences[1:] == [
        "a has 0.1 times the gradient of b: the two are one experiment where the learning rate of a is 10 times that "
        "of b."
    ]
    assert [row[2] for row in table.rows] == [1, 10, 2.5]
    assert one_learning_rate("", PAIRS, NOTES) == ([], [])
    clipped, _ = one_learning_rate("clipnorm cuts gradients at a fixed size", PAIRS, NOTES)
    assert len(clipped) == 1, "no learning rate makes one experiment of two where gradients are cut"
