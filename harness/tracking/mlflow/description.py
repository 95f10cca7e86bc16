"""What the MLflow experiment says about itself: shown above its runs."""

DESCRIPTION = """\
**Which weighted loss, with which weights, at which size?** Each row is one run.

- **Start under Views, top right.** *Variants*: one row and one colour a variant, its metrics the mean over the seeds
  (groups by the tag `variant`). *Trials*: every run. The chart button draws either.
- **Compare `test_weighted_rmse`**: every trial is evaluated under the same weights (`evaluate.weights`), whatever it
  was trained with. `skill` is what it gains on the best naive baseline: above 0 beats it.
- `test_rmse_by_output` is a curve, the output's position along the x axis; the chart lays the variants over each other.
  `curve/...` are learning curves by epoch. Never compare `curve/own_loss` between losses: each has a unit of its own.
- `role=trial` is one config and one seed, one trained network. `role=sweep` is one sweep as a whole, with its
  table; its trials carry the same tag `sweep`. Search for `tags.role = 'trial' and tags.sweep = '...'` to see
  them alone.
- A run's page holds its config, weights and pictures under Artifacts, and the trained `network` among its models.
"""

EXPERIMENT_TAGS = {"mlflow.note.content": DESCRIPTION, "mlflow.experimentKind": "custom_model_development"}
