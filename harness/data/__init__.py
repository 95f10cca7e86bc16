"""Data sources: each file gives one `Dataset`; windows.py cuts, borders.py splits, scaling.py scales."""
