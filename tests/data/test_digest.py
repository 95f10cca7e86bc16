from dataclasses import replace

import numpy as np
import pytest

from harness.data import chunks as module
from harness.data.digest import digest
from harness.data.framing import SeriesFraming
from harness.data.windows import cut
from harness.spec import Dataset, Scaling, Series, Split


def dataset():
    def part(n):
        return Split(
            np.arange(n * 6.0).reshape(n, 3, 2),
            np.ones((n, 4)),
            np.arange(n),
            12,
            np.full((n, 4), 2.0),
            series=np.arange(n) % 2,
        )

    scaling = Scaling(False, 0, np.zeros(2), np.ones(2), 0.5, 2.0)
    return Dataset(part(5), part(2), part(3), scaling, target=0, season=7, unit="m", series=("a", "b"))


def test_sixteen_hex_digits_and_the_same_again():
    first = digest(dataset())
    assert first == digest(dataset())
    assert len(first) == 16
    int(first, 16)


def with_changed_array(name, field):
    data = dataset()
    part = getattr(data, name)
    array = getattr(part, field).copy()
    array.flat[-1] += 1
    return replace(data, **{name: replace(part, **{field: array})})


CHANGES = {
    **{
        f"{name}.{field}": with_changed_array(name, field)
        for name in ("train", "validation", "test")
        for field in ("x", "y", "index", "weights", "series")
    },
    "no weights": replace(dataset(), train=replace(dataset().train, weights=None)),
    "shape": replace(dataset(), train=replace(dataset().train, x=dataset().train.x.reshape(5, 2, 3))),
    "y_scale": replace(dataset(), scaling=replace(dataset().scaling, y_scale=3.0)),
    "x_shift": replace(dataset(), scaling=replace(dataset().scaling, x_shift=np.ones(2))),
    "last_value": replace(dataset(), scaling=replace(dataset().scaling, last_value=True)),
    "target": replace(dataset(), target=None),
    "season": replace(dataset(), season=8),
    "samples": replace(dataset(), test=replace(dataset().test, samples=13)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_shows(change):
    assert digest(CHANGES[change]) != digest(dataset())


def test_all_changes_differ():
    assert len({digest(data) for data in CHANGES.values()}) == len(CHANGES)


def test_names_do_not_count():
    assert digest(replace(dataset(), unit="km")) == digest(dataset())
    assert digest(replace(dataset(), series=("c", "d"))) == digest(dataset())


def cut_dataset():
    series = Series(np.random.default_rng(0).normal(size=(60, 2)), target=0, season=None, unit="", name="")
    framing = SeriesFraming(
        lookback=4,
        outputs=3,
        stride=1,
        split=[0.6, 0.2, 0.2],
        train_span="grow",
        missing="refuse",
        normalise="last_value",
    )
    return cut([series], framing, fold=0)


def test_views_and_copies_are_one(monkeypatch):
    data = cut_dataset()
    parts = {}
    for name in ("train", "validation", "test"):
        part = getattr(data, name)
        x = replace(part.x, rows=part.x.rows.copy(), starts=part.x.starts.copy())
        parts[name] = replace(part, x=x, y=part.y.copy())
    whole = digest(replace(data, **parts))
    assert digest(data) == whole
    monkeypatch.setattr(module, "CHUNK", 7)
    assert digest(data) == whole


@pytest.mark.parametrize("field", ["rows", "starts", "length"])
def test_every_change_of_rows_shows(field):
    data = cut_dataset()
    x = data.train.x
    changed = {"rows": x.rows + np.eye(*x.rows.shape), "starts": x.starts + 1, "length": x.length + 1}[field]
    part = replace(data.train, x=replace(x, **{field: changed}))
    assert digest(replace(data, train=part)) != digest(data)
