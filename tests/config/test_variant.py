from harness.config.variant import distinguishing, labels_of, variant_name


def test_labels_leave_out_seed_and_sweep():
    given = ["loss=weighted_mse", "weights@evaluate.weights=linear", "seed=3", "sweep.id=x", "tracking.experiment=y"]
    assert labels_of(given) == {"loss": "weighted_mse", "evaluate.weights": "linear"}


def test_threads_tell_variants_apart_and_replicates_do_not():
    given = ["threads=2", "seed=1", "fold=2", "+data.gap=3", "report.metric=test_mae", "trials=elsewhere"]
    assert labels_of(given) == {"threads": "2", "data.gap": "3"}


def test_the_fewest_keys_that_tell_configs_apart():
    configs = [
        {"loss": "a", "weights": "u", "seed": "0", "model.units": "8", "model.layers": "1"},
        {"loss": "a", "weights": "u", "seed": "1", "model.units": "8", "model.layers": "1"},
        {"loss": "b", "weights": "u", "seed": "0", "model.units": "16", "model.layers": "1"},
        {"loss": "a", "weights": "u", "seed": "0", "model.units": "16", "model.layers": "1"},
    ]
    names = [variant_name(labels) for labels in distinguishing(configs)]
    assert names == ["a model.units=8", "a model.units=8", "b model.units=16", "a model.units=16"]
