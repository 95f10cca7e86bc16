"""`python -m harness.ui`: serves MLflow's UI on this machine, and says where it shows the comparison of a sweep."""

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

HERE = "127.0.0.1"
ADDRESSES = (HERE, "localhost", "::1")
USAGE = """python -m harness.ui [SWEEP] [--port PORT] [--host ADDRESS] [tracking.uri=... key=value ...]
Serves MLflow's UI and says where it shows the comparison of a sweep, the newest one unless its id is given.
Ctrl-C ends it."""


def main() -> None:
    """Serves until Ctrl-C; ends the process with a message where that cannot be."""
    from harness.terminal.command import run_command

    with suppress(KeyboardInterrupt):
        run_command(_serve)


def _serve(words: Sequence[str]) -> None:
    asked, rest = _parser().parse_known_args(words)
    from harness.config.build import build_metrics, build_tracking
    from harness.config.command import read_words
    from harness.terminal.console import print_pointer, print_text

    config, names = read_words(rest)
    store, metrics = build_tracking(config).store, build_metrics(config)
    page = store.page(metrics, _chosen(store, names))

    def on_start(address: str) -> None:
        print_pointer(f"The comparison is at: {address}/{page}")
        if asked.host not in ADDRESSES:
            print_text("Whoever reaches this address can read, change and delete all runs.", "red")
        sys.stdout.flush()

    store.serve(asked.host, asked.port, on_start)


def _chosen(store: Any, names: Sequence[str]) -> Any:
    """The sweep to show; None where the store holds none yet, so that all that there is is shown."""
    from harness.tracking.sweeps import SWEEP, sweep_of

    if names:
        return sweep_of(store, names[0], "SWEEP")
    newest = store.find(SWEEP)[:1]
    return store.read(newest)[0] if newest else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m harness.ui", usage=USAGE, allow_abbrev=False)
    parser.add_argument("--port", type=int, default=None, help="5000 where that is free, else any that is")
    parser.add_argument("--host", default=HERE, help=f"{HERE}: this machine alone")
    return parser


if __name__ == "__main__":
    main()
