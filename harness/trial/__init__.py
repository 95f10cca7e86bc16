"""One trial, from its config to what is kept of it."""
