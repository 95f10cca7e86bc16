"""From a composed config to the objects of a trial: the one place below the door that knows Hydra."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, Node, OmegaConf

from harness.config.keys import FOLLOWS, check_known
from harness.config.schema import (
    STATELESS,
    arguments_of,
    check_config,
    check_launcher,
    check_part,
    check_sections,
)
from harness.config.values import shown
from harness.data.dataset import source_of
from harness.errors import HarnessError, InputError
from harness.kinds import Config
from harness.metrics import OWN_FIELDS, Metric, Metrics, with_own
from harness.spec import Dataset, Family, LossVariant, Scheme
from harness.tracking.tracking import Tracking
from harness.training.callbacks.own import OwnCallback

FOLLOWER = re.compile(r"\$\{(seed|fold)\}")


@dataclass(frozen=True)
class Sources:
    """What a trial's data and weights are made from: all that its fingerprint needs, without TensorFlow.

    config: resolved, nested, without Hydra's own keys.
    """

    config: Config
    data: Callable[[], Dataset]
    weights: Scheme
    evaluation: Scheme


@dataclass(frozen=True)
class Parts:
    """The objects of one trial.

    names: which file of conf/ was chosen in each of GROUPS; search: a `harness.search.oracles.oracle.Search`, or None;
    words: the overrides of the command line.
    """

    sources: Sources
    names: Mapping[str, str]
    loss: LossVariant
    family: Family
    training: Any
    tracking: Tracking
    search: Any
    metrics: Metrics
    words: Sequence[str] = ()

    @property
    def config(self) -> Config:
        """The resolved config."""
        return self.sources.config

    @property
    def seed(self) -> int:
        """What decides initial weights, batch order and dropout."""
        return self.config["seed"]

    @property
    def fold(self) -> int:
        """Which placement of the train, validation and test spans on the time axis."""
        return self.config["fold"]


def resolve(config: DictConfig) -> dict[str, Any]:
    """A composed config as plain nested values, without Hydra's own keys.

    `follows` is added: the keys whose values only follow a replicate, such as a `weights.seed: ${seed}`. They differ
    between the replicates of one variant, and are no part of its name. A `search.space` of null becomes that of the
    model family.

    Raises:
        InputError: a key that nobody reads, see `config/keys.py`, or whatever `check_config` refuses.
    """
    # A copy of the rest takes longer than all that follows.
    own = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"]) if "hydra" in config else config
    resolved: Any = OmegaConf.to_container(own, resolve=True, throw_on_missing=True)
    if FOLLOWS in resolved:
        raise InputError(FOLLOWS, "it is not for you to write", "Leave it out")
    check_sections(resolved)
    # As an interpolation in conf/ the family's space would be merged with one that a user's own file gives.
    if "space" in resolved["search"] and resolved["search"]["space"] is None:
        resolved["search"]["space"] = resolved["model"].get("search_space")
    check_known(resolved)
    check_config(resolved)
    if "hydra" in config:
        check_launcher(OmegaConf.to_container(config.hydra.launcher, resolve=True))
    return {**resolved, FOLLOWS: sorted(".".join(place) for place, _ in _followers(own))}


def build_sources(config: Config) -> Sources:
    """Builds what makes data and weights; nothing is read yet.

    Args:
        config: as `resolve` gives it.

    Raises:
        InputError: a value or a key that a part refuses.
    """
    check_config(config)
    data = build_data(config["data"], config["fold"])
    return Sources(config, data, *(build_part(config, key) for key in ("weights", "evaluate.weights")))


def build_data(node: Config, fold: int) -> Callable[[], Dataset]:
    """What reads one fold of the data that `node`, the section `data` of a resolved config, names.

    Errors: `build_sources`.
    """
    part = build_part({"data": node}, "data")
    if not isinstance(part, partial):
        raise InputError("data", "its file does not say `_partial_: true`", "Add that line: the data is read later")
    return partial(source_of(part.func, part.keywords).dataset, fold)


def build(config: Config, names: Mapping[str, str], words: Sequence[str] = ()) -> Parts:
    """Builds every part; nothing is read, trained or written yet. Arguments and errors: `build_sources`."""
    sources, metrics = build_sources(config), build_metrics(config)
    loss, family = build_part(config, "loss"), build_part(config, "model")
    training, tracking = build_training(config, metrics), build_tracking(config)
    search = build_part(config, "search") if config["search"] else None
    return Parts(sources, names, loss, family, training, tracking, search, metrics, words)


def build_metrics(config: Config) -> Metrics:
    """The project's metrics, and those of `evaluate.metrics`. Arguments and errors: `build_sources`."""
    own = {}
    for name, node in config["evaluate"]["metrics"].items():
        kind = {field: node[field] for field in OWN_FIELDS if field in node}
        own[name] = Metric(name, build_part(config, f"evaluate.metrics.{name}"), **kind)
    try:
        return with_own(own)
    except ValueError as error:
        raise InputError("evaluate.metrics", str(error), "Give it another name") from error


