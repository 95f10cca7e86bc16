"""The best network of a sweep, registered for use: `python -m harness.promote`."""
