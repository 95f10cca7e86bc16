"""The command line: one trial, a sweep."""
