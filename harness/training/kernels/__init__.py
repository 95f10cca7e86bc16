"""The recurrence of a layer in training, with a gradient written by hand."""
