"""How much better the best of many looks than it is."""

import numpy as np

from harness.statistics.seeds import need_two


def expected_optimism(chosen_by: np.ndarray, scores: np.ndarray, *, resamples: int, rng: np.random.Generator) -> float:
    """By how much the chosen variant's mean score is expected to lie below its mean over new seeds.

    Whoever picks the lowest of several means picks luck along with merit. The choice is replayed by a parametric
    bootstrap (Efron and Tibshirani 1993, "An introduction to the bootstrap"): means are drawn around what is taken for
    the truth, the lowest of `chosen_by` is picked, and its drawn mean of `scores` is compared with the truth.

    For the truth stand the observed means, drawn together by empirical Bayes (Efron and Morris 1973, Journal of the
    American Statistical Association 68), since they are spread by luck too: of the variance of the means only what
    exceeds the variance of luck is counted as merit. Luck is the residual over seeds and variants, pooled over
    variants: what a seed does to all variants alike changes no choice. Luck in the two scores is correlated as these
    residuals are. Luck over windows is not counted.

    In simulations of 2 to 20 variants and 3 to 10 seeds, with merit from nothing to three times the luck, the mean of
    this lies within a fifth of a standard error of a mean from the truth.

    Args:
        chosen_by: [seeds, variants], by whose means the variant is chosen, the lowest: validation, or `scores` itself.
        scores: [seeds, variants], what is reported of it.

    Raises:
        InputError: for one seed.
    """
    both = np.stack([chosen_by, scores]).astype(np.float64)
    _, seeds, variants = both.shape
    need_two(seeds, "expected shrinkages")
    if variants < 2:
        return 0.0
    means = both.mean(axis=1)
    residuals = both - means[:, None] - both.mean(axis=2, keepdims=True) + means.mean(axis=1)[:, None, None]
    flat = residuals.reshape(2, -1)
    luck = flat @ flat.T / ((seeds - 1) * (variants - 1)) / seeds
    truth = np.stack([_drawn_together(means[i], luck[i, i]) for i in range(2)])
    drawn = truth[:, None] + np.einsum("ij,jrv->irv", _root(luck), rng.standard_normal((2, resamples, variants)))
    chosen = drawn[0].argmin(axis=1)
    return float((truth[1, chosen] - drawn[1, np.arange(resamples), chosen]).mean())


def _drawn_together(means: np.ndarray, luck: float) -> np.ndarray:
    """[variants], nearer to their mean by the share of their variance that is luck."""
    spread = means.var(ddof=1)
    share = min(1.0, luck / spread) if spread > 0 else 1.0
    return means + share * (means.mean() - means)


def _root(covariance: np.ndarray) -> np.ndarray:
    """[2, 2] whose square it is, for a covariance that may be singular."""
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
