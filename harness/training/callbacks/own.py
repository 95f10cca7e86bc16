"""A user's own callback, as the config describes it, and what a checkpoint can keep of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True)
class OwnCallback:
    """One of `train.callbacks`.

    make: gives a new Keras callback, one for each training; stateless: whether it remembers nothing from epoch to
    epoch.
    """

    make: Callable[[], Any]
    stateless: bool


@runtime_checkable
class Stateful(Protocol):
    """A callback whose memory a checkpoint keeps."""

    def get_state(self) -> Mapping[str, object]:
        """All that it remembers after an epoch: arrays and numbers by name."""
        ...

    def set_state(self, state: Mapping[str, object]) -> None:
        """Takes over what `get_state` gave; called after `on_train_begin`."""
        ...


def forgetful(own: Sequence[OwnCallback], made: Sequence[Any]) -> list[str]:
    """The class names of the callbacks whose memory nothing keeps: a training cannot resume with them."""
    pairs = zip(own, made, strict=True)
    return [type(callback).__name__ for given, callback in pairs if not given.stateless and not _has_state(callback)]


def state_of(callback: Any) -> Mapping[str, object]:
    """What a checkpoint keeps of a callback; nothing of one that is declared stateless."""
    return callback.get_state() if _has_state(callback) else {}


def restore(callback: Any, state: Mapping[str, object]) -> None:
    """Gives a callback back what `state_of` took from it."""
    if _has_state(callback):
        callback.set_state(state)


def _has_state(callback: Any) -> bool:
    return isinstance(callback, Stateful)
