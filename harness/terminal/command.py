"""What every command of the project does around its own work."""

import sys
from collections.abc import Callable

from harness.config.explain import explain
from harness.config.overrides import CONF, SHOW_ALL
from harness.terminal.console import bear_any_encoding


def run_command(run: Callable[[list[str]], None]) -> None:
    """Runs a command with its words; ends the process with a short message where it raises.

    run: takes the words of the command line, and may end the process with a status of its own.
    """
    bear_any_encoding()
    try:
        run(sys.argv[1:])
    except Exception as error:
        if SHOW_ALL:
            raise
        sys.exit(explain(error, CONF))
