"""Whether the process of a RUNNING run lives."""

import pytest

from harness.processes.lock import held
from harness.sweep.ledger import is_alive

TRIAL = {"role": "trial", "fingerprint": "abc", "sweep": "night"}


@pytest.fixture
def alive(tmp_path):
    def alive(tags, asking="day"):
        return is_alive(tags, tmp_path / "trials", tmp_path / "sweeps" / asking)

    return alive


def test_a_trial_lives_with_its_own_lock_or_with_another_sweep_that_lives(alive, tmp_path):
    assert not alive(TRIAL)
    with held(tmp_path / "trials" / "abc" / "lock"):
        assert alive(TRIAL)
        assert alive(TRIAL, asking="night")
    with held(tmp_path / "sweeps" / "night" / "lock"):
        assert alive(TRIAL), "another machine may train it"
        assert not alive(TRIAL, asking="night"), "a sweep that begins anew has no trial under way"
        assert alive({"role": "sweep", "sweep": "night"})
        assert not alive({"role": "sweep", "sweep": "night"}, asking="night")
    assert not alive({"role": "sweep", "sweep": "night"})
    assert not alive({"role": "trial"})
