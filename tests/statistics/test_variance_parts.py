import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

from harness.errors import InputError
from harness.statistics.variance_parts import variance_parts


def planted(rng, values, seeds, folds):
    """Scores with an effect of each kind; [*values, seeds, folds]."""
    ones = (1,) * len(values)
    return (
        2 * rng.normal(size=(*values, 1, 1))
        + rng.normal(size=(*ones, seeds, 1))
        + 1.5 * rng.normal(size=(*ones, 1, folds))
        + rng.normal(size=(*ones, seeds, folds))
        + rng.normal(size=(*values, seeds, 1))
        + rng.normal(size=(*values, 1, folds))
        + 0.5 * rng.normal(size=(*values, seeds, folds))
    )


def as_frame(scores):
    a, b, seed, fold = np.indices(scores.shape).reshape(4, -1)
    return pd.DataFrame({"y": scores.ravel(), "a": a, "b": b, "s": seed, "f": fold, "v": 10 * a + b, "all": 1})


def by_name(scores, keys):
    return {part.name: part for part in variance_parts(scores, keys)}


def test_components_of_seeds_and_folds_are_those_of_restricted_maximum_likelihood():
    """They agree where no estimate is at its bound, as here."""
    scores = planted(np.random.default_rng(0), (3, 2), 8, 5)
    found = by_name(scores, ["a", "b"])
    kinds = {
        "seed": "0+C(s)",
        "fold": "0+C(f)",
        "seed × fold": "0+C(s):C(f)",
        "variant × seed": "0+C(v):C(s)",
        "variant × fold": "0+C(v):C(f)",
    }
    model = smf.mixedlm("y ~ C(a)*C(b)", as_frame(scores), groups="all", vc_formula=kinds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model.fit(reml=True)
    expected = dict(zip(model.exog_vc.names, fitted.vcomp, strict=True))
    for name, variance in expected.items():
        assert found[name].variance == pytest.approx(variance, rel=2e-3), name
    assert found["variant × seed × fold"].variance == pytest.approx(fitted.scale, rel=2e-3)


def test_with_one_fold_the_shares_are_omega_squared_by_hand():
    scores = planted(np.random.default_rng(1), (3, 2), 6, 1)
    found = by_name(scores, ["a", "b"])
    table = anova_lm(smf.ols("y ~ C(a)*C(b) + C(s)", as_frame(scores)).fit())
    chance = table.mean_sq["Residual"]
    rows = {"a": "C(a)", "b": "C(b)", "a × b": "C(a):C(b)"}
    expected = {name: table.df[row] * (table.mean_sq[row] - chance) / scores.size for name, row in rows.items()}
    expected["seed"] = (table.mean_sq["C(s)"] - chance) / 6
    expected["variant × seed"] = chance
    assert all(variance > 0 for variance in expected.values())
    total = sum(expected.values())
    for name, variance in expected.items():
        assert found[name].variance == pytest.approx(variance)
        assert found[name].share == pytest.approx(variance / total)
    for name, row in (rows | {"seed": "C(s)", "variant × seed": "Residual"}).items():
        assert found[name].mean_square == pytest.approx(table.mean_sq[row])
        assert found[name].free == table.df[row]
    assert list(found) == ["a", "b", "a × b", "seed", "variant × seed"]


def test_folds_alone_are_replicates_as_seeds_are():
    scores = planted(np.random.default_rng(2), (4,), 5, 1)
    over_seeds, over_folds = by_name(scores, ["a"]), by_name(scores.swapaxes(-1, -2), ["a"])
    assert over_folds["fold"].variance == over_seeds["seed"].variance
    assert over_folds["variant × fold"].share == over_seeds["variant × seed"].share


def test_luck_alone_gives_keys_no_share():
    """Or hardly any, since none is below 0; of the sums of squares 9 of 59 would be due to ten values."""
    rng = np.random.default_rng(3)
    found = [by_name(rng.normal(size=(10, 6, 1)), ["a"])["a"].share for _ in range(400)]
    assert np.mean(found) < 0.05


def test_what_is_planted_comes_back():
    rng, shares = np.random.default_rng(4), []
    effect = np.array([-1.0, 1.0])[:, None, None, None]
    for _ in range(200):
        scores = effect + 2 * rng.normal(size=(1, 1, 12, 1)) + rng.normal(size=(2, 3, 12, 1))
        parts = by_name(scores, ["a", "b"])
        shares.append([parts[name].variance for name in ("a", "b", "seed", "variant × seed")])
    assert np.mean(shares, axis=0) == pytest.approx([1, 0, 4, 1], abs=0.25)


def test_interactions_of_many_keys_are_one_part():
    found = by_name(np.random.default_rng(5).normal(size=(2, 2, 2, 2, 3, 1)), ["a", "b", "c", "d"])
    names = [name for name, part in found.items() if part.swept]
    assert len(names) == 4 + 6 + 1
    assert names[-1] == "interactions of three or more"
    assert found[names[-1]].free == 4 + 1
    # All degrees of freedom of the design are there.
    assert sum(part.free for part in found.values()) == 2**4 * 3 - 1


def test_scores_that_do_not_vary_have_no_shares():
    assert all(np.isnan(part.share) for part in variance_parts(np.ones((2, 3, 1)), ["a"]))


def test_one_seed_and_one_fold_are_refused():
    with pytest.raises(InputError, match="one seed"):
        variance_parts(np.ones((2, 1, 1)), ["a"])
