"""A trial's folder on its way from the machine that trained it to the one that keeps it."""

import io
import shutil
import tarfile
from pathlib import Path

from harness.processes.lock import held
from harness.trial.claim import LOCK
from harness.trial.record import FOLDER

ARRIVING = "arriving"


def pack(folder: Path) -> bytes:
    """The folder of a trial that has its record, without its lock, as the bytes of a tar file; removes the folder."""
    packed = io.BytesIO()
    with held(folder / LOCK):
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for place in sorted(folder.iterdir()):
                if place.name != LOCK:
                    archive.add(place, place.name)
        shutil.rmtree(folder)
    return packed.getvalue()


def unpack(packed: bytes, folder: Path) -> None:
    """Puts what was packed into the folder of its trial; the record last, when all that belongs to it is there."""
    with held(folder / LOCK):
        arriving = folder / ARRIVING
        shutil.rmtree(arriving, ignore_errors=True)
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(arriving, filter="data")
        for place in sorted(arriving.iterdir(), key=lambda place: place.name == FOLDER):
            target = folder / place.name
            if target.is_dir():
                shutil.rmtree(target)
            place.replace(target)
        arriving.rmdir()
