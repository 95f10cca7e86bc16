"""Finds runs by MLflow's own search, page by page."""

from collections.abc import Mapping
from typing import Any

from harness.tracking.mlflow.place import Store


def search(store: Store, words: str) -> list[Any]:
    """MLflow's runs of the experiment that `words` select, the newest first, with all but their points."""
    found, token = [], None
    while True:
        page = store.client.search_runs([store.experiment_id], words, page_token=token)
        found += page
        token = page.token
        if not token:
            return found


def with_tags(tags: Mapping[str, str]) -> str:
    """What to search for to find the runs with these tags.

    A value with both kinds of quotation marks is not asked for: the search has no way to write it.
    """
    marks = {key: "'" if "'" not in value else '"' for key, value in tags.items()}
    asked = {key: value for key, value in tags.items() if marks[key] not in value}
    return " and ".join(f"tags.`{key}` = {marks[key]}{value}{marks[key]}" for key, value in asked.items())
