"""From a data source to a `Dataset`: what is alike for all sources is done here, once."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from harness.checks import one_of
from harness.data import framing, precut, windows
from harness.errors import InputError
from harness.kinds import Config
from harness.spec import Dataset, Series, Windows

# What a data source gives.
Given = Series | Sequence[Series] | Windows


@dataclass(frozen=True)
class Source:
    """A data source with its own arguments bound, and the keys of the framing that stand beside them in the config."""

    read: Callable[[], Given]
    framing: Config

    def dataset(self, fold: int) -> Dataset:
        """Reads the source and gives the samples of one fold, split and scaled.

        Raises:
            InputError: whatever the source refuses, a framing that does not fit what it gives, no such fold, and all
                that `windows.cut` and `precut.place` refuse.
        """
        given = self.read()
        if isinstance(given, Windows):
            return precut.place(given, framing.windows_framing(self.framing), fold)
        several = [given] if isinstance(given, Series) else given
        if not isinstance(several, list | tuple) or not several or not all(isinstance(s, Series) for s in several):
            raise InputError(
                "data._target_",
                f"the source gave {given!r:.200}",
                "Return a harness.spec.Series, a list of them, or a harness.spec.Windows",
            )
        return windows.cut(several, framing.series_framing(self.framing), fold)


def source_of(function: Callable[..., Given], keys: Config) -> Source:
    """Parts the keys of `data` into the source's own arguments and the framing; a key that both know goes to both.

    Args:
        function: the source; its own keys are its keyword-only parameters.
        keys: all keys of the config's node but for Hydra's.

    Raises:
        InputError: a key that neither knows; names the nearest one.
    """
    parameters = inspect.signature(function).parameters.values()
    own = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    for key in keys:
        if not takes_any:
            one_of(f"data.{key}", key, [*own, *framing.KEYS])
    own_keys = {key: value for key, value in keys.items() if key in own or key not in framing.KEYS}
    return Source(partial(function, **own_keys), {key: value for key, value in keys.items() if key in framing.KEYS})
