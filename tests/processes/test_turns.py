"""Jobs that take turns in one process: one runs at a time, and what several ask for is answered once."""

import threading

import pytest

from harness.processes.lock import held
from harness.processes.turns import Own, Question, in_turns, seat

NOTHING = Own(get=lambda: None, put=lambda kept: None)


class Answers:
    """Adds one to each number, and keeps what was asked at once."""

    def __init__(self):
        self.asked = []

    def __call__(self, given):
        self.asked.append(list(given))
        return [number + 1 for number in given]


def ask(number, answers, alike="same"):
    return seat().ask(Question(alike, number, answers))


def test_what_jobs_ask_alike_is_answered_at_once_in_their_order():
    answers = Answers()

    def run(job):
        return ask(ask(job, answers) * 10, answers)

    assert in_turns(run, [1, 2, 3], NOTHING, at_a_time=3) == [21, 31, 41]
    assert answers.asked == [[1, 2, 3], [20, 30, 40]]


def test_what_is_not_alike_is_answered_apart():
    answers = Answers()
    assert in_turns(lambda job: ask(job, answers, alike=job % 2), [1, 2, 3], NOTHING, at_a_time=3) == [2, 3, 4]
    assert answers.asked == [[1, 3], [2]]


def test_a_job_that_ends_makes_room_before_the_others_are_answered():
    answers = Answers()

    def run(job):
        for _ in range(job):
            ask(job, answers)
        return job

    assert in_turns(run, [1, 3, 2, 1], NOTHING, at_a_time=2) == [1, 3, 2, 1]
    assert answers.asked == [[1, 3], [3, 2], [3, 2], [1]]


def test_exactly_one_job_runs_at_a_time():
    answers, running, most = Answers(), [], []

    def run(job):
        for _ in range(20):
            running.append(job)
            most.append(len(running))
            threading.Event().wait(0.0005)
            running.remove(job)
            ask(job, answers)

    in_turns(run, range(4), NOTHING, at_a_time=4)
    assert len(most) == 80
    assert set(most) == {1}


def test_each_job_finds_what_the_process_has_once_as_it_left_it():
    here, answers = {"value": "before"}, Answers()
    own = Own(get=lambda: here["value"], put=lambda value: here.update(value=value))

    def run(job):
        found = [here["value"]]
        here["value"] = job
        ask(0, answers)
        found.append(here["value"])
        return found

    assert in_turns(run, ["a", "b"], own, at_a_time=2) == [["before", "a"], ["before", "b"]]


def test_an_error_of_an_answer_reaches_every_job_that_asked():
    def fail(given):
        raise ValueError("no answer")

    def run(job):
        with pytest.raises(ValueError, match="no answer"):
            ask(job, fail)
        return job

    assert in_turns(run, [1, 2], NOTHING, at_a_time=2) == [1, 2]


def test_an_error_of_a_job_is_raised_once_all_have_ended():
    ended, answers = [], Answers()

    def run(job):
        if job == 1:
            raise KeyError("broken")
        ask(job, answers)
        ended.append(job)

    with pytest.raises(KeyError, match="broken"):
        in_turns(run, [1, 2, 3], NOTHING, at_a_time=3)
    assert ended == [2, 3]


def test_a_job_that_waits_for_a_lock_lets_its_holder_go_on(tmp_path):
    answers, order = Answers(), []

    def run(job):
        with held(tmp_path / "lock"):
            order.append(f"{job} holds")
            ask(job, answers)
            order.append(f"{job} lets go")

    in_turns(run, [1, 2], NOTHING, at_a_time=2)
    assert order == ["1 holds", "1 lets go", "2 holds", "2 lets go"]


def test_outside_there_is_no_seat():
    assert seat() is None
    in_turns(lambda job: None, [1], NOTHING, at_a_time=1)
    assert seat() is None
