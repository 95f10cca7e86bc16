"""A fault at every write: see `__main__.py`."""
