"""`python -m harness.report`: the report of a sweep, of several, or of any runs, from the store alone."""

import json
from pathlib import Path

USAGE = """Writes the report of what is kept in MLflow.
  python -m harness.report                       the newest sweep
  python -m harness.report ID ...                one sweep or several, by the id that each prints at its start
  python -m harness.report "report.filter=tags.loss = 'weighted_rmse'"
  python -m harness.report --json ...            the verdict alone, for programs
and whatever else is under `report` and `tracking` in conf/, as key=value.
--config-dir FOLDER names the folder of your own losses: without it their objectives are left out of the audit."""


def main() -> None:
    """Prints the summary and where the page is; ends the process with a message where that cannot be."""
    from harness.terminal.command import run_command

    run_command(_report)


def _report(words: list[str]) -> None:
    if {"-h", "--help"} & set(words):
        print(USAGE)
        return
    from harness.config.build import build_part, build_tracking
    from harness.config.command import read_words
    from harness.report.after import report, verdict
    from harness.terminal.console import open_console, width_of

    as_json = "--json" in words
    config, sweeps = read_words([word for word in words if word != "--json"])
    if sweeps:
        config["report"]["sweeps"] = sweeps
    console = open_console()
    parts = build_tracking(config).store, build_part(config, "report"), Path(config["sweep"]["folder"])
    if as_json:
        print(json.dumps(verdict(*parts[:2]), indent=1))
    else:
        console.print(report(*parts, width_of(console)))


if __name__ == "__main__":
    main()
