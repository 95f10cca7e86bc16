"""A report from the store to its folder and back to the store: after a sweep, or whenever it is asked for."""

from pathlib import Path

from harness.config.build import build_part
from harness.processes.tensorflow import import_tensorflow
from harness.report.page import PAGE
from harness.report.selection import select
from harness.report.settings import Settings
from harness.spec import Tracker

FOLDER = "report"
ELSEWHERE = "reports"


def report(tracker: Tracker, settings: Settings, sweeps: Path) -> str:
    """Writes the report that `settings` ask for; returns its summary and where the page is.

    One sweep's report stands in its folder below `sweeps`, and is kept with its run.

    Raises:
        InputError: no such runs, or none with a result.
        TrackingError: the store is out of reach.
    """
    import_tensorflow()
    from harness.report.report import write_report

    selection = select(tracker, settings)
    if settings.folder:
        folder = Path(settings.folder)
    elif len(selection.sweeps) == 1:
        folder = sweeps / selection.name / FOLDER
    else:
        folder = sweeps.parent / ELSEWHERE / "_".join(selection.name.split())
    title = f"Sweep {selection.name}" if selection.sweeps else selection.name.capitalize()
    summary = write_report(selection, settings, title, folder, lambda config: build_part(config, "loss"))
    for sweep in selection.sweeps if len(selection.sweeps) == 1 else ():
        if sweep.status == "FINISHED":
            tracker.attach(sweep.run_id, folder)
    return f"{summary}\nThe report: {folder / PAGE}"
