"""Weight schemes, one a file."""
