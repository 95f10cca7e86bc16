"""Which weighted loss, with which weights, at which size: an experiment harness for Keras forecasters."""
