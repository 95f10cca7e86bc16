"""Which code a config may name in `_target_`: an allow-list of modules.

A config can come from a store that somebody handed over, and must never choose what runs. The project's own modules,
some of Keras, and the modules that the user names, in the YAML files of a `--config-dir` or on the command line, are
allowed, and nothing else.
"""

import os
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path

from harness.errors import InputError
from harness.processes.tensorflow import silent_tensorflow

KERAS = ("keras.optimizers", "keras.optimizers.schedules", "keras.callbacks")
# In the environment, since processes that a trial starts inherit it and nothing else of Hydra's.
VARIABLE = "HARNESS_ALLOWED_MODULES"
IN_YAML = re.compile(r"""_target_:\s*["']?([\w.]+)""")
IN_OVERRIDE = re.compile(r"""_target_[=:]\s*["']?([\w.]+)""")


def allow_own(config_dirs: Iterable[Path], overrides: Iterable[str]) -> None:
    """Allows what the user names, in this process and in those it starts.

    Args:
        config_dirs: folders whose YAML files may name modules.
        overrides: what the user typed, such as `loss._target_=my_module.MyLoss`.
    """
    texts = [file.read_text() for folder in config_dirs for file in sorted(folder.rglob("*.yaml"))]
    targets = [target for text in texts for target in IN_YAML.findall(text)]
    targets += [target for text in overrides for target in IN_OVERRIDE.findall(text)]
    modules = {target.rpartition(".")[0] for target in targets}
    os.environ[VARIABLE] = os.pathsep.join(sorted({*_own(), *modules} - {""}))


def check_targets(key: str, node: object) -> None:
    """Looks every `_target_` of a config node up, and refuses one that is not allowed.

    Raises:
        InputError: a module that is not allowed, one that cannot be imported, or no such name in it.
    """
    if isinstance(node, Mapping):
        if "_target_" in node:
            _check(key, node["_target_"])
        for name, child in node.items():
            check_targets(f"{key}.{name}", child)
    elif isinstance(node, list):
        for place, child in enumerate(node):
            check_targets(f"{key}.{place}", child)


def _check(key: str, target: object) -> None:
    where, found = f"{key}._target_", f"got {target!r}"
    if not isinstance(target, str) or "." not in target:
        raise InputError(where, found, "Write a module and a name in it, such as my_module.MyLoss")
    module, _, name = target.rpartition(".")
    own = module in _own()
    if not own and module not in KERAS and module.split(".")[0] != "harness":
        instead = "Name it in a YAML file of your own folder, and add --config-dir=<folder> to the command"
        raise InputError(where, f"{found}, and the module {module} is not allowed", instead)
    try:
        # A user's own module may import Keras.
        with silent_tensorflow():
            part = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise InputError(where, f"{found}, which cannot be imported ({error})", "Correct the name") from error
    # A name in an allowed module may be one that it imported from anywhere.
    if not own and getattr(part, "__module__", "").split(".")[0] != module.split(".")[0]:
        raise InputError(where, f"{found}, which {module} only imports", "Write a name that the module itself defines")


def _own() -> list[str]:
    return [name for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]
