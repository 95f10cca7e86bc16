"""Every key of conf/ is given values of wrong kinds, out of bounds and of absurd size: each is refused by its key.

What a key takes is written here by hand, or follows from its default in conf/: never from what the code declares.
"""

import math
from collections import Counter
from functools import cache

import pytest
import yaml
from omegaconf import OmegaConf, open_dict

from harness.config.build import resolve
from harness.config.keys import leaves
from harness.config.overrides import CONF, composed
from harness.config.schema import check_launcher, check_part
from harness.errors import InputError

HUGE = 10**30
LIST, MAPPING = [[1]], {"a": 1}
# Values that are no ... at all.
WRONG = {
    "whole": ["abc", "", True, "no", 2.5, math.nan, math.inf, LIST, MAPPING, HUGE, -HUGE],
    "number": ["abc", "", True, "no", math.nan, math.inf, -math.inf, LIST, MAPPING],
    "text": [5, 2.5, True, LIST, MAPPING, "x" * 5000, "a\0b"],
    "column": [2.5, True, LIST, MAPPING, ""],
    "flag": ["no", "perhaps", "", 0, 1, 2.5, None, LIST, MAPPING],
    "choice": ["abc", "", 5, True, None, LIST, MAPPING],
    "numbers": [5, "abc", True, None, MAPPING, ["abc"], [True], [math.nan], [None]],
    "texts": [5, True, None, MAPPING, [5], [MAPPING], "abc"],
    "nodes": [5, "abc", True, None, MAPPING, [5], ["abc"], [MAPPING]],
    "mappings": [5, "abc", True, None, MAPPING, [5], ["abc"], [None]],
    "mapping": [5, "abc", True, LIST],
}
# Of keys whose default in conf/ does not tell it: null, an empty list, a number that need not be whole, a choice.
KINDS = {
    "rescale_weights": "choice",
    "train.callbacks": "nodes",
    "sweep.exclude": "mappings",
    "sweep.include": "mappings",
    "sweep.zip": "mapping",
    "sweep.id": "text",
    "sweep.until": "choice",
    "sweep.max_minutes": "number",
    "sweep.trial_minutes": "number",
    "report.sweeps": "texts",
    "report.filter": "text",
    "report.folder": "text",
    "report.reference": "text",
    "report.effects": "numbers",
    "evaluate.metrics": "mapping",
    "data.train_span": "choice",
    "data.shared_targets": "choice",
    "data.normalise": "choice",
    "data.split": "numbers",
    "data.season": "whole",
    "data.lookback": "whole",
    "data.outputs": "whole",
    "data.path": "text",
    "data.series": "column",
    "data.url": "text",
    "data.sha256": "text",
    "data.exponent": "number",
    "loss.form": "choice",
    "loss.normalise": "choice",
    "loss.error": "choice",
    "model.cell": "choice",
    "model.kernel": "choice",
    "model.kind": "choice",
    "model.penalty": "number",
    "model.upper_units": "whole",
    "search.max_trials": "whole",
    "search.workers": "whole",
    "search.space": "mapping",
    "search.alpha": "number",
    "tracking.retry_seconds": "number",
    "tracking.also": "mapping",
    "weights.path": "text",
    "weights.quantiles": "numbers",
    "weights.name": "column",
    "weights.column": "column",
    **{f"weights.{name}": "numbers" for name in ("hours", "weekdays", "months")},
    "weights.seed": "whole",
    "hydra.launcher.workers": "whole",
    "hydra.launcher.workers_per_gpu": "whole",
    "hydra.launcher.memory_gb": "number",
    "hydra.launcher.setup": "texts",
    "hydra.launcher.options": "mapping",
    "hydra.launcher.device": "text",
    "hydra.launcher.working_dir": "text",
    "tracking.also.wandb.mode": "choice",
    **{f"train.optimizer.{name}": "number" for name in ("clipnorm", "global_clipnorm", "weight_decay")},
}
# In one file of conf/ alone.
OF_FILES = {
    **{
        (f"data/{name}", f"data.{key}"): "columns"
        for name in ("csv_file", "etth1", "tetouan", "beijing_pm25")
        for key in ("target", "features", "time", "beside")
    },
    ("data/npz_file", "data.target"): "whole",
    ("launcher/ray", "hydra.launcher.cpus"): "number",
    ("launcher/ray", "hydra.launcher.gpus"): "number",
    ("launcher/slurm", "hydra.launcher.cpus"): "whole",
}
# What stands there as an interpolation.
CPUS = {"launcher/ray": {"cpus": 1}, "launcher/slurm": {"cpus": 1}}
WRONG["columns"] = [2.5, True, MAPPING, [2.5], [MAPPING], [True]]
# Values just outside the bounds.
OUTSIDE = {
    "seed": [-1, 2**32],
    "fold": [-1, 10**9],
    "threads": [0, -4, 10**5, 10**11],
    "train.epochs": [0, -1, 10**8],
    "train.batch_size": [0, -32, 10**20],
    "train.patience": [0, 10**8],
    "train.optimizer.learning_rate": [0, -0.001],
    "train.optimizer.clipnorm": [0, -1],
    "train.optimizer.global_clipnorm": [0, -1],
    "train.optimizer.weight_decay": [-0.1],
    "train.optimizer.momentum": [-0.1, 1.1],
    "report.confidence": [0, 1, -0.5, 95],
    "report.set_confidence": [0, 1, 90],
    "report.resamples": [0, 99, 10**7],
    "report.effects": [[0], [1], [0.01, -0.01], [0.01] * 21],
    "report.margin": [0, 1, -0.01],
    "report.power": [0, 1, 80],
    "sweep.exclude": [[{}], [{"model": {"units": 3}}]],
    "sweep.include": [[{}]],
    "sweep.max_seeds": [5, 276, -1],
    "sweep.max_minutes": [0, -1, 10**6],
    "sweep.trial_minutes": [0, -1, 10**6],
    "sweep.zip": [{"seed": 5}, {"seed": "0,1"}],
    "data.lookback": [0, -1, 10**8],
    "data.outputs": [0, -1, 10**8],
    "data.stride": [0, -1, 10**8],
    "data.season": [0, -1, 10**8],
    "data.split": [[0.7, 0.3], [0.5, 0.2, 0.2, 0.1], []],
    "data.gap": [-1, 10**8],
    "data.mean_of": [0, -1, 10**8],
    "data.length": [0, -1, 10**9],
    "data.warmup": [-1, 10**12],
    "data.tau": [0, 10**12],
    "data.beta": [0, -1, 11],
    "data.gamma": [0, -1, 11],
    "data.exponent": [0, -1, 51],
    "data.seed": [-1, 2**32],
    "model.units": [0, -1, 10**12],
    "model.upper_units": [0, 10**12],
    "model.layers": [0, 101, 10**9],
    "model.dropout": [-0.1, 1, 1.5],
    "model.target": [-1, 10**8],
    "model.penalty": [-1, 1e10],
    "model.segment": [0, -1, 10**6],
    "model.series": [-1, 10**6],
    "model.width": [0, -1, 10**6],
    "loss.initial_log_variance": [-1000, 1000],
    "loss.delta": [0, -1, 1e7],
    "weights.start": [-1],
    "weights.stop": [-1],
    "weights.gamma": [-1],
    "weights.factor": [-1],
    "weights.exponent": [-11, 11],
    "weights.floor": [-1],
    "weights.hours": [[-1], [24], [], [2.5]],
    "weights.weekdays": [[-1], [7], [], [2.5]],
    "weights.months": [[0], [13], [], [2.5]],
    "weights.quantiles": [[0], [1], [0.5, -1]],
    "weights.first": [-1],
    "weights.last": [-1],
    "weights.clip": [0.5, 0, -1],
    "weights.half_life": [0, -1],
    "weights.seed": [-1, 2**32],
    "search.max_trials": [0, -1, 10**6],
    "search.workers": [0, -1, 10**5],
    "search.initial_points": [0, 10**6],
    "search.batch": [0, -1, 10**4],
    "search.alpha": [0, -1],
    "search.beta": [0, -1],
    "search.factor": [1, 0, 10**4],
    "search.iterations": [0, 10**4],
    "search.repeats": [0, 21],
    "search.keep": [-1, 10**6],
    "tracking.retry_seconds": [-1, 10**7],
    "tracking.experiment": ["", "x" * 600],
    "hydra.launcher.workers": [0, -1, 10**5],
    "hydra.launcher.workers_per_gpu": [0, -1, 10**5],
    "hydra.launcher.trials_per_worker": [0, -1, 10**8],
    "hydra.launcher.cpus": [0, -1, 10**5],
    "hydra.launcher.gpus": [-1, 10**5],
    "hydra.launcher.memory_gb": [0, -1, 10**8],
    "hydra.launcher.tries": [0, -1, 10**5],
    "hydra.launcher.minutes": [0, -1, 10**7],
    "hydra.launcher.trials_per_job": [0, -1, 10**8],
    "hydra.launcher.at_a_time": [0, -1, 10**8],
}
# Taken, and rightly: a series may have no season, and a working directory may be everywhere. Keras itself says that
# AdamW needs a number, when it is built.
RIGHT = (
    *((f"data/{name}", "data.season", None) for name in ("co2", "etth1", "tetouan", "beijing_pm25")),
    *((f"data/{name}", f"data.{key}", None) for name in ("etth1", "beijing_pm25") for key in ("url", "sha256")),
    ("optimizer/adamw", "train.optimizer.weight_decay", None),
    ("config", "report.margin", None),
    ("launcher/ray", "hydra.launcher.working_dir", None),
)


