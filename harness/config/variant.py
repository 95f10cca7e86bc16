"""What a variant is called: one rule, used by the table, the store and the report."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from harness.config.keys import GROUPS, names_variant
from harness.config.overrides import NESTED_CHOICES

Value = TypeVar("Value")
SHORT = {hydra: short for short, hydra in NESTED_CHOICES.items()}
# Their files name a variant without a key: the word says what it is.
WITHOUT_KEY = ("loss", "weights")


def labels_of(overrides: Sequence[str]) -> dict[str, str]:
    """What a trial's variant is known by: its overrides by key, without replicates and what decides no result."""
    # A key that is deleted, `~key`, has no value.
    pairs = (text.partition("=")[::2] for text in overrides)
    labels = {SHORT.get(key, key).lstrip("+~"): value for key, value in pairs}
    return {key: value for key, value in labels.items() if names_variant(key)}


def variant_name(labels: Mapping[str, object]) -> str:
    """The name of the variant with these labels: `weighted_rmse linear model.units=32`."""
    return " ".join(str(value) if key in WITHOUT_KEY else f"{key}={value}" for key, value in labels.items())


def distinguishing(configs: Sequence[Mapping[str, Value]]) -> list[dict[str, Value]]:
    """For each of several configs the fewest keys that distinguish it from the others.

    Args:
        configs: choices of GROUPS and leaves of the config, by key.

    Returns:
        for each config its labels: in order, each key that parts what was one before; a key that names no variant is
        never one of them.
    """
    labels: list[dict[str, Value]] = [{} for _ in configs]
    keys = dict.fromkeys([*GROUPS, *(key for config in configs for key in config)])
    for key in keys:
        if not names_variant(key):
            continue
        values = [config.get(key) for config in configs]
        groups: dict[tuple[object, ...], set[object]] = {}
        for label, value in zip(labels, values, strict=True):
            groups.setdefault(tuple(label.items()), set()).add(value)
        if any(len(group) > 1 for group in groups.values()):
            for label, value in zip(labels, values, strict=True):
                if value is not None:
                    label[key] = value
    return labels
