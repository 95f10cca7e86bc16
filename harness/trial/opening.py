"""What a run is given at its start: its name, tags, params, and the data set it is about."""

from collections.abc import Iterator, Mapping

from harness.config.keys import FOLLOWS
from harness.config.variant import variant_name
from harness.kinds import Config
from harness.spec import Dataset
from harness.tracking.logger import DataDescription, Opening
from harness.trial.fingerprint import device, versions
from harness.trial.inputs import Inputs
from harness.trial.origin import git_commit

# A search counts by the space that it takes, `search.space`; this one is only where that may come from.
SPACE = "model.search_space"
# Labels that a variant's name has no room for, or has already.
SHOWN_ELSEWHERE = ("loss", "weights", "search.space")
FOLLOWER = "follows the replicate"


def opening_of(
    config: Config,
    names: Mapping[str, str],
    labels: Mapping[str, str],
    sweep: str | None,
    inputs: Inputs | None = None,
) -> Opening:
    """What a run is given at its start; without `inputs`, one that never got to train."""
    more = {key: value for key, value in labels.items() if key not in SHOWN_ELSEWHERE}
    variant = variant_name({"loss": names["loss"], "weights": names["weights"], **more})
    tags = {"role": "trial", "variant": variant, **names, "git_commit": git_commit(), "device": device()}
    tags |= {f"version_{name}": version for name, version in versions().items()}
    tags |= {"seed": str(config["seed"]), "fold": str(config["fold"]), "weights_rule": config["rescale_weights"]}
    # A value that only follows the replicate would make a variant of each replicate.
    known = {key: FOLLOWER if key in config[FOLLOWS] else value for key, value in _flat(config)}
    params = {key: value for key, value in known.items() if key != FOLLOWS and not key.startswith(SPACE)}
    if sweep:
        tags["sweep"] = sweep
    if inputs:
        if inputs.data.notes:
            tags["data_notes"] = ". ".join(inputs.data.notes)
        tags |= {"fingerprint": inputs.fingerprint, "data_hash": inputs.data_hash, "weights_hash": inputs.weights_hash}
    data = _description(names["data"], inputs.data, inputs.data_hash) if inputs else None
    fold = f" fold {config['fold']}" if config["fold"] else ""
    return Opening(f"{variant} seed {config['seed']}{fold}", tags, {**names, **params}, data)


def _description(name: str, data: Dataset, digest: str) -> DataDescription:
    train, test = ((split.x.shape, split.y.shape) for split in (data.train, data.test))
    return DataDescription(name, digest, train, test)


def _flat(node: Config, prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif key != "_partial_":
            yield f"{prefix}{key}", value
