"""What the answers of an MLflow server, and their absence, mean for a piece of work on the store."""

import re

import requests

from harness.errors import causes, disk_error

# A server whose database is being restarted says BAD_REQUEST too, as does one that two clients gave the same new data
# set at once.
PASSING = {"TEMPORARILY_UNAVAILABLE", "INTERNAL_ERROR", "BAD_REQUEST", "REQUEST_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"}
REFUSING = {"UNAUTHENTICATED", "PERMISSION_DENIED", "CUSTOMER_UNAUTHORIZED"}
# What was asked was wrong, and the server is as it should be.
ABOUT_THE_QUESTION = {"INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS"}
PASSING_STATUS, REFUSING_STATUS = {408, 429}, {401, 403}
USER, PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
THIS_USER = "this user, or this password"
REFUSED_INSTEAD = f"Set {USER} and {PASSWORD} in the environment to those of a user who may write there"
LONGEST_REASON = 300
SILENT = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.RetryError,
    requests.exceptions.ChunkedEncodingError,
)


def may_pass(error: BaseException) -> bool:
    """Whether the server is out of reach, busy or failing, which need not last."""
    untrusted = any(isinstance(one, requests.exceptions.SSLError) for one in causes(error))
    if disk_error(error) or is_refused(error) or untrusted:
        return False
    return _is_silent(error) or _is_failing(error)


def is_refused(error: BaseException) -> bool:
    """Whether the server wants another user, or another password."""
    return _status(error) in REFUSING_STATUS or _code(error) in REFUSING


def reason(error: BaseException) -> str | None:
    """What failed, in a line; None where it is no failure of the store."""
    if (failed := disk_error(error)) is not None:
        return str(failed)
    code, status = _code(error), _status(error)
    if status is None and code in ABOUT_THE_QUESTION:
        return None
    if is_refused(error):
        return f"the server refuses {THIS_USER}"
    if _is_silent(error):
        return _silence(error)
    if status is None and code is None:
        return None
    return " ".join(str(error).split())[:LONGEST_REASON]


def instead(error: BaseException) -> str:
    """What to do about it."""
    if disk_error(error) is not None:
        return "Free space on this machine's disk"
    if is_refused(error):
        return REFUSED_INSTEAD
    if _is_silent(error) and _answered(error) is None:
        return "Start the server, or write a larger tracking.retry_seconds"
    if may_pass(error):
        return "See the server's own log: its database may be out of reach, or its disk full"
    return "See that the server still holds the experiment and its runs"


def _is_silent(error: BaseException) -> bool:
    return any(isinstance(one, SILENT) for one in causes(error))


def _is_failing(error: BaseException) -> bool:
    status = _status(error)
    if status is not None:
        return status in PASSING_STATUS or status >= 500
    return _code(error) in PASSING


def _status(error: BaseException) -> int | None:
    """Of an answer about a file."""
    found = (one.response for one in causes(error) if isinstance(one, requests.HTTPError))
    return next((response.status_code for response in found if response is not None), None)


def _code(error: BaseException) -> str | None:
    """Of an answer about anything else; also of an error that MLflow's client raised itself."""
    return next((code for one in causes(error) if (code := getattr(one, "error_code", None)) is not None), None)


def _answered(error: BaseException) -> str | None:
    """The status that a server answered with, where the client kept no more of it."""
    found = next((one for one in causes(error) if isinstance(one, requests.exceptions.RetryError)), None)
    status = re.search(r"too many (\d+) error responses", str(found))
    return status[1] if status else None


def _silence(error: BaseException) -> str:
    if (status := _answered(error)) is not None:
        return f"the server answers with status {status}"
    # `requests` says all it knows of its own parts; the system's word stands at the bottom.
    of_system = [one for one in causes(error) if isinstance(one, OSError) and one.errno is not None and one.strerror]
    if of_system:
        return f"no answer ({of_system[-1].strerror})"
    # Also where the client's own count of tries hides the timeout.
    if "timed out" in str(error):
        return "no answer in time"
    return f"no answer ({' '.join(str(error).split())[:LONGEST_REASON]})"
