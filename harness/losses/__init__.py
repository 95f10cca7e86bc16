"""The losses for anyone's Keras model: `model.compile(loss=WeightedRMSE(weights=w))`.

`LossLayer` adds them inside a model, where weights are an input; `weighted_rmse` and `weighted_mse` are the formulas.
"""

from harness.losses.add_loss import LossLayer
from harness.losses.weighted_mse import WeightedMSE
from harness.losses.weighted_rmse import WeightedRMSE

# isort: split
# After the two above: a file that is imported takes its name in the package, and here the functions have these names.
from harness.losses.formulas import weighted_mse, weighted_rmse

__all__ = ["LossLayer", "WeightedMSE", "WeightedRMSE", "weighted_mse", "weighted_rmse"]
