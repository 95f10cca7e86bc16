"""Model families, one a file: each builds a plain Keras model."""
