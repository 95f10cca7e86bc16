"""`python -m harness.rerun RUN_ID`: trains a kept run again, and says whether its numbers agree to the last digit."""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.errors import STATUS_INTERRUPTED

USAGE = """Trains a kept run again, and says whether its numbers agree to the last digit.
  python -m harness.rerun RUN_ID [tracking.uri=... key=value ...]
--config-dir FOLDER names the folder of your own losses, models or data sources, where the run has any.
Nothing is kept. The status is 1 where a number differs."""
# A table of more is a file, not something to read in a terminal.
SHOWN = 20


def main() -> None:
    """Prints what agrees and what does not; ends the process with a message where the run cannot be trained again."""
    from harness.terminal.command import run_command

    try:
        run_command(_run)
    except KeyboardInterrupt:
        sys.exit(STATUS_INTERRUPTED)


def _run(words: Sequence[str]) -> None:
    if {"-h", "--help"} & set(words) or not words:
        print(USAGE)
    elif not _rerun(words):
        sys.exit(1)


def _rerun(words: Sequence[str]) -> bool:
    from harness.config.build import build_tracking
    from harness.config.command import read_words
    from harness.errors import InputError
    from harness.processes.tensorflow import import_tensorflow

    import_tensorflow()
    from harness.rerun.compare import changes, differences
    from harness.rerun.rerun import KEY, chosen, train_again
    from harness.terminal.console import print_text

    config, names = read_words(words)
    if len(names) != 1:
        raise InputError(KEY, f"got {len(names)} names", "Write the id of one run")
    kept = chosen(build_tracking(config).store, names[0])
    with tempfile.TemporaryDirectory() as folder:
        now, inputs = train_again(kept, config, Path(folder))
        found, numbers = differences(kept, now)
    changed = changes(kept, inputs)
    if found:
        print_text(f"{len(found)} of {numbers} numbers are not the same:", "red")
        _print_table(found[:SHOWN])
        if len(found) > SHOWN:
            print_text(f"and {len(found) - SHOWN} more.")
    else:
        print_text(f"All {numbers} numbers agree to the last digit.")
    for sentence in changed:
        print_text(f"{sentence}.")
    if not changed:
        print_text("Data, weights, code, packages and device are those of the run.")
    return not found


def _print_table(found: Sequence) -> None:
    from harness.terminal.console import open_console, width_of
    from harness.terminal.layout import Column, lay_out

    def shown(value: float | None) -> str:
        return "none" if value is None else repr(value)

    console = open_console()
    columns = [
        Column("metric", [each.name for each in found]),
        Column("step", [str(each.step) for each in found], number=True),
        Column("kept", [shown(each.kept) for each in found], number=True),
        Column("now", [shown(each.now) for each in found], number=True),
    ]
    for line in lay_out(columns, width_of(console)).lines:
        console.print(line)


if __name__ == "__main__":
    main()
