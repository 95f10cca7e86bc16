"""What each key of the config decides: the one table that everything else asks.

A key counts as the row of its longest prefix says, so that a row such as `model` speaks for all keys of a model family,
also of a user's own. A key without a row is refused, and a key of conf/ without one fails a test.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from harness.checks import did_you_mean
from harness.errors import InputError


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

    searchable: whether a search may try values of it.
    """

    name: str
    decides: Decides
    counts: Counts
    searchable: bool = False


VALUE, CONTENT, NOT = Counts.BY_VALUE, Counts.BY_CONTENT, Counts.NOT
# `data`, `weights`, `loss`, `model` and `tracking` speak for whatever file of conf/ is chosen there, also for a user's
# own, whose keys its `_target_` checks. Of the project's other sections each key has its place here.
TABLE = (
    Key("seed", Decides.REPLICATE, VALUE),
    Key("fold", Decides.REPLICATE, CONTENT),
    Key("data", Decides.DATA, CONTENT, searchable=True),
    Key("weights", Decides.WEIGHTS, CONTENT, searchable=True),
    Key("rescale_weights", Decides.WEIGHTS, CONTENT, searchable=True),
    Key("evaluate.weights", Decides.EVALUATION, CONTENT),
    Key("evaluate.metrics", Decides.EVALUATION, VALUE),
    Key("loss", Decides.LOSS, VALUE, searchable=True),
    Key("model", Decides.MODEL, VALUE, searchable=True),
    # A search counts by the space that it takes, `search.space`.
    Key("model.search_space", Decides.SEARCH, NOT),
    *(
        Key(f"train.{name}", Decides.TRAINING, VALUE, searchable=True)
        for name in (
            "_target_",
            "epochs",
            "batch_size",
            "optimizer",
            "callbacks",
            "monitor",
            "patience",
            "jit_compile",
        )
    ),
    Key("search", Decides.SEARCH, VALUE),
    Key("search.keep", Decides.KEPT, NOT),
    Key("threads", Decides.DEVICE, VALUE),
    Key("trials", Decides.KEPT, NOT),
    Key("resume", Decides.KEPT, NOT),
    Key("tracking", Decides.KEPT, NOT),
    *(
        Key(f"sweep.{name}", Decides.KEPT, NOT)
        for name in ("folder", "dry_run", "exclude", "zip", "include", "trial_minutes", "id")
    ),
    *(
        Key(f"report.{name}", Decides.SHOWN, NOT)
        for name in (
            "_target_",
            "after_sweep",
            "sweeps",
            "filter",
            "folder",
            "reference",
            "metric",
            "confidence",
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
NO_VARIANT = (Decides.REPLICATE, Decides.KEPT, Decides.SHOWN)
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


def leaves(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key of a resolved config with dots, and its value; an empty section is a value."""
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def check_known(config: Mapping[str, Any]) -> None:
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


def deciding(config: Mapping[str, Any], *kinds: Decides) -> dict[str, Any]:
    """The leaves of a resolved config that decide one of these things."""
    return {key: value for key, value in leaves(config) if row(key).decides in kinds}


def counted(config: Mapping[str, Any]) -> dict[str, Any]:
    """The leaves of a resolved config that enter the fingerprint by their value."""
    return {key: value for key, value in leaves(config) if row(key).counts is Counts.BY_VALUE}


def _find(key: str) -> Key | None:
    parts = key.split(".")
    return next((_ROWS[k] for n in range(len(parts), 0, -1) if (k := ".".join(parts[:n])) in _ROWS), None)
