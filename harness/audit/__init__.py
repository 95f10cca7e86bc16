"""Which loss variants are one objective: by Keras's own mechanism, and by the formulas in NumPy."""