def files():
    """(name, prefix of its keys, the choice that takes it) of each file of conf/ with keys."""
    yield "config", "", ()
    for file in sorted(CONF.rglob("*.yaml")):
        group = file.parent.name
        if group in ("conf", "experiment", "help", "sweeper") or file.stem in ("none", "shared", "class_weight"):
            continue
        name = f"{group}/{file.stem}"
        if group == "optimizer":
            yield name, "train.optimizer.", (f"optimizer@train.optimizer={file.stem}",)
        elif group == "launcher":
            yield name, "hydra.launcher.", ()
        elif name in ("tracking/csv", "tracking/wandb"):
            yield name, f"tracking.also.{file.stem}.", (f"tracking=[mlflow,{file.stem}]",)
        else:
            yield name, f"{group}.", (f"{group}={file.stem}",)


def keys(name, prefix):
    """(key, default) of a file, but for those that Hydra reads."""
    path = CONF / ("hydra" if name.startswith("launcher/") else ".") / f"{name}.yaml"
    text = path.read_text()
    content = OmegaConf.to_container(OmegaConf.create(text), resolve=False) or {}
    for hidden in ("defaults", "hydra"):
        content.pop(hidden, None)
    if name.startswith("search/"):
        content |= yaml.safe_load((CONF / "search" / "shared.yaml").read_text())
    for key, default in leaves(content):
        last = key.rpartition(".")[2]
        if not last.startswith("_") and "search_space" not in key and default != "???":
            yield f"{prefix}{key}", default


