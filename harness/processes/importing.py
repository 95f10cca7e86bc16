"""Imports of large libraries, without the work that Python does for them in vain."""

import gc
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

# What stands in `sys.modules` for a module that cannot be imported.
ABSENT = None


@contextmanager
def importing(library: str, without: Collection[str] = ()) -> Iterator[None]:
    """A block that imports a library; has no effect where that is imported already.

    Args:
        library: the name of its module; without: see `lean_imports`.
    """
    if library in sys.modules:
        yield
    else:
        with lean_imports(without):
            yield


@contextmanager
def lean_imports(without: Collection[str] = ()) -> Iterator[None]:
    """A block that imports something large.

    Python's collector is off meanwhile: it would look again and again at the objects that modules are made of, which
    stay, and does so never after the block.

    Args:
        without: modules that what is imported does without where they are not installed, and that are kept from it.
            Whoever imports them after the block gets them.
    """
    kept_away = {name: ABSENT for name in without if name not in sys.modules}
    modules: dict = sys.modules
    modules.update(kept_away)
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if collecting:
            gc.enable()
        for name in kept_away:
            if modules.get(name, name) is ABSENT:
                del modules[name]
