"""`add_loss` with targets and weights as inputs of the training model."""

from typing import Annotated

import keras
import numpy as np
from keras import ops

from harness.errors import InputError
from harness.kinds import Built
from harness.losses.formulas import Tensor
from harness.losses.weighted_loss import WeightedLoss
from harness.spec import Fittable


@keras.saving.register_keras_serializable(package="harness")
class LossLayer(keras.layers.Layer):
    """Adds a loss of targets, predictions and weights to its model, and hands the predictions on.

    For anyone's Keras model, where the weights are an input. Keras 3 refuses `model.add_loss` on symbolic tensors; a
    layer that receives them may still add a loss:

        y_true, weights = keras.Input((outputs,)), keras.Input((outputs,))
        pred = LossLayer(WeightedRMSE())(y_true, network.outputs[0], weights)
        training = keras.Model([network.inputs[0], y_true, weights], pred)
        training.compile(optimizer="adam")
        training.fit([x, y, w])

    The network itself stays without it: `network.predict(x)` needs neither targets nor weights.

    Args:
        loss: called as loss(y_true, y_pred, weights), each [batch, outputs], such as a `WeightedLoss`.

    Raises:
        ValueError: where that is no Keras loss.
    """

    def __init__(self, loss: keras.losses.Loss, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(loss, keras.losses.Loss):
            raise ValueError(f"Expected a keras.losses.Loss. Received: {loss!r}.")
        self.loss = loss

    def call(self, y_true: Tensor, y_pred: Tensor, weights: Tensor) -> Tensor:
        """y_true, y_pred, weights: [batch, outputs]."""
        self.add_loss(self.loss(y_true, y_pred, weights))
        return y_pred

    def get_config(self) -> dict[str, object]:
        """What rebuilds this layer."""
        return {**super().get_config(), "loss": keras.saving.serialize_keras_object(self.loss)}

    @classmethod
    def from_config(cls, config: dict[str, object]) -> "LossLayer":
        """The layer that `get_config` described."""
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})


class AddLoss:
    """Any weighted loss, added inside the training model; the network alone is what is kept.

    Args:
        of: the `WeightedLoss` to add.

    Raises:
        InputError: for a loss variant that is no formula.
    """

    def __init__(self, of: Annotated[WeightedLoss, Built("loss.of=weighted_mse or loss.of=weighted_rmse")]):
        if not isinstance(of, WeightedLoss):
            raise InputError(
                "loss.of",
                f"got {type(of).__name__}, which is Keras's own way and no formula to add",
                "Write loss.of=weighted_mse or loss.of=weighted_rmse",
            )
        self.of = of

    def check(self, weights: np.ndarray, batch_size: int) -> None:
        """The formula's own check, in the keys of this variant."""
        try:
            self.of.check(weights, batch_size)
        except InputError as error:
            own = (text.replace("loss.", "loss.of.") for text in (error.found, error.instead))
            raise InputError(error.key, *own) from error

    def fittable(self, network: keras.Model, weights: np.ndarray) -> Fittable:
        """See `Fittable`."""
        shape = network.outputs[0].shape[1:]
        y_true, given = keras.Input(shape, name="y_true"), keras.Input(shape, name="weights")
        pred = LossLayer(self.of, name="add_loss")(y_true, network.outputs[0], given)
        return Fittable(
            model=keras.Model([network.inputs[0], y_true, given], pred),
            compile={"loss": None},
            batch=lambda x, y, w: ((x, y, w * ops.ones_like(y)),),
            weights=(),
        )
