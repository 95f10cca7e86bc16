"""Names of traced functions: by the key alone, never twice, of one thread."""

from collections import Counter
from threading import Thread

import pytest
import tensorflow as tf

from harness.training import named_alike as module
from harness.training.named_alike import named_alike


@pytest.fixture
def as_in_a_fresh_process(monkeypatch):
    """What a process remembers of the keys that came before."""
    return lambda: monkeypatch.setattr(module, "_uses", Counter())


def names(functions=2):
    """Of functions that are traced now, one with a branch, which is a function of its own."""

    def branch(x):
        return tf.cond(tf.reduce_sum(x) > 0, lambda: x + 1, lambda: x - 1)

    shape = tf.TensorSpec([2])
    traced = [tf.function(branch).get_concrete_function(shape) for _ in range(functions)]
    return [each.name.decode() for each in traced] + [
        node.attr["then_branch"].func.name
        for each in traced
        for node in each.graph.as_graph_def().node
        if "then_branch" in node.attr
    ]


def test_names_follow_from_the_key_whatever_was_traced_before(as_in_a_fresh_process):
    as_in_a_fresh_process()
    with named_alike("a"):
        first = names()
    names(5)
    with named_alike("b"):
        other = names()
    as_in_a_fresh_process()
    with named_alike("a"):
        assert names() == first
    assert not {*first} & {*other}
    assert len({*first}) == 4


def test_a_key_that_comes_again_gives_names_of_its_own(as_in_a_fresh_process):
    as_in_a_fresh_process()
    with named_alike("again"):
        first = names()
    with named_alike("again"):
        second = names()
    assert not {*first} & {*second}


def test_outside_the_block_without_a_key_and_in_other_threads_names_are_as_ever():
    numbers = []

    def number():
        numbers.append(int(names(1)[0].rpartition("_")[2]))

    number()
    with named_alike("c"):
        thread = Thread(target=number)
        thread.start()
        thread.join()
        own = int(names(1)[0].rpartition("_")[2])
    with named_alike(None):
        number()
    number()
    assert numbers == sorted(numbers)
    assert own > module.ROOM > numbers[-1]
