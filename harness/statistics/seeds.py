"""What statistics over seeds need at least."""

from harness.errors import InputError


def need_two(seeds: int, what: str) -> None:
    """Raises InputError unless there are two seeds or more. `what` needs them, plural: "intervals"."""
    if seeds < 2:
        count = "no seed" if seeds == 0 else "one seed"
        raise InputError("seed", f"got {count}", f"{what.capitalize()} need two seeds or more; sweep seed=0,1,2")
