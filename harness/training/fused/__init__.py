"""Trainings of one program, computed at once: each array has one more axis, the first, for the networks."""
