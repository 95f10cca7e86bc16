"""`python -m harness.promote`: registers the best network of a sweep in MLflow's model registry."""

import argparse
from collections.abc import Sequence

USAGE = """python -m harness.promote [SWEEP] [--metric METRIC] [--name NAME] [--alias ALIAS] [tracking.uri=... ...]
Registers the network of a sweep that is the best on validation, as models:/NAME@ALIAS in MLflow's model registry.
SWEEP is the newest one unless its id is given."""


def main() -> None:
    """Prints what was registered and how to use it; ends the process with a message where that cannot be."""
    from harness.terminal.command import run_command

    run_command(_promote)


def _promote(words: Sequence[str]) -> None:
    asked, rest = _parser().parse_known_args(words)
    from harness.config.build import build_metrics, build_tracking
    from harness.config.command import read_words
    from harness.promote.promote import best_network, tags_of, text_of
    from harness.terminal.console import print_pointer, print_text
    from harness.tracking.sweeps import newest_sweep, sweep_of

    config, names = read_words(rest)
    store, metric = build_tracking(config).store, asked.metric or config["train"]["monitor"]
    name = asked.name or config["tracking"].get("experiment", "")
    sweep = sweep_of(store, names[0], "SWEEP") if names else newest_sweep(store, "SWEEP")
    best = best_network(store, sweep, metric, build_metrics(config))
    pages = store.pages(best.run, sweep)
    version = store.register(best.run.run_id, name, asked.alias, tags_of(best), text_of(best, sweep, pages))
    variant = best.run.tags.get("variant", "")
    print_text(f"Of {best.among} networks {variant}, seed {best.run.tags.get('seed', '')}, is the best:")
    print_text(f"{metric} {best.value:.4g}, run {best.run.run_id}. It is version {version} of {name}.")
    print_pointer(f"Use it: {store.loading(name, asked.alias)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m harness.promote", usage=USAGE, allow_abbrev=False)
    parser.add_argument("--metric", help="train.monitor unless it is given")
    parser.add_argument("--name", help="the name of the experiment unless it is given")
    parser.add_argument("--alias", default="best")
    return parser


if __name__ == "__main__":
    main()
