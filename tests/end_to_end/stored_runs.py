"""What the store of a test's folder holds, asked of MLflow itself."""

from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run


def runs_in(folder: Path, role: str | None = None) -> tuple[MlflowClient, list[Run]]:
    """(MLflow's client, the runs of that role, or all, in the order of their starts)."""
    client = MlflowClient(f"sqlite:///{folder}/runs/mlflow.db")
    experiments = [each.experiment_id for each in client.search_experiments() if each.name != "Default"]
    asked = f"tags.role = '{role}'" if role else ""
    return client, list(client.search_runs(experiments, asked, max_results=5000, order_by=["start_time"]))
