"""Weight schemes, one a file, and the checks and the rescaling that every scheme's weights pass."""
