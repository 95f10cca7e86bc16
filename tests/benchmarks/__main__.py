"""python -m tests.benchmarks sweep | step | overhead | fused | scale | neuralforecast; each has a --help."""

import sys
from importlib import import_module

PROGRAMS = ("sweep", "step", "overhead", "fused", "scale", "neuralforecast")


def main() -> None:
    name, *words = sys.argv[1:] or [""]
    if name not in PROGRAMS:
        sys.exit(__doc__)
    import_module(f"tests.benchmarks.{name}").main(words)


if __name__ == "__main__":
    main()
