"""keras-tuner's oracles: they propose values of the config, and processes of this project train them."""
