"""Statistics of scores and losses over seeds, in NumPy, scipy and arch: what may be claimed, and what may not.

What a sweep needs of them before it trains says `import scipy`, which imports `scipy.special` where that is first used:
it takes a fifth of a second.
"""
