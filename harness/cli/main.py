"""The command `harness`."""

import os
import signal
import sys

from harness.config.overrides import CONF, SHOW_ALL
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
    from harness.config.explain import explain
    from harness.config.overrides import check_choices, read_command
    from harness.terminal.console import bear_any_encoding

    bear_any_encoding()

    words = sys.argv[1:]
    sys.argv[1:] = read_command(words)
    # Without this Hydra prints errors its own way and ends the process before they can be explained.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        check_choices(words, CONF)
        task()
    except Exception as error:
        if SHOW_ALL:
            raise
        sys.exit(explain(error, CONF))
