"""A trial's folder arrives as it was sent, whole or not at all."""

import pytest

from harness.processes.lock import held, is_held
from harness.sweep.cluster.parcel import pack, unpack


@pytest.fixture
def sent(tmp_path):
    """(the parcel of a folder, that folder)."""
    folder = tmp_path / "there" / "f"
    (folder / "record" / "files").mkdir(parents=True)
    (folder / "record" / "run.json").write_text("{}")
    (folder / "record" / "files" / "a.txt").write_text("1")
    (folder / "repeats" / "0").mkdir(parents=True)
    (folder / "repeats" / "0" / "b.bin").write_bytes(b"\0\1")
    return pack(folder), folder


def test_all_arrives_and_nothing_stays(sent, tmp_path):
    parcel, folder = sent
    assert not folder.exists()
    here = tmp_path / "here" / "f"
    unpack(parcel, here)
    assert sorted(place.name for place in here.iterdir()) == ["record", "repeats"]
    assert (here / "record" / "run.json").read_text() == "{}"
    assert (here / "record" / "files" / "a.txt").read_text() == "1"
    assert (here / "repeats" / "0" / "b.bin").read_bytes() == b"\0\1"


def test_what_an_earlier_try_left_gives_way(sent, tmp_path):
    parcel, _ = sent
    here = tmp_path / "here" / "f"
    (here / "record").mkdir(parents=True)
    (here / "record" / "old.txt").write_text("old")
    (here / "arriving").mkdir()
    (here / "arriving" / "half").write_text("half")
    (here / "checkpoint.npz").write_text("mine")
    unpack(parcel, here)
    assert sorted(place.name for place in here.iterdir()) == ["checkpoint.npz", "record", "repeats"]
    assert not (here / "record" / "old.txt").exists()


def test_a_folder_that_is_here_and_there_is_the_same(sent):
    parcel, folder = sent
    unpack(parcel, folder)
    assert (folder / "record" / "run.json").read_text() == "{}"
    assert not is_held(folder / "lock")
    with held(folder / "lock"):
        assert is_held(folder / "lock")
