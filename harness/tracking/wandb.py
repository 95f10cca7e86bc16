"""Writes runs for Weights & Biases: as files beside the others (`wandb sync` sends them), or to its server at once."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from harness.errors import InputError, TrackingError, in_one_line
from harness.kinds import Folder, Text
from harness.tracking.logger import Opening
from harness.tracking.whole_files import copy_whole

# The axis of every metric: an epoch, a position of the output, or 0.
STEP = "step"
NETWORK = "network"


class WandbLogger:
    """The `Logger` of Weights & Biases. Constructing it writes nothing and does not import the package.

    A run's config holds its params, its tags below `tags`, its data below `data`, and the run that it belongs to as
    `above`; its summary holds its status. Of this machine and its code it holds no more than the machine's name and the
    version of Python.

    Args:
        folder: where the runs' files are, below wandb/; relative to the current directory as it is now, or absolute.
        project: the project of the runs.
        mode: offline: files alone; online: sends them to the server that `wandb login` has named.
        above: the id of the run that this one belongs to, or None.

    Raises:
        InputError: the package wandb is not installed.
    """

    def __init__(self, *, folder: Folder, project: Text, mode: Literal["offline", "online"], above: str | None = None):
        if find_spec("wandb") is None:
            found = "the package wandb is not installed"
            raise InputError("tracking.also.wandb", found, "Install the extra: pip install -e '.[wandb]'")
        self._folder, self._project, self._above = Path(folder).absolute(), project, above
        self._mode: Literal["offline", "online"] = mode
        self._run: Any = None

    @property
    def run_id(self) -> None:
        return None

    def start(self, opening: Opening) -> None:
        import wandb

        data = None if opening.data is None else asdict(opening.data)
        config = {**opening.params, "tags": dict(opening.tags), "data": data, "above": self._above}
        settings = wandb.Settings(
            silent=True,
            console="off",
            disable_git=True,
            disable_code=True,
            disable_job_creation=True,
            x_disable_stats=True,
            x_disable_machine_info=True,
            x_save_requirements=False,
        )
        with self._keeping():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._run = wandb.init(
                project=self._project,
                name=opening.name,
                config=config,
                group=opening.tags.get("sweep"),
                job_type=opening.tags.get("role"),
                dir=self._folder,
                mode=self._mode,
                # Several runs are open at a time: that of a search and one below it.
                reinit="create_new",
                settings=settings,
            )
            self._run.define_metric("*", step_metric=STEP)

    def metrics(self, points: Sequence[tuple[str, float, int]]) -> None:
        rows: dict[int, dict[str, float]] = {}
        for name, value, step in points:
            rows.setdefault(int(step), {})[name] = float(value)
        with self._keeping():
            for step in sorted(rows):
                self._started.log({STEP: step, **rows[step]})

    def files(self, folder: Path) -> None:
        with self._keeping():
            place = Path(self._started.dir)
            copy_whole(folder, place)
            for file in folder.rglob("*"):
                if file.is_file():
                    self._save(place / file.relative_to(folder))

    def network(self, folder: Path) -> None:
        with self._keeping():
            place = Path(self._started.dir) / NETWORK
            place.mkdir(exist_ok=True)
            for name in ("network.keras", "example.npy"):
                shutil.copyfile(folder / name, place / name)
                self._save(place / name)

    def close(self, status: str, tags: Mapping[str, str]) -> None:
        with self._keeping():
            run = self._started
            run.config.update({"tags": {**run.config["tags"], **tags}}, allow_val_change=True)
            run.summary["status"] = status
            run.finish(exit_code=0 if status == "FINISHED" else 1)

    def below(self) -> "WandbLogger":
        above = self._started.id
        return WandbLogger(folder=str(self._folder), project=self._project, mode=self._mode, above=above)

    @property
    def _started(self) -> Any:
        if self._run is None:
            raise TrackingError(f"the run was not started (folder: {self._folder})")
        return self._run

    def _save(self, file: Path) -> None:
        """file: in the run's own folder, so that it is no link to one that is removed."""
        self._started.save(file, base_path=self._started.dir, policy="now")

    @contextmanager
    def _keeping(self) -> Iterator[None]:
        from wandb.errors import Error

        try:
            yield
        except (OSError, Error) as error:
            found = f"cannot keep a run for Weights & Biases in {self._folder} ({in_one_line(error)})"
            instead = "See to that disk and that server, or write tracking.also.wandb.mode=offline"
            raise TrackingError(f"{found}. {instead}") from error
