"""The recurrence against a loop in float64, whose gradients are differences of its values."""

import numpy as np
import pytest
import tensorflow as tf

from harness.training.kernels.cells import GRU, LSTM, SimpleRNN
from harness.training.kernels.recurrence import recurrence

CELLS = {"lstm": (LSTM(), 4, 2), "gru": (GRU(), 3, 1), "simple_rnn": (SimpleRNN(), 1, 1)}
STEPS, BATCH, FEATURES, UNITS = 5, 3, 2, 3


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm(x, states, kernel, recurrent, bias):
    h, c = states
    i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return [sigmoid(o) * np.tanh(c), c]


def gru(x, states, kernel, recurrent, bias):
    x_z, x_r, x_n = np.split(x @ kernel + bias[0], 3, axis=1)
    h_z, h_r, h_n = np.split(states[0] @ recurrent + bias[1], 3, axis=1)
    z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
    return [z * states[0] + (1 - z) * np.tanh(x_n + r * h_n)]


def simple_rnn(x, states, kernel, recurrent, bias):
    return [np.tanh(x @ kernel + states[0] @ recurrent + bias)]


BY_HAND = {"lstm": lstm, "gru": gru, "simple_rnn": simple_rnn}


def outputs_by_hand(cell, x, *others):
    """[steps, batch, units], of arguments in the order of `arguments`."""
    *weights, bias = others[:3]
    states, outputs = list(others[3:]), []
    for each in x:
        states = BY_HAND[cell](each, states, *weights, bias)
        outputs.append(states[0])
    return np.stack(outputs)


def arguments(cell):
    """x, kernel, recurrent kernel, bias and first states, float64."""
    _, gates, states = CELLS[cell]
    width, random = gates * UNITS, np.random.default_rng(0)
    bias = (2, width) if cell == "gru" else (width,)
    shapes = [(STEPS, BATCH, FEATURES), (FEATURES, width), (UNITS, width), bias, *[(BATCH, UNITS)] * states]
    return [random.normal(0, 0.8, shape) for shape in shapes]


def fast(cell, whole, x, kernel, recurrent, bias, *states):
    own = CELLS[cell][0]
    inputs = tf.concat([x, tf.ones_like(x[..., :1])], axis=-1)
    return recurrence(own, inputs, own.pack(kernel, recurrent, bias), states, whole)


def by_differences(function, values, step=1e-5):
    """The gradient of a number by each of the arrays."""
    found = []
    for value in values:
        gradient = np.empty_like(value)
        for place in np.ndindex(value.shape):
            kept, sides = value[place], []
            for moved in (kept + step, kept - step):
                value[place] = moved
                sides.append(function(*values))
            value[place] = kept
            gradient[place] = (sides[0] - sides[1]) / (2 * step)
        found.append(gradient)
    return found


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_values_and_gradients(cell, whole, jit_compile):
    values = arguments(cell)
    wanted = outputs_by_hand(cell, *values) if whole else outputs_by_hand(cell, *values)[-1]
    probe = np.random.default_rng(1).normal(size=wanted.shape)

    def projected(*given):
        outputs = outputs_by_hand(cell, *given)
        return np.sum(probe * (outputs if whole else outputs[-1]))

    @tf.function(jit_compile=jit_compile)
    def both(given):
        with tf.GradientTape() as tape:
            tape.watch(given)
            outputs = fast(cell, whole, *given)
            loss = tf.reduce_sum(outputs * probe.astype("float32"))
        return outputs, tape.gradient(loss, given)

    outputs, gradients = both([tf.constant(value, tf.float32) for value in values])
    np.testing.assert_allclose(outputs, wanted, rtol=0, atol=1e-6)
    for found, by_hand in zip(gradients, by_differences(projected, values), strict=True):
        np.testing.assert_allclose(found, by_hand, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_not_in_a_function_has_the_same_gradients(cell):
    given = [tf.constant(value, tf.float32) for value in arguments(cell)]

    def gradients():
        with tf.GradientTape() as tape:
            tape.watch(given)
            loss = tf.reduce_sum(fast(cell, True, *given) ** 2)
        return tape.gradient(loss, given)

    for eager, in_graph in zip(gradients(), tf.function(gradients)(), strict=True):
        np.testing.assert_allclose(eager, in_graph, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("in_graph", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_a_second_gradient_is_refused(cell, in_graph):
    given = [tf.constant(value, tf.float32) for value in arguments(cell)]

    def second():
        with tf.GradientTape() as outer:
            outer.watch(given)
            with tf.GradientTape() as inner:
                inner.watch(given)
                loss = tf.reduce_sum(fast(cell, False, *given) ** 2)
            first = inner.gradient(loss, given)
        return outer.gradient(first, given)

    with pytest.raises(NotImplementedError, match=r"write model\.kernel=keras"):
        (tf.function(second) if in_graph else second)()
