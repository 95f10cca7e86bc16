"""What each key of the config decides: the one table that everything else asks.

A key counts as the row of its longest prefix says, so that a row such as `model` speaks for all keys of a model family,
also of a user's own. A key without a row is refused, and a key of conf/ without one fails a test.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from inspect import get_annotations
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

from annotated_types import Interval, Len

from harness.checks import did_you_mean
from harness.errors import InputError
from harness.kinds import Built, Config, Folder, Kind, Node, NotNegative, Positive, Seed, Text


class Decides(Enum):
    """What changes where a key changes."""

    REPLICATE = "which replicate of a variant a trial is"
    DATA = "the data"
    WEIGHTS = "the weights that training uses"
    EVALUATION = "what every trial is evaluated by"
    LOSS = "the loss variant"
    MODEL = "the network"
    TRAINING = "how it is trained"
    SEARCH = "what is searched, and how"
    DEVICE = "what computes it"
    KEPT = "what is kept, and where"
    SHOWN = "what is shown and reported"


class Counts(Enum):
    """How a key enters the fingerprint of a trial."""

    BY_VALUE = "as it is written"
    BY_CONTENT = "by the hash of the arrays that it leads to"
    NOT = "not at all"


@dataclass(frozen=True)
class Key:
    """One row of the table, for the key `name` and all keys below it that have no row of their own.

    searchable: whether a search may try values of it; kind: what its value must be (see `harness/kinds.py`), None where
    the signature of a part says so; optional: whether it may be missing.
    """

    name: str
    decides: Decides
    counts: Counts
    searchable: bool = False
    kind: Kind = None
    optional: bool = False


VALUE, CONTENT, NOT = Counts.BY_VALUE, Counts.BY_CONTENT, Counts.NOT
# At most a year.
Minutes: TypeAlias = Annotated[float, Interval(gt=0, le=525_600)]
Plain: TypeAlias = str | int | float | bool | None
SCHEDULE = "{_target_: keras.optimizers.schedules.CosineDecay, initial_learning_rate: 0.003, decay_steps: 2000}"


def _chosen(group: str) -> Kind:
    return Annotated[Any, Built(f"{group}=<a file of conf/{group.split('.')[-1]}>, or a node with a _target_")]


class OptimizerArguments(TypedDict, total=False):
    """What the optimizers of Keras take, which does not annotate them so that they can be checked."""

    learning_rate: Positive | Annotated[Any, Built(f"a schedule such as {SCHEDULE}")]
    clipnorm: Positive | None
    global_clipnorm: Positive | None
    clipvalue: Positive | None
    weight_decay: NotNegative | None
    momentum: Annotated[float, Interval(ge=0, le=1)]
    nesterov: bool
    beta_1: Annotated[float, Interval(ge=0, lt=1)]
    beta_2: Annotated[float, Interval(ge=0, lt=1)]
    rho: Annotated[float, Interval(ge=0, lt=1)]
    epsilon: Positive
    amsgrad: bool
    centered: bool
    use_ema: bool
    ema_momentum: Annotated[float, Interval(ge=0, le=1)]
    ema_overwrite_frequency: Annotated[int, Interval(ge=1, le=10_000_000)] | None
    loss_scale_factor: Positive | None
    gradient_accumulation_steps: Annotated[int, Interval(ge=2, le=10_000_000)] | None


# `data`, `weights`, `loss`, `model` and `tracking` speak for whatever file of conf/ is chosen there, also for a user's
# own, whose keys its `_target_` declares. Of the project's other sections each key has its place here.
TABLE = (
    Key("seed", Decides.REPLICATE, VALUE, kind=Seed),
    Key("fold", Decides.REPLICATE, CONTENT, kind=Annotated[int, Interval(ge=0, le=1_000_000)]),
    Key("data", Decides.DATA, CONTENT, searchable=True, kind=_chosen("data")),
    Key("weights", Decides.WEIGHTS, CONTENT, searchable=True, kind=_chosen("weights")),
    Key("rescale_weights", Decides.WEIGHTS, CONTENT, searchable=True, kind=Literal["mean_one", "none"]),
    Key("evaluate.weights", Decides.EVALUATION, CONTENT, kind=_chosen("evaluate.weights")),
    Key("evaluate.metrics", Decides.EVALUATION, VALUE, kind=Mapping[str, Node]),
    Key("loss", Decides.LOSS, VALUE, searchable=True, kind=_chosen("loss")),
    Key("model", Decides.MODEL, VALUE, searchable=True, kind=_chosen("model")),
    # A search counts by the space that it takes, `search.space`.
    Key("model.search_space", Decides.SEARCH, NOT),
    *(
        Key(f"train.{name}", Decides.TRAINING, VALUE, searchable=True, kind=kind)
        for name, kind in {
            "_target_": str,
            "epochs": None,
            "batch_size": None,
            "optimizer": _chosen("train.optimizer"),
            "callbacks": Sequence[Node],
            "monitor": None,
            "patience": None,
            "jit_compile": None,
        }.items()
    ),
    *(
        Key(f"train.optimizer.{name}", Decides.TRAINING, VALUE, searchable=True, kind=kind, optional=True)
        for name, kind in get_annotations(OptimizerArguments).items()
    ),
    Key("search", Decides.SEARCH, VALUE),
    Key("search.keep", Decides.KEPT, NOT),
    Key("search.workers", Decides.KEPT, NOT),
    Key("threads", Decides.DEVICE, VALUE, kind=Annotated[int, Interval(ge=1, le=1024)]),
    Key("trials", Decides.KEPT, NOT, kind=Folder),
    Key("compiled", Decides.KEPT, NOT, kind=Folder),
    Key("resume", Decides.KEPT, NOT, kind=bool),
    Key("tracking", Decides.KEPT, NOT),
    Key("tracking.also", Decides.KEPT, NOT, kind=Mapping[str, Node]),
    *(
        Key(f"sweep.{name}", Decides.KEPT, NOT, kind=kind)
        for name, kind in {
            "folder": Folder,
            "dry_run": bool,
            "exclude": Sequence[Annotated[Mapping[str, Plain | Sequence[Plain]], Len(1)]],
            "zip": Mapping[str, Sequence[Any]] | None,
            "include": Sequence[Annotated[Config, Len(1)]],
            "until": Literal["planned", "decided"],
            "merge_equivalent": bool,
            "max_seeds": Annotated[int, Interval(ge=6, le=275)],
            "max_minutes": Minutes | None,
            "trial_minutes": Minutes | None,
            "id": Text | None,
        }.items()
    ),
    Key("report._target_", Decides.SHOWN, NOT, kind=str),
    *(
        Key(f"report.{name}", Decides.SHOWN, NOT)
        for name in (
            "after_sweep",
            "sweeps",
            "filter",
            "folder",
            "reference",
            "metric",
            "confidence",
            "margin",
            "set_confidence",
            "resamples",
            "effects",
            "power",
        )
    ),
    Key("follows", Decides.KEPT, NOT),
    Key("experiment", Decides.KEPT, NOT),
    Key("hydra", Decides.KEPT, NOT),
)
# The groups of conf/ whose choices name a variant, in the order of a name.
GROUPS = ("loss", "weights", "data", "model", "search")
# Where `resolve` lists the keys whose values only follow a replicate.
FOLLOWS = "follows"
# Keys that had another name once, to the one that they have now.
RENAMED = {
    "train.learning_rate": "train.optimizer.learning_rate",
    "tracking.patience_seconds": "tracking.retry_seconds",
    "search.usual_space": "model.search_space",
}
# What conf/ groups: each is a mapping.
SECTIONS = (*GROUPS, "evaluate", "train", "tracking", "sweep", "report")
NO_VARIANT = (Decides.REPLICATE, Decides.KEPT, Decides.SHOWN)
# What a compiled program takes as values.
VALUES_OF_A_PROGRAM = (Decides.REPLICATE, Decides.WEIGHTS, Decides.EVALUATION)
LEARNING_RATE = "train.optimizer.learning_rate"
# Sections with keys that a search may try.
SEARCHABLE = tuple(dict.fromkeys(row.name.split(".")[0] for row in TABLE if row.searchable))
_ROWS = {row.name: row for row in TABLE}


def row(key: str) -> Key:
    """The row that speaks for a key, such as `model.units`.

    Raises:
        InputError: no such key.
    """
    if found := _find(key):
        return found
    if key in RENAMED:
        raise InputError(key, "this key has another name now", f"Write {RENAMED[key]}")
    raise InputError(key, "no such key", f"{did_you_mean(key, _ROWS)}`python -m harness --help` prints all of them")


def kind_of(key: str) -> Kind:
    """What the value of a key must be, as its own row says; None where it says nothing."""
    found = _ROWS.get(key)
    return found and found.kind


def leaves(config: Config, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every key of a resolved config with dots, and its value; an empty section is a value."""
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def check_known(config: Config) -> None:
    """Raises InputError for a key that has no row: what nobody reads would be silently without effect."""
    for key, _ in leaves(config):
        row(key)


