"""From a composed config to the objects of a trial: the one place below the door that knows Hydra."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from harness.contracts import Dataset, Family, LossVariant, Scheme, Tracker
from harness.errors import HarnessError, InputError, at_least, one_of

GROUPS = ("data", "weights", "loss", "model")


@dataclass(frozen=True)
class Parts:
    """The objects of one trial, and the plain config they came from.

    config: resolved, nested, without Hydra's own keys; names: which file of conf/ was chosen in each of GROUPS.
    """

    config: Mapping[str, Any]
    names: Mapping[str, str]
    source: Callable[[], Dataset]
    scheme: Scheme
    judge: Scheme
    rescale: str
    loss: LossVariant
    family: Family
    training: Any
    tracker: Tracker
    seed: int


def build(config: DictConfig, names: Mapping[str, str]) -> Parts:
    """Builds every part; nothing is read, trained or written yet.

    Raises:
        InputError: a value or a key that a part refuses.
    """
    resolved = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    at_least("seed", resolved["seed"], 0)
    one_of("rescale_weights", resolved["rescale_weights"], ("mean_one", "none"))
    return Parts(
        config=resolved,
        names={group: names[group] for group in GROUPS},
        source=_part(config, "data"),
        scheme=_part(config, "weights"),
        judge=_part(config, "evaluate.weights"),
        rescale=resolved["rescale_weights"],
        loss=_part(config, "loss"),
        family=_part(config, "model"),
        training=_part(config, "train"),
        tracker=_part(config, "tracking"),
        seed=resolved["seed"],
    )


def _part(config: DictConfig, key: str) -> Any:
    node = OmegaConf.select(config, key)
    if not OmegaConf.is_dict(node) or "_target_" not in node:
        raise InputError(key, f"got {node!r}", f"Choose a file of conf/ with {key}=<name>, or give a _target_")
    try:
        part = instantiate(node, _convert_="all")
    except InstantiationException as error:
        if isinstance(error.__cause__, HarnessError):
            raise error.__cause__ from None
        found = str(error.__cause__ or error).splitlines()[0]
        raise InputError(key, found, f"Compare the keys with those of its file in conf/{key.split('.')[-1]}") from error
    if isinstance(part, partial):
        _accepts(key, part)
    return part


def _accepts(key: str, part: partial) -> None:
    """A partial function would tell of a wrong key only when it is called."""
    known = inspect.signature(part.func).parameters
    for given in part.keywords:
        if given not in known and not any(p.kind is p.VAR_KEYWORD for p in known.values()):
            one_of(f"{key}.{given}", given, [name for name, p in known.items() if p.kind is p.KEYWORD_ONLY])
