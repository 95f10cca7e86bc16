"""Programs that XLA compiled, kept on disk for the processes to come.

TensorFlow itself keeps them in a folder, but takes a file that is cut short for the end of the training data, which
ends an epoch early and says nothing. So each process has a folder of its own, and what is shared is checked on its way.
"""

import hashlib
import os
import platform
import shutil
import warnings
import zlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

from harness.processes.lock import hold, is_held
from harness.processes.tensorflow import xla_flags

MOST_BYTES = 256 * 2**20
FLAG = "--tf_xla_persistent_cache_directory="
VARIABLE = "TF_XLA_FLAGS"
CPU = Path("/proc/cpuinfo")


class Compiled:
    """The compiled programs in a folder that any number of processes share, and that may be deleted at any time.

    Args:
        folder: of all machines; what one of them compiled does not run on another.
    """

    def __init__(self, folder: Path):
        self.shared = folder.absolute() / machine()
        self.own = self.shared / "in_use" / str(os.getpid())

    def name(self) -> None:
        """Has TensorFlow look into the folder of this process; has no effect where it has computed already."""
        kept = [flag for flag in os.environ.get(VARIABLE, "").split() if not flag.startswith(FLAG)]
        os.environ[VARIABLE] = " ".join([*kept, f"{FLAG}{self.own}"])

    def open(self) -> None:
        """Makes the folder of this process."""
        self._remove_abandoned()
        hold(self._lock(self.own))
        shutil.rmtree(self.own, ignore_errors=True)
        self.own.mkdir(parents=True)

    def take(self) -> None:
        """Gives this process all that is whole, and that it has not yet."""
        for file in self.shared.glob("*.pb"):
            checksum, _, name = file.name.partition("-")
            if (self.own / name).exists():
                continue
            # Another process may remove it meanwhile.
            with suppress(FileNotFoundError):
                if _checksum(file.read_bytes()) == checksum:
                    os.link(file, self.own / name)
                else:
                    file.unlink()

    def share(self) -> None:
        """Gives the others what this process has compiled."""
        there = {file.name.partition("-")[2] for file in self.shared.glob("*.pb")}
        for file in self.own.glob("*.pb"):
            if file.name not in there:
                self._write(file.name, file.read_bytes())
        self._bound()

    def _write(self, name: str, content: bytes) -> None:
        with NamedTemporaryFile(dir=self.shared, delete=False) as partial:
            partial.write(content)
            partial.flush()
            os.fsync(partial.fileno())
        Path(partial.name).replace(self.shared / f"{_checksum(content)}-{name}")

    def _bound(self) -> None:
        """Removes the oldest where there is too much."""
        files = [(file, file.stat()) for file in self.shared.glob("*.pb")]
        size = sum(stat.st_size for _, stat in files)
        for file, stat in sorted(files, key=lambda pair: pair[1].st_mtime):
            if size <= MOST_BYTES:
                return
            file.unlink(missing_ok=True)
            size -= stat.st_size

    def _remove_abandoned(self) -> None:
        """Removes what processes that were killed have left."""
        for place in self.own.parent.glob("*[0-9]"):
            if not is_held(self._lock(place)):
                shutil.rmtree(place, ignore_errors=True)

    @staticmethod
    def _lock(place: Path) -> Path:
        return place.with_name(f"{place.name}.lock")


_named: Compiled | None = None
_taken: Compiled | None = None


def use_compiled(folder: Path) -> None:
    """Has TensorFlow keep what it compiles, below `folder`; the first call of a process counts.

    It is to come before anything is computed, a network's initial values too, and touches no file.
    """
    global _named
    if _named is None:
        _named = Compiled(folder)
        _named.name()


def take_compiled() -> None:
    """Gives this process what others have compiled by now; nothing before `use_compiled`.

    It is to come before each training: what a worker compiles, the others of its sweep find.
    A folder that cannot be used is done without, with a warning: then each process compiles for itself.
    """
    global _taken
    if _named is not None:
        try:
            if _taken is None:
                _named.open()
            _named.take()
        except OSError as error:
            warnings.warn(f"compiled programs are not kept: {error}", stacklevel=2)
        else:
            _taken = _named


def share_compiled() -> None:
    """Gives other processes what this one has compiled since; nothing before `take_compiled`."""
    if _taken is not None:
        try:
            _taken.share()
        except OSError as error:
            warnings.warn(f"compiled programs are not shared: {error}", stacklevel=2)


def machine() -> str:
    """A name for this machine, for all that can run what it compiles, and for XLA's flags: 12 hexadecimal digits."""
    flags = [line for line in CPU.read_text().splitlines() if line.startswith(("flags", "Features", "model name"))]
    parts = [version("tensorflow"), xla_flags(), platform.machine(), *sorted(set(flags))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _checksum(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"
