import pytest
from hydra.errors import ConfigCompositionException

from harness.config.explain import explain
from harness.config.overrides import CONF, expand
from harness.errors import InputError


def test_nested_choices_are_written_as_hydra_wants_them():
    given = [
        "evaluate.weights=linear,uniform",
        "weights.of=exponential",
        "loss.of=weighted_rmse",
        "loss.of.form=batch",
        "-m",
    ]
    assert expand(given) == [
        "weights@evaluate.weights=linear,uniform",
        "weights@weights.of=exponential",
        "loss@loss.of=weighted_rmse",
        "loss.of.form=batch",
        "-m",
    ]


def test_a_value_that_looks_like_a_nested_choice_stays():
    assert expand(["a=weights.of=3"]) == ["a=weights.of=3"]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("model.unitz", "model.unitz: no such key. Did you mean model.units?"),
        ("train.lr_epochs", "train.lr_epochs: no such key. Did you mean train.epochs?"),
        ("weights.gamma", "weights.gamma: no such key under the choices made. It belongs to another file"),
        ("zzz", "zzz: no such key. `python -m harness --help`"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest(key, told):
    error = ConfigCompositionException(f"Could not override '{key}'.\nTo append to your config use +{key}=1")
    assert explain(error, CONF).startswith(f"error: {told}")


def test_an_error_of_ours_is_told_as_it_is():
    assert explain(InputError("data.path", "no file", "Write one"), CONF) == "error: data.path: no file. Write one"


def test_any_other_error_says_how_to_see_more():
    told = explain(ZeroDivisionError("division by zero"), CONF)
    assert told == "error: ZeroDivisionError: division by zero\nSet HYDRA_FULL_ERROR=1 to see where it comes from."
