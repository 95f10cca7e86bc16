"""Finds the file that a config names."""

from pathlib import Path

from harness.checks import nearest
from harness.errors import InputError


def existing(path: str | None, suffix: str) -> Path:
    """`path` as a Path, if it is a file.

    Raises:
        InputError (data.path): it is null or no file; lists the files of that `suffix` in the same folder.
    """
    if path is None:
        raise InputError("data.path", "no file given", f"Write data.path=<a {suffix} file>")
    file = Path(str(path)).expanduser()
    if file.is_file():
        return file
    if file.is_dir():
        raise InputError("data.path", f"{path} is a folder", f"Write the path of a {suffix} file")
    if not file.parent.is_dir():
        raise InputError(
            "data.path", f"no file {path}", f"There is no folder {file.parent} either; write a {suffix} file"
        )
    there = sorted(other.name for other in file.parent.iterdir() if other.suffix == suffix)
    near = nearest(file.name, there)
    meant = f"Did you mean {file.parent / near}? " if near else ""
    listed = f"The {suffix} files there: {', '.join(there)}" if there else f"There is no {suffix} file in {file.parent}"
    raise InputError("data.path", f"no file {path}", meant + listed)
