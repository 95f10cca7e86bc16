"""Composes the configs of a sweep's jobs as Hydra does, and each choice of files once."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from hydra._internal.config_loader_impl import get_overrides_dirname
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import Container, DictConfig, OmegaConf, open_dict


class Composition:
    """The configs of a sweep's jobs: Hydra takes a tenth of a second for its files, and values are quick to set.

    Args:
        config: the sweep's own composed config; loader: Hydra's.
    """

    def __init__(self, config: DictConfig, loader: Any):
        self._loader, self._groups = loader, set(loader.list_groups(""))
        parser = OverridesParser.create(config_loader=loader)
        self._parsed = cache(lambda text: parser.parse_overrides([text])[0])
        self._files = cache(partial(_files, config, loader))
        self._own = cache(lambda choices: _without_hydra(self._files(choices)))
        # (a config to set these keys in again and again, what each of them is set to by now).
        self._reused = cache(lambda choices, keys: (self._own(choices).copy(), dict.fromkeys(keys)))

    def whole(self, overrides: Sequence[str]) -> DictConfig:
        """A job's config with Hydra's own keys, equal to that of `loader.load_sweep_config`."""
        choices, values = self._parts(overrides)
        composed = self._files(choices).copy()
        self._set(values, composed)
        job, parsed = composed.hydra.job, [self._parsed(text) for text in overrides]
        own = [override for override in parsed if not override.is_hydra_override()]
        composed.hydra.overrides.task = [override.input_line for override in own]
        job.override_dirname = get_overrides_dirname(
            overrides=own,
            kv_sep=job.config.override_dirname.kv_sep,
            item_sep=job.config.override_dirname.item_sep,
            exclude_keys=job.config.override_dirname.exclude_keys,
        )
        return composed

    def job(self, number: int, overrides: Sequence[str]) -> DictConfig:
        """The same for job `number` of a sweep, under its name."""
        composed = self.whole(overrides)
        with open_dict(composed):
            composed.hydra.job.id = f"{composed.hydra.job.name}_{number}"
            composed.hydra.job.num = number
        return composed

    def own(self, overrides: Sequence[str]) -> tuple[DictConfig, Mapping[str, str]]:
        """(a job's config without Hydra's own keys, which stands until the next call; Hydra's choices, by place)."""
        choices, values = self._parts(overrides)
        composed, keys = self._own(choices), [override.key_or_group for override in values]
        if all(_sets_a_leaf(composed, override) for override in values) and len(set(keys)) == len(keys):
            # Each leaf is set by every config of these keys, and so one of them can follow the other.
            composed, now = self._reused(choices, tuple(keys))
            values = [override for override in values if now[override.key_or_group] != override.input_line]
            now |= {override.key_or_group: override.input_line for override in values}
        else:
            composed = composed.copy()
        self._set(values, composed)
        return composed, self._files(choices).hydra.runtime.choices

    def _parts(self, overrides: Sequence[str]) -> tuple[tuple[str | None, ...], list[Override]]:
        """(the overrides that choose files or are Hydra's own, those that set values)."""
        parsed = [self._parsed(text) for text in overrides]
        choices = tuple(override.input_line for override in parsed if not self._is_value(override))
        return choices, [override for override in parsed if self._is_value(override)]

    def _is_value(self, override: Override) -> bool:
        key = override.key_or_group
        chooses = (key in self._groups or "/" in key) and not isinstance(override.value(), dict)
        return not chooses and not key.startswith("hydra.")

    def _set(self, values: Sequence[Override], composed: DictConfig) -> None:
        """Hydra's own way of setting values, and of refusing them."""
        self._loader._apply_overrides_to_config(values, composed)


def _files(config: DictConfig, loader: Any, choices: Sequence[str | None]) -> DictConfig:
    return loader.load_sweep_config(config, list(choices))


def _without_hydra(composed: DictConfig) -> DictConfig:
    own = composed.copy()
    with open_dict(own):
        del own["hydra"]
    return own


def _sets_a_leaf(config: DictConfig, override: Override) -> bool:
    """Whether an override replaces one value by another, and no section is made, merged or replaced."""
    parent, _, name = override.key_or_group.rpartition(".")
    node = OmegaConf.select(config, parent) if parent else config
    there = isinstance(node, DictConfig) and name in node and not isinstance(node._get_node(name), Container)
    plain = override.type == OverrideType.CHANGE and override.package is None
    return there and plain and not isinstance(override.value(), dict | list)
