"""Weights: the checks and the rescaling that those of every scheme pass."""
