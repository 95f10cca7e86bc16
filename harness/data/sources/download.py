"""A public file, fetched once and known by its SHA-256."""

import hashlib
import os
import tempfile
import urllib.request
from pathlib import Path

from harness.errors import InputError

# Seconds without a byte, after which a server counts as silent.
SILENCE = 30
INSTEAD = "Check the connection, or get the file by other means and write its place in data.path"


def downloaded(url: str, sha256: str | None, folder: str) -> Path:
    """The file at `url`, from the folder if it is there and is the one that is meant.

    Args:
        url: http, https or ftp.
        sha256: of the file, 64 hex digits.
        folder: what keeps it; made where it is missing. Several processes may ask at once.

    Raises:
        InputError: no sha256, no answer, or another file than the one that is meant.
    """
    if not sha256:
        raise InputError("data.sha256", "no digest given for data.url", "Write the SHA-256 of the file that is meant")
    place = Path(folder).expanduser() / f"{sha256[:16]}-{url.rsplit('/', 1)[-1]}"
    if place.is_file() and _digest(place) == sha256:
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=place.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file, urllib.request.urlopen(url, timeout=SILENCE) as answer:
            while chunk := answer.read(1 << 20):
                file.write(chunk)
        found = _digest(Path(part))
        if found == sha256:
            os.replace(part, place)
    except (OSError, ValueError) as error:  # no answer, or no address
        raise InputError("data.url", f"{url} cannot be fetched: {error}", INSTEAD) from error
    finally:
        Path(part).unlink(missing_ok=True)
    if found != sha256:
        raise InputError("data.url", f"{url} gave a file with the SHA-256 {found}, not {sha256}", INSTEAD)
    return place


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
