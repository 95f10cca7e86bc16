"""MLflow's UI at the comparison of a sweep: `python -m harness.ui`."""
