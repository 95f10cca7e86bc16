"""The losses for anyone's Keras model: `model.compile(loss=WeightedRMSE(weights=w))`."""

from harness.losses.formulas import weighted_mse, weighted_rmse
from harness.losses.weighted_mse import WeightedMSE
from harness.losses.weighted_rmse import WeightedRMSE

__all__ = ["WeightedMSE", "WeightedRMSE", "weighted_mse", "weighted_rmse"]
