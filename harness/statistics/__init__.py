"""Statistics of scores and losses over seeds, in NumPy, scipy and arch: what may be claimed, and what may not."""
