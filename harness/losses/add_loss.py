"""`add_loss` with targets and weights as inputs of the training model."""

import keras
from keras import ops

from harness.errors import InputError
from harness.losses.weighted_loss import WeightedLoss
from harness.spec import Fittable


class _AddLoss(keras.layers.Layer):
    """Adds the loss of (y_true, y_pred, weights) and hands y_pred on.

    Keras 3 refuses `model.add_loss` on symbolic tensors; a layer that receives them may still add a loss.
    """

    def __init__(self, loss, **kwargs):
        super().__init__(**kwargs)
        self.loss = loss

    def call(self, y_true, y_pred, weights):
        self.add_loss(self.loss(y_true, y_pred, weights))
        return y_pred


class AddLoss:
    """Any weighted loss, added inside the training model; the network alone is what is kept.

    Args:
        of: the `WeightedLoss` to add.

    Raises:
        InputError: for a loss variant that is no formula.
    """

    def __init__(self, of: WeightedLoss):
        if not isinstance(of, WeightedLoss):
            raise InputError(
                "loss.of",
                f"got {type(of).__name__}, which is Keras's own way and no formula to add",
                "Write loss.of=weighted_mse or loss.of=weighted_rmse",
            )
        self.of = of

    def check(self, weights, batch_size):
        """The formula's own check, told in the keys of this variant."""
        try:
            self.of.check(weights, batch_size)
        except InputError as error:
            own = (text.replace("loss.", "loss.of.") for text in (error.found, error.instead))
            raise InputError(error.key, *own) from error

    def fittable(self, network, weights):
        """See `Fittable`."""
        shape = network.outputs[0].shape[1:]
        y_true, given = keras.Input(shape, name="y_true"), keras.Input(shape, name="weights")
        pred = _AddLoss(self.of, name="add_loss")(y_true, network.outputs[0], given)
        return Fittable(
            model=keras.Model([network.inputs[0], y_true, given], pred),
            compile={"loss": None},
            batch=lambda x, y, w: ((x, y, w * ops.ones_like(y)),),
        )
