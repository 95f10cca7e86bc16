"""Runs in MLflow; its only importer."""
