import numpy as np
import pytest

from harness.data.shared_targets import refuse_shared_targets
from harness.errors import InputError
from harness.spec import Split

RNG = np.random.default_rng(0)
OUTPUTS = 12


def cut(values, stride=1, outputs=OUTPUTS):
    """Every window of outputs values, `stride` rows apart."""
    return np.lib.stride_tricks.sliding_window_view(values, outputs)[::stride]


def walk(rows=400, seed=1):
    return np.cumsum(np.random.default_rng(seed).normal(size=rows))


def smooth(rows=400):
    """Without noise, and never the same twice."""
    time = np.arange(rows)
    return np.sin(time / 7) + np.sin(time / np.sqrt(90))


def splits(y, ends=(0.6, 0.8)):
    """In their order; the windows around each border, which share targets with it, are left out where `y` says so."""
    parts = np.split(np.arange(len(y)), [int(end * len(y)) for end in ends])
    return {
        name: Split(np.zeros((len(at), 3, 1)), y[at], at, len(y), series=np.zeros(len(at), int))
        for name, at in zip(("train", "validation", "test"), parts, strict=True)
    }


def interleaved(y, other):
    return np.stack([y, other], axis=1).reshape(-1, y.shape[1])


def normalised_one_by_one(y):
    return (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True)


APART = cut(walk(600), stride=OUTPUTS)
SHARING = {
    "two series interleaved": interleaved(cut(walk()), cut(walk(seed=2))),
    "reversed": cut(walk())[::-1],
    "shuffled": RNG.permutation(cut(walk())),
    "shuffled, without noise": RNG.permutation(cut(smooth())),
    "shuffled, five rows apart": RNG.permutation(cut(walk(), stride=3)),
    "each window twice": np.concatenate([APART, APART]),
    "normalised one by one": normalised_one_by_one(cut(walk())),
    "normalised one by one and shuffled": RNG.permutation(normalised_one_by_one(cut(walk()))),
    "normalised one by one, without noise": RNG.permutation(normalised_one_by_one(cut(smooth()))),
    "normalised in single precision": normalised_one_by_one(cut(walk())).astype(np.float32).astype(float),
    "rounded": RNG.permutation(cut(np.round(walk(2000), 1))),
    "twice, few outputs": np.tile(RNG.normal(size=(300, 4)), (2, 1)),
}


@pytest.mark.parametrize("kind", SHARING)
def test_shared_targets_are_refused(kind):
    with pytest.raises(InputError) as caught:
        refuse_shared_targets(splits(SHARING[kind]), "refuse")
    assert caught.value.key == "data.shared_targets"
    assert "validation samples share" in caught.value.found
    assert "data.shared_targets=allow" in caught.value.instead
    refuse_shared_targets(splits(SHARING[kind]), "allow")


TIME = np.arange(6000)
NOT_SHARING = {
    "apart": APART,
    "apart and shuffled": RNG.permutation(APART),
    "noise": RNG.normal(size=(300, OUTPUTS)),
    "small counts": cut(np.random.default_rng(1).poisson(2, 6000).astype(float), stride=OUTPUTS),
    "few counts": cut(np.random.default_rng(1).poisson(0.1, 6000).astype(float), stride=OUTPUTS),
    "temperatures to a tenth": cut(np.round(np.cumsum(np.random.default_rng(1).normal(0, 0.1, 6000)), 1), OUTPUTS),
    "straight lines": np.arange(300)[:, None] * 100.0 + RNG.integers(1, 9, 300)[:, None] * np.arange(OUTPUTS),
    "constants": np.repeat(RNG.normal(size=(300, 1)), OUTPUTS, axis=1),
    "zeros": np.zeros((300, OUTPUTS)),
    "without noise": cut(smooth(6000), OUTPUTS),
    "whole numbers": RNG.integers(0, 10**6, (3000, OUTPUTS)).astype(float),
    "one output": RNG.normal(size=(300, 1)),
    "small counts of one output": RNG.integers(0, 5, (300, 1)).astype(float),
}


@pytest.mark.parametrize("kind", NOT_SHARING)
def test_what_recurs_by_chance_is_let_through(kind):
    refuse_shared_targets(splits(NOT_SHARING[kind]), "refuse")


def test_the_message_names_how_many_and_which():
    y = np.concatenate([APART[:40], APART[7:8] * 1.0, RNG.normal(size=(8, OUTPUTS))])
    with pytest.raises(InputError) as caught:
        refuse_shared_targets(splits(y, ends=(0.5, 0.75)), "refuse")
    assert caught.value.found == (
        "got refuse, and 1 of 13 test samples share 8 consecutive target values with train samples, "
        "such as sample 40 with sample 7 of the source (counted from 0)"
    )


def test_a_part_of_many_runs_finds_it_too(monkeypatch):
    monkeypatch.setattr("harness.data.shared_targets.MOST_RUNS", 200)
    with pytest.raises(InputError, match="validation samples share"):
        refuse_shared_targets(splits(SHARING["shuffled"]), "refuse")


def test_an_unknown_rule():
    with pytest.raises(
        InputError, match=r"data\.shared_targets: got 'refused'.*Did you mean data\.shared_targets=refuse"
    ):
        refuse_shared_targets(splits(APART), "refused")
