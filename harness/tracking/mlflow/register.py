"""Registers a network that a run has kept, in MLflow's model registry."""

from collections.abc import Mapping
from typing import Any

from harness.tracking.mlflow.logged_network import kept_network
from harness.tracking.mlflow.place import Store


def register(store: Store, uri: str, run_id: str, name: str, alias: str, tags: Mapping[str, str], text: str) -> str:
    """Registers the network of a run under a name and an alias, and returns its version, such as "3".

    The network of a run is registered once: again, its version gets these tags, this text and the alias.

    Args:
        uri: of the store.
        tags, text: of the version; text: Markdown.

    Raises:
        MlflowException: MLflow refuses the name or the alias.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    client = store.client
    logged = kept_network(store, run_id)
    model_id = None if logged is None else logged.model_id
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    there = [each for each in client.search_model_versions(f"name='{name}'") if each.run_id == run_id]
    if there:
        version = str(there[0].version)
        for key, value in tags.items():
            client.set_model_version_tag(name, version, key, value)
        client.update_model_version(name, version, text)
    else:
        # MLflow looks the network up in the store that its process is set to.
        before: Any = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
        mlflow.set_tracking_uri(uri)
        try:
            source = {"source": f"models:/{model_id}", "run_id": run_id, "model_id": model_id}
            given = {"tags": dict(tags), "description": text, "await_creation_for": 0}
            version = str(client.create_model_version(name, **source, **given).version)
        finally:
            mlflow.set_tracking_uri(before)
    client.set_registered_model_alias(name, alias, version)
    return version
