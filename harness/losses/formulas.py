"""The weighted errors as pure functions of tensors, on keras.ops alone."""

from typing import Annotated, Any, Literal, TypeAlias, get_args

from annotated_types import Interval
from keras import ops

# Whatever the backend of Keras computes with, and what it makes tensors from.
Tensor: TypeAlias = Any
Form: TypeAlias = Literal["root_over_sum", "root_of_mean", "batch"]
Normalisation: TypeAlias = Literal["sample", "batch", "none"]
Error: TypeAlias = Literal["squared", "absolute", "huber"]
# Of the targets as the network sees them. Beyond these bounds its products are no numbers of single precision.
LEAST_DELTA, LARGEST_DELTA = 1e-6, 1e6
Delta: TypeAlias = Annotated[float, Interval(ge=LEAST_DELTA, le=LARGEST_DELTA)]
FORMS, NORMALISATIONS, ERRORS = get_args(Form), get_args(Normalisation), get_args(Error)


def weighted_rmse(y_true: Tensor, y_pred: Tensor, weights: Tensor, form: str = "root_over_sum") -> Tensor:
    """Weighted root mean squared error, one value a sample.

    With e = y_true - y_pred, sums over the outputs i, and for each sample b its own weights or the shared ones:

    - `root_over_sum`: sqrt(sum_i w_i e_i^2) / sum_i w_i. Multiplying w by c multiplies it by c^(-1/2).
    - `root_of_mean`: sqrt(sum_i w_i e_i^2 / sum_i w_i). Not changed by the scale of w.
    - `batch`: sqrt(sum_b sum_i w_bi e_bi^2) / sum_b sum_i w_bi, one root over the batch; every sample gets this same
      value, so that its mean over the batch is the value itself. It falls as 1/sqrt(batch size).

    A sample whose weights are all zero counts 0. The gradient at zero error is 0, not NaN. A NaN in a target, a
    prediction or a weight makes its sample's value NaN, and so the mean over the batch. Weights may be as large or as
    small as their dtype holds: nothing between them and the result leaves its range.

    Args:
        y_true: [batch, outputs].
        y_pred: [batch, outputs]; the result has its dtype.
        weights: [outputs], shared by the samples, or [batch, outputs]; not negative.
        form: one of FORMS.

    Returns:
        [batch].

    Raises:
        ValueError: where the shapes are not exactly these (nothing is broadcast), or the form is unknown.
    """
    _known("form", form, FORMS)
    difference, weights = _difference(y_true, y_pred, weights)
    squares: Tensor = ops.square(difference)
    weights, largest = _relative(weights, None if form == "batch" else 1)
    if form == "batch":
        whole = _ratio(_root(ops.sum(weights * squares)), ops.sum(weights)) / ops.sqrt(largest)
        return whole * ops.ones_like(squares[:, 0])
    squares, weights = ops.sum(weights * squares, axis=1), ops.sum(weights, axis=1)
    if form == "root_over_sum":
        return _ratio(_root(squares), weights) / ops.sqrt(largest)
    return _root(_ratio(squares, weights))


def weighted_mse(
    y_true: Tensor,
    y_pred: Tensor,
    weights: Tensor,
    normalise: str = "sample",
    error: str = "squared",
    delta: float = 1.0,
) -> Tensor:
    """Weighted mean squared error, or that of another error of each output, one value a sample.

    With d_i = e_i^2, or what `error_of` makes of e_i = y_true - y_pred:

    - `sample`: sum_i w_i d_i / sum_i w_i. A factor common to one sample's weights cancels.
    - `batch`: batch * sum_i w_bi d_bi / sum_b sum_i w_bi, so that their mean is one sum over the batch by another.
    - `none`: the mean over i of w_i d_i; meant for weights of mean 1 over the training data.

    For shared weights of mean 1 the three are one.

    Args:
        y_true, y_pred, weights: see `weighted_rmse`, as for the result and the errors.
        normalise: one of NORMALISATIONS.
        error, delta: see `error_of`.
    """
    _known("normalise", normalise, NORMALISATIONS)
    difference, weights = _difference(y_true, y_pred, weights)
    errors = error_of(difference, error, delta)
    weights, largest = _relative(weights, None if normalise == "batch" else 1)
    if normalise == "none":
        return ops.mean(weights * errors, axis=1) * largest
    below = ops.sum(weights, axis=1) if normalise == "sample" else ops.mean(ops.sum(weights, axis=1))
    return _ratio(ops.sum(weights * errors, axis=1), below)


