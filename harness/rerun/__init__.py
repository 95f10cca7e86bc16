"""A kept run, trained again from what it kept: `python -m harness.rerun`."""
