"""Writes the report of some runs: sections to a page, tables and a summary."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.checks import one_of
from harness.errors import InputError
from harness.report.family import Compared, compare_all
from harness.report.page import to_text, write_page
from harness.report.results import Results, results_of
from harness.report.section import Section
from harness.report.sections.cost import cost
from harness.report.sections.cross_table import cross_table
from harness.report.sections.data_sets import data_sets
from harness.report.sections.differences import differences
from harness.report.sections.effect_of_weights import effect_of_weights
from harness.report.sections.equivalence import equivalence
from harness.report.sections.ranking import ranking
from harness.report.sections.seeds_needed import seeds_needed
from harness.report.selection import Selection
from harness.report.settings import Settings


def write_report(
    selection: Selection,
    settings: Settings,
    title: str,
    folder: Path,
    build_loss: Callable[[Mapping[str, Any]], Any],
) -> str:
    """Writes index.html, summary.txt, tables/ and pictures/ below `folder`; returns the summary.

    Args:
        build_loss: makes the loss variant of a trial's resolved config, for the audit.

    Raises:
        InputError: no run that has a result, or settings that do not fit these runs.
    """
    found = results_of(selection.runs, selection.failed)
    if not found:
        reasons = "; ".join(dict.fromkeys(reason for _, _, reason in selection.failed))
        raise InputError("report", f"no finished trial among these runs. {reasons}", "Choose runs with results")
    for each in found:
        one_of("report.metric", settings.metric, [name for name in each.variants[0].first.metrics if "test_" in name])
    if settings.reference is not None:
        names = list(dict.fromkeys(v.name for each in found for v in each.variants))
        one_of("report.reference", settings.reference, names)
    sections = []
    for place, (each, compared) in enumerate(zip(found, compare_all(found, settings), strict=True)):
        part = _sections(each, compared, settings, build_loss)
        sections += part if len(found) == 1 else [_renamed(section, each.data, place) for section in part]
    if len(found) > 1:
        sections.append(data_sets(found, settings))
    lead = _lead(found)
    write_page(folder, title, lead, sections)
    return to_text(title, lead, sections)


def _sections(results: Results, compared: Sequence[Compared], settings: Settings, build_loss) -> list[Section]:
    def rng():
        # Each section's own, so that one does not depend on what another draws.
        return np.random.default_rng(0)

    return [
        ranking(results, settings, rng()),
        differences(results, compared, settings, rng()),
        effect_of_weights(results, settings),
        cross_table(results),
        equivalence(results, settings.metric, build_loss),
        seeds_needed(results, compared, settings),
        cost(results),
    ]


def _renamed(section: Section, data: str, place: int) -> Section:
    """One data set's among several: its files must not take another's place."""
    tables = [replace(each, name=f"{each.name}_{place}") for each in section.tables]
    pictures = [replace(each, name=f"{each.name}_{place}") for each in section.pictures]
    return replace(section, title=f"{data}: {section.title}", tables=tables, pictures=pictures)


def _lead(found: Sequence[Results]) -> str:
    variants = len(dict.fromkeys(v.name for each in found for v in each.variants))
    seeds = len({seed for each in found for v in each.variants for seed in v.seeds})
    networks = sum(len(v.seeds) for each in found for v in each.variants)
    data = " and ".join(each.data for each in found)
    return f"{networks} networks: {variants} variants, {seeds} seeds, on {data}. Lower is better, but for skill."
