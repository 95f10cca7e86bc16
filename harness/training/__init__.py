"""Compile, fit, checkpoint, export: one network under one loss variant."""