def names_variant(key: str) -> bool:
    """Whether two trials that differ in this key are two variants: not for a replicate, a place, or what is shown.

    A key without a row does, which a run of an older version may have.
    """
    found = _find(key)
    return found is None or found.decides not in NO_VARIANT


def is_searchable(key: str) -> bool:
    """Whether a search may try values of this key."""
    return row(key).searchable


def compiled_as(values: Mapping[str, object]) -> frozenset[tuple[str, str]]:
    """What of the values of these keys is built into a compiled program, see `harness/training/program.py`.

    Trainings that are the same in this, and in all that is not among these keys, may share one.
    """
    built_in = (key for key in values if row(key).decides not in VALUES_OF_A_PROGRAM and key != LEARNING_RATE)
    return frozenset((key, str(values[key])) for key in built_in)


def deciding(config: Config, *kinds: Decides) -> dict[str, object]:
    """The leaves of a resolved config that decide one of these things."""
    return {key: value for key, value in leaves(config) if row(key).decides in kinds}


def counted(config: Config) -> dict[str, object]:
    """The leaves of a resolved config that enter the fingerprint by their value."""
    return {key: value for key, value in leaves(config) if row(key).counts is Counts.BY_VALUE}


@lru_cache(maxsize=4096)
def _find(key: str) -> Key | None:
    parts = key.split(".")
    return next((_ROWS[k] for n in range(len(parts), 0, -1) if (k := ".".join(parts[:n])) in _ROWS), None)
