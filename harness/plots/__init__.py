"""Pictures: arrays in, a matplotlib Figure out; nothing is written or shown."""
