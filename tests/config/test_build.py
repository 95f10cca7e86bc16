import pytest
from hydra import compose, initialize_config_dir

from harness.config.build import build_metrics, build_part, resolve
from harness.config.overrides import CONF, expand
from harness.errors import InputError


def config(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return resolve(compose("config", expand(overrides)))


def test_what_only_follows_the_seed_is_listed():
    assert config("weights=placebo", "seed=3")["follows"] == ["weights.seed"]
    assert config("weights=placebo", "seed=3", "weights.seed=3")["follows"] == []


def test_what_nobody_reads_is_refused():
    with pytest.raises(InputError, match="foo: no such key"):
        config("+foo=bar")
    with pytest.raises(InputError, match=r"Did you mean train\.epochs"):
        config("+train.epoch=3")


def test_an_own_metric_is_built_with_its_direction(tmp_path, monkeypatch):
    (tmp_path / "own_metrics.py").write_text("def hits(y_true, y_pred, weights): return 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("HARNESS_ALLOWED_MODULES", "own_metrics")
    metrics = build_metrics(
        {"evaluate": {"metrics": {"hits": {"_target_": "own_metrics.hits", "lower_is_better": False}}}}
    )
    assert metrics.monitors[-1] == "val_hits"
    assert not metrics.of("test_hits").lower_is_better
    assert metrics.of("test_hits").function(None, None, None) == 1.0


def test_an_own_metric_without_a_function_is_refused():
    with pytest.raises(InputError, match=r"evaluate\.metrics\.hits"):
        build_metrics({"evaluate": {"metrics": {"hits": {"lower_is_better": False}}}})


def test_what_a_search_tries_is_no_argument_of_the_family():
    found = config()
    found["model"]["search_space"] = {"model.units": {"type": "choice", "values": [1, 2]}}
    assert "search_space" not in build_part(found, "model").keywords
