"""Copies files so that none is ever seen half-written."""

import errno
import os
import shutil
from pathlib import Path

# MLflow's own mark: its list of artifacts, and so its UI, leaves such files out.
UNFINISHED = ".artifact.uploading."


def copy_whole(source: Path, target: Path) -> None:
    """Copies every file below `source` to `target`, with its folders.

    A file stands under its name only once it is whole and on the disk, also when the process is killed or the power
    fails; what is left of it otherwise has a name of `UNFINISHED`, which the next copy writes over.

    Raises:
        OSError: the source is no folder, or the copy cannot be written.
    """
    if not source.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(source))
    target.mkdir(parents=True, exist_ok=True)
    for found in sorted(source.rglob("*")):
        place = target / found.relative_to(source)
        if found.is_dir():
            place.mkdir(exist_ok=True)
        else:
            _copy_file(found, place)


def _copy_file(file: Path, place: Path) -> None:
    unfinished = place.with_name(f"{UNFINISHED}{place.name}")
    try:
        with file.open("rb") as source, unfinished.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        os.replace(unfinished, place)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
