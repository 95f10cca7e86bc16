"""keras-tuner's oracles: they propose values of the config, somebody else trains them."""
