"""A store that takes nothing, so that a trial's record waits in its folder for a machine that can keep it."""

from harness.errors import TrackingError
from harness.tracking.logger import Opening
from harness.tracking.silent import SilentLogger, SilentStore


class AbsentLogger(SilentLogger):
    """The `Logger` of a run that is kept elsewhere, and later."""

    def start(self, opening: Opening) -> None:
        raise TrackingError("the machine that launched the sweep keeps it")

    def below(self) -> "AbsentLogger":
        return AbsentLogger()


class AbsentStore(SilentStore):
    """The `RunStore` in which no run is found, and none can be begun."""

    def logger(self) -> AbsentLogger:
        return AbsentLogger()
