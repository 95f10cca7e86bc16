"""A report from the store to its folder and back to the store: after a sweep, or whenever it is asked for."""

from pathlib import Path, PurePosixPath, PureWindowsPath

from harness.config.build import build_part
from harness.errors import InputError
from harness.processes.tensorflow import import_tensorflow
from harness.report.files import PAGE
from harness.report.selection import Selection, select
from harness.report.settings import Settings
from harness.report.summary import WIDTH
from harness.terminal.console import pointer_lines
from harness.tracking.store import RunStore

FOLDER = "report"
ELSEWHERE = "reports"


def report(store: RunStore, settings: Settings, sweeps: Path, width: int | None = None, is_said: bool = False) -> str:
    """Writes the report that `settings` ask for; returns its summary and where the page is.

    One sweep's report stands in its folder below `sweeps`, and is kept with its run.

    Args:
        width: columns of the summary; None: as many as summary.txt has, and the address of the page on one line.
        is_said: see `write_report`.

    Raises:
        InputError: no such runs, none with a result, or a sweep whose name in the store is no name of a folder.
        TrackingError: the store is out of reach.
    """
    import_tensorflow()
    from harness.report.report import write_report

    selection = select(store, settings)
    folder = _folder(selection, settings, sweeps)
    title = f"Sweep {selection.name}" if selection.sweeps else selection.name.capitalize()
    summary = write_report(
        selection, settings, title, folder, lambda config: build_part(config, "loss"), width or WIDTH, is_said
    )
    for sweep in selection.sweeps if len(selection.sweeps) == 1 else ():
        if sweep.status == "FINISHED":
            store.attach(sweep.run_id, folder)
    return "\n".join([summary, *pointer_lines(f"The report: {folder / PAGE}", width)])


def verdict(store: RunStore, settings: Settings) -> list[dict[str, object]]:
    """The verdict on each data set that `settings` ask for, for programs; nothing is written.

    Raises:
        InputError, TrackingError: see `report`.
    """
    import_tensorflow()
    from harness.report.report import verdicts_of

    return verdicts_of(select(store, settings), settings)


def _folder(selection: Selection, settings: Settings, sweeps: Path) -> Path:
    """Where the report is written; below the folder of `sweeps`, unless the user names another one."""
    if settings.folder:
        return Path(settings.folder)
    for sweep in selection.sweeps:
        _check_name(sweep.tags["sweep"])
    if len(selection.sweeps) == 1:
        return sweeps / selection.name / FOLDER
    return sweeps.parent / ELSEWHERE / "_".join(selection.name.split())


def _check_name(name: str) -> None:
    """A store may have been handed over by anybody: what it calls a sweep is a name, and never leads elsewhere."""
    alone = PurePosixPath(name).parts == PureWindowsPath(name).parts == (name,)
    if not alone or name in (".", "..") or "\0" in name:
        found = f"the store calls a sweep {name!r}, which is no name of a folder"
        raise InputError("report.folder", found, "Write report.folder=<folder> to say where the report goes")
