"""Processes of their own for jobs: a pool, locks between them, how they end, TensorFlow's threads."""
