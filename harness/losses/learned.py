"""A weighting of the outputs that is learned with the network."""

from typing import Annotated, Any

import keras
import numpy as np
from annotated_types import Interval
from keras import ops

from harness.losses.formulas import Tensor, weighted_gaussian_nll
from harness.spec import Fittable


@keras.saving.register_keras_serializable(package="harness")
class LearnedVariance(keras.layers.Layer):
    """Adds the mean over the batch of `weighted_gaussian_nll` to its model's loss, and hands y_pred on.

    Its one variable, `log_variance` [outputs], trains with the model.

    Args:
        outputs: how many there are.
        initial_log_variance: the variable's value for every output when training begins.
    """

    def __init__(self, outputs: int, initial_log_variance: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.outputs, self.initial_log_variance = outputs, initial_log_variance
        initial = keras.initializers.Constant(initial_log_variance)
        self.log_variance = self.add_weight(name="log_variance", shape=(outputs,), initializer=initial)

    def call(self, y_true: Tensor, y_pred: Tensor, weights: Tensor) -> Tensor:
        """y_true, y_pred, weights: [batch, outputs]."""
        self.add_loss(ops.mean(weighted_gaussian_nll(y_true, y_pred, weights, self.log_variance)))
        return y_pred

    def get_config(self) -> dict[str, object]:
        """What rebuilds this layer."""
        own = {"outputs": self.outputs, "initial_log_variance": self.initial_log_variance}
        return {**super().get_config(), **own}


class Learned:
    """The squared error of each output, divided by a variance of its own that is trained: see `weighted_gaussian_nll`.

    From the source (A. Kendall, Y. Gal and R. Cipolla: Multi-task learning using uncertainty to weigh losses for scene
    geometry and semantics, CVPR 2018): several tasks l with losses e_l^2 are trained together on the sum of
    e_l^2 / (2 s_l^2) + log s_l, the negative logarithm of a Gaussian likelihood, where each s_l is trained with the
    network and its log variance is what is trained, since that divides by nothing.

    Ours: the tasks are the outputs of one vector, and the user's weights w_l multiply each summand. For shared weights
    this does not move the s_l that is best for a given network, sqrt(mean e_l^2): an output counts w_l / s_l^2, its
    weight by what cannot be predicted of it. Per-sample weights make it a weighted mean. A sample of larger weights
    counts more, in proportion.

    Args:
        initial_log_variance: log s_l^2 of every output when training begins, of the scaled targets.

    """

    # Beyond these bounds the variance or its inverse is no number of single precision.
    def __init__(self, initial_log_variance: Annotated[float, Interval(ge=-80, le=80)]):
        self.initial_log_variance = initial_log_variance

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """Every weight has its effect here."""

    def fittable(self, network: keras.Model, weights: np.ndarray) -> Fittable:
        """See `Fittable`; the network is left without the layer that learns."""
        shape = network.outputs[0].shape[1:]
        y_true, given = keras.Input(shape, name="y_true"), keras.Input(shape, name="weights")
        layer = LearnedVariance(shape[0], self.initial_log_variance, name="learned_variance")
        model = keras.Model([network.inputs[0], y_true, given], layer(y_true, network.outputs[0], given))
        return Fittable(
            model=model,
            compile={"loss": None},
            batch=lambda x, y, w: ((x, y, w * ops.ones_like(y)),),
            owned={"log_variance": layer.log_variance},
            weights=(),
        )