def kind_of(name, key, default):
    if found := OF_FILES.get((name, key), KINDS.get(key)):
        return found
    kinds = {bool: "flag", int: "whole", float: "number", str: "text"}
    return kinds[type(default)]


def wrong_values(name, key, default):
    found = [*WRONG[kind_of(name, key, default)], *OUTSIDE.get(key, ())]
    if default is not None and kind_of(name, key, default) not in ("columns",) and None not in found:
        found.append(None)
    # null is one of the ends of the outputs, the usual space of the family, each value as a class, and any hour.
    of_weights = ("first", "last", "seed", "quantiles", "hours", "weekdays", "months")
    nulls = ("search.space", *(f"weights.{name}" for name in of_weights))
    without_null = [value for value in found if value is not None or key not in nulls]
    return [value for value in without_null if not (key == "data.unit" and value == "")]


INPUTS = [
    (name, choices, key, value)
    for name, prefix, choices in files()
    for key, default in keys(name, prefix)
    for value in wrong_values(name, key, default)
    if (name, key, value) not in RIGHT
]


@cache
def base(choices):
    return composed(list(choices), CONF)


def refusal(name, choices, key, value):
    """The message for one value of one key, or None where nothing is refused."""
    config = base(choices).copy()
    try:
        if key.startswith("hydra.launcher."):
            node = yaml.safe_load((CONF / "hydra" / f"{name}.yaml").read_text()) | CPUS.get(name, {})
            check_launcher({**node, key.rpartition(".")[2]: value})
            return None
        with open_dict(config):
            OmegaConf.update(config, key, value, merge=False)
        resolved = resolve(config)
        # The losses are Keras's, and looked up when they are built.
        check_part("loss", resolved["loss"])
    except InputError as error:
        return error
    return None


@pytest.mark.parametrize(
    "inputs", [pytest.param(INPUTS, id="all", marks=pytest.mark.slow), pytest.param(INPUTS[::8], id="every eighth")]
)
def test_at_least_three_hundred_inputs_are_refused_by_their_key(inputs):
    refused, failures = Counter(), []
    for name, choices, key, value in inputs:
        error = refusal(name, choices, key, value)
        text = str(error)
        if error is None or not error.key.startswith(key) or "Write" not in text or len(text.splitlines()) > 6:
            failures.append(f"{name}: {key}={value!r}: {text[:200]}")
        refused[key] += 1
    print(f"{len(inputs)} inputs for {len(refused)} keys, {len(inputs) - len(failures)} refused")
    assert not failures, "\n".join(failures)
    assert len(inputs) >= 300
