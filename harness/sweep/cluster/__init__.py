"""A sweep on several machines: they train, and the machine that launched the sweep keeps what they trained."""
