"""The read side of tracking: where runs are found and read again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from harness.metrics import Metrics
from harness.run import Run
from harness.tracking.logger import Logger


class RunStore(Protocol):
    """Where runs are found and read again, one for each config. Constructing one writes nothing.

    Every call raises TrackingError as `Logger` does.
    """

    def prepare(self, metrics: Metrics) -> None:
        """Creates the store where there is none, with views of these metrics, before any process writes to it."""

    def logger(self) -> Logger:
        """The write side of a new run."""
        ...

    def finished(self, fingerprints: Collection[str]) -> Mapping[str, Run]:
        """The FINISHED trials among these, by fingerprint; of several runs the newest."""
        ...

    def find(self, tags: Mapping[str, str], below: str | None = None) -> Sequence[str]:
        """The ids of the runs with these tags, the newest first; below: only those that belong to this run.

        Raises InputError where there is no store.
        """
        ...

    def select(self, words: str) -> Sequence[str]:
        """The ids of the runs that a filter in the store's own language selects, the newest first.

        Raises InputError where there is no store, or no such filter.
        """
        ...

    def read(self, run_ids: Sequence[str]) -> Sequence[Run]:
        """These runs with all that is kept of them, in this order; unknown ones are left out."""
        ...

    def close_abandoned(self, alive: Callable[[Mapping[str, str]], bool], status: str, tags: Mapping[str, str]) -> int:
        """Ends every RUNNING run whose tags `alive` denies, with `status` and further tags; returns how many."""
        ...

    def adopt(self, run_id: str | None, tags: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
        """Puts every run with these tags that has ended below the run `run_id`, but for those below a FINISHED one.

        Those that were cut short are removed. Returns the tags of each run that was put there.
        """
        ...

    def attach(self, run_id: str, folder: Path) -> None:
        """Keeps `folder`, by its name, with a run that has ended."""

    def describe(self, words: Sequence[str]) -> Sequence[str]:
        """How to look at what is kept, a line each; words: those of a command line that lead to this store."""
        ...

    def page(self, metrics: Metrics, sweep: Run | None) -> str:
        """The part of an address, behind the slash, that shows the comparison of a sweep's trials; None: of all.

        Raises InputError where there is no store.
        """
        ...

    def pages(self, run: Run, sweep: Run) -> Sequence[str]:
        """Links in Markdown to a run and to its sweep's report, within what `serve` shows."""
        ...

    def register(self, run_id: str, name: str, alias: str, tags: Mapping[str, str], text: str) -> str:
        """Registers the network of a run for use, under a name and an alias; returns its version.

        tags, text: what is to be said of it; text: Markdown.

        Raises InputError where the store registers none, or refuses the name.
        """
        ...

    def loading(self, name: str, alias: str) -> str:
        """A line of Python that loads what `register` registered."""
        ...

    def serve(self, host: str, port: int | None, on_start: Callable[[str], None]) -> None:
        """Serves what shows the runs, until Ctrl-C; returns at once where something else serves it already.

        Args:
            host: the address that it answers at.
            port: None: any that is free.
            on_start: called with the address, such as http://127.0.0.1:5000, once it answers.

        Raises:
            InputError: the port is taken, the host is none of this machine, or the store has nothing that shows it.
        """
