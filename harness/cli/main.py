"""The command `harness`."""

import os
import signal
import sys

from harness.processes.interrupt import leave_at_once


def main() -> None:
    """The command `harness`; ends the process with a status other than 0, and a short message, if anything failed."""
    # A shell's background job ignores it.
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, leave_at_once)
    try:
        _main()
    except KeyboardInterrupt:
        leave_at_once()


def _main() -> None:
    # Imports take long enough for Ctrl-C.
    from harness.cli.task import task
    from harness.config.overrides import CONF, check_choices, read_command
    from harness.terminal.command import run_command

    def run(words: list[str]) -> None:
        sys.argv[1:] = read_command(words)
        # Without this Hydra prints errors its own way and ends the process before they can be explained.
        os.environ["HYDRA_FULL_ERROR"] = "1"
        check_choices(words, CONF)
        task()

    run_command(run)