def build_training(config: Config, metrics: Metrics) -> Any:
    """How to train: what stands under `train`. The optimizer and a user's own callbacks are built anew for each fit.

    Arguments and errors: `build_sources`.
    """
    node = config["train"]
    optimizer = build_part(config, "train.optimizer")
    callbacks = [
        OwnCallback(build_part(config, f"train.callbacks.{place}"), own.get(STATELESS, False))
        for place, own in enumerate(node["callbacks"])
    ]
    return build_part(config, "train")(optimizer=optimizer, callbacks=callbacks, metrics=metrics)


def build_tracking(config: Config) -> Tracking:
    """The store of `tracking` and the loggers of `tracking.also`. Arguments and errors: `build_sources`."""
    node = config["tracking"]
    if "_target_" not in node:
        found = f"{', '.join(node['also'])} is written beside a store and is none itself"
        raise InputError("tracking", found, f"Write tracking=[mlflow,{','.join(node['also'])}]")
    also = {name: build_part(config, f"tracking.also.{name}") for name in node["also"]}
    for logger in also.values():
        # Constructing one writes nothing, and one that cannot serve says so here, before anything is written.
        logger()
    return Tracking(build_part(config, "tracking"), also)


def build_part(config: Config, key: str) -> Any:
    """What stands at `key` of a resolved config, such as "tracking". Errors: `build_sources`."""
    node: Any = config
    for name in key.split("."):
        node = node[int(name) if isinstance(node, list) else name]
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise InputError(key, f"got {shown(node)}", f"Choose a file of conf/ with {key}=<name>, or give a _target_")
    check_part(key, node)
    try:
        return instantiate(arguments_of(key, node), _convert_="all")
    except InstantiationException as error:
        if isinstance(error.__cause__, HarnessError):
            raise error.__cause__ from None
        found = str(error.__cause__ or error).splitlines()[0]
        raise InputError(key, found, f"Compare the keys with those of its file in conf/{key.split('.')[-1]}") from error


def places_of_seed(config: DictConfig) -> list[tuple[str, ...]] | None:
    """Where the seed stands in a composed config, each place as the names that lead to it.

    None where something else may depend on the seed, such as a text with `${seed}` in it.
    """
    followers = dict(_followers(config))
    if OmegaConf.to_yaml(config, resolve=False).count("${") > len(followers):
        return None
    return [("seed",), *(place for place, replicate in followers.items() if replicate == "seed")]


def _followers(config: DictConfig, section: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """(where a value stands that only follows a replicate, that replicate)."""
    for name in config:
        node, place = config._get_node(name), (*section, str(name))
        if isinstance(node, DictConfig) and not node._is_none() and not node._is_interpolation():
            yield from _followers(node, place)
        elif isinstance(node, Node) and node._is_interpolation() and (found := FOLLOWER.fullmatch(str(node._value()))):
            yield place, found[1]
