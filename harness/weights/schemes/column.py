"""A column of the data says what each target counts."""

import numpy as np

from harness import kinds
from harness.checks import did_you_mean
from harness.errors import InputError
from harness.spec import Split


def column(train: Split, at: Split, *, name: kinds.Text | int | None) -> np.ndarray:
    """The column `name` of the data, at the time of each target, per sample: [n of at, outputs].

    Raises InputError for a column that the data does not bring along, or one that holds no weights: a missing or a
    negative value.
    """
    weights = beside(at, "weights.name", name)
    bad = ~(weights >= 0)
    if bad.any():
        sample, output = np.argwhere(bad)[0]
        found = f"the column {name} holds {weights[sample, output]:g} at output {output} of sample {at.index[sample]}"
        raise InputError(
            "weights.name", f"{found}, and {bad.sum() - 1} more such values", "Name a column of weights >= 0"
        )
    return weights


def beside(at: Split, key: str, name: str | int | None) -> np.ndarray:
    """The column `name`, which stands in the config at `key`, beside each target: [n of at, outputs].

    Raises InputError for a column that the data does not bring along.
    """
    if str(name) in at.beside:
        return np.asarray(at.beside[str(name)])
    there = ", ".join(at.beside)
    instead = f"Write one of: {there}" if there else f"Write data.beside=[{name or 'a column'}], with data=csv_file"
    near = did_you_mean(str(name), at.beside, f"{key}=")
    raise InputError(key, f"got {name!r}, which is no column of data.beside", near + instead)