def error_of(difference: Tensor, error: str, delta: float) -> Tensor:
    """What the difference e of target and prediction counts, in any shape.

    - `squared`: e^2.
    - `absolute`: |e|, whose gradient at 0 is 0.
    - `huber`: e^2 / 2 up to |e| = delta, and delta (|e| - delta / 2) beyond, with one slope where they meet
      (P. J. Huber: Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 1964).

    Args:
        error: one of ERRORS.
        delta: of `huber` alone, above 0, in the unit of e.

    Raises:
        ValueError: where the error is unknown.
    """
    _known("error", error, ERRORS)
    if error == "squared":
        return ops.square(difference)
    size: Tensor = ops.abs(difference)
    if error == "absolute":
        return size
    within: Tensor = ops.minimum(size, ops.convert_to_tensor(delta, dtype=size.dtype))
    return within * (size - within / 2)


def weighted_gaussian_nll(y_true: Tensor, y_pred: Tensor, weights: Tensor, log_variance: Tensor) -> Tensor:
    """Weighted negative log-likelihood of Gaussian errors, without its constant, one value a sample.

    sum_i w_i (e_i^2 / (2 s_i^2) + log s_i), with e = y_true - y_pred and log_variance = log s^2. It may be negative.

    Args:
        y_true, y_pred, weights: see `weighted_rmse`, as for the result and the errors.
        log_variance: [outputs].
    """
    difference, weights = _difference(y_true, y_pred, weights)
    squares: Tensor = ops.square(difference)
    log_variance = ops.convert_to_tensor(log_variance, dtype=squares.dtype)
    if known_shape(log_variance) != known_shape(squares)[1:]:
        outputs = squares.shape[1:]
        raise ValueError(f"Expected log_variance of shape {tuple(outputs)}. Received: {tuple(log_variance.shape)}.")
    return ops.sum(weights * (squares * ops.exp(-log_variance) + log_variance), axis=1) / 2


def known_shape(tensor: Tensor) -> tuple[int | None, ...]:
    """The shape as a tuple; only its first size may be None, unknown until run time.

    Raises:
        ValueError: where more is unknown, and a wrong shape could be broadcast unseen.
    """
    try:
        shape = tuple(tensor.shape)
    except ValueError:  # how TensorFlow says that even the number of axes is unknown
        shape = None
    if shape is None or None in shape[1:]:
        raise ValueError(
            "Expected targets, predictions and weights whose shapes are known but for the batch size. "
            f"Received: {tensor.shape}. A compiled Keras model that is called with several shapes forgets what differs "
            "between them: call model.compile again before targets or weights of another shape."
        )
    return shape


def _difference(y_true: Tensor, y_pred: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """(e, w), both [batch, outputs]."""
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    weights = ops.convert_to_tensor(weights, dtype=y_pred.dtype)
    true, pred, given = known_shape(y_true), known_shape(y_pred), known_shape(weights)
    if len(pred) != 2 or not _same(true, pred):
        raise ValueError(f"Expected y_true and y_pred of one shape [batch, outputs]. Received: {true} and {pred}.")
    if given != pred[1:] and not _same(given, pred):
        raise ValueError(
            f"Expected weights of shape [outputs] or [batch, outputs] for predictions of shape {pred}. "
            f"Received: {given}."
        )
    return y_true - y_pred, weights * ops.ones_like(y_pred)


def _relative(weights: Tensor, axis: int | None) -> tuple[Tensor, Tensor]:
    """(the weights divided by their largest along `axis`, that largest), so that no sum of them leaves the range.

    A formula puts the largest back where its result depends on it. Its gradient is right without one of the largest,
    since the result is the same for whatever number stands there. Where all weights are 0 it is 1.
    """
    largest: Tensor = ops.stop_gradient(ops.max(weights, axis=axis, keepdims=True))
    largest = ops.where(largest > 0, largest, ops.ones_like(largest))
    return weights / largest, largest[:, 0] if axis == 1 else largest[0, 0]


def _same(shape: tuple[int | None, ...], pred: tuple[int | None, ...]) -> bool:
    """Whether a shape is that of the predictions; an unknown batch size may be any but 1, which could be broadcast."""
    if len(shape) != 2 or shape[1] != pred[1]:
        return False
    return shape[0] in (pred[0], None) or (pred[0] is None and shape[0] != 1)


def _root(x: Tensor) -> Tensor:
    """Square root with gradient 0 at 0, where the slope is infinite; the root of NaN is NaN."""
    # The inner guard keeps the infinite slope out of the gradient, where infinity times 0 would be NaN.
    return ops.where(x == 0, ops.zeros_like(x), ops.sqrt(ops.where(x == 0, ops.ones_like(x), x)))


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    """Above / below. Where no weight is above 0, both are 0, and so is their ratio; NaN in either is NaN."""
    return above / ops.where(below == 0, ops.ones_like(below), below)


def _known(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"Expected {name} to be one of {choices}. Received: {value!r}.")
