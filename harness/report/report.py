"""Writes the report of some runs: sections to a page, tables and a summary."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.checks import one_of
from harness.errors import InputError
from harness.report.criterion import Criterion, criterion_of
from harness.report.family import Compared, compare_all
from harness.report.files import write_files
from harness.report.problem import Problem, problems_of
from harness.report.results import Results, results_of
from harness.report.section import Section
from harness.report.sections.cost import cost
from harness.report.sections.cross_table import cross_table
from harness.report.sections.data_sets import data_sets
from harness.report.sections.differences import differences
from harness.report.sections.effect_of_weights import effect_of_weights
from harness.report.sections.equivalence import BuildLoss, equivalence
from harness.report.sections.folds import folds
from harness.report.sections.home import home
from harness.report.sections.ranking import ranking
from harness.report.sections.seeds_needed import seeds_needed
from harness.report.sections.verdict import verdict, verdicts
from harness.report.sections.what_mattered import what_mattered
from harness.report.selection import Selection
from harness.report.settings import Settings
from harness.report.summary import to_text


def verdicts_of(selection: Selection, settings: Settings) -> list[dict[str, object]]:
    """The verdict on each data set, for programs.

    Raises:
        InputError: see `write_report`.
    """
    by_data = results_of(selection.runs, selection.failed, selection.merged)
    criterion = _criteria(by_data, selection, settings)[0]
    return [each.as_json() for each in verdicts(by_data, criterion, settings, selection.by_looks)]


def write_report(
    selection: Selection,
    settings: Settings,
    title: str,
    folder: Path,
    build_loss: BuildLoss,
    width: int,
    is_said: bool = False,
) -> str:
    """Writes index.html, summary.txt, tables/ and pictures/ below `folder`; returns the summary in `width` columns.

    Args:
        build_loss: makes the loss variant of a trial's resolved config, for the audit.
        is_said: the summary that is returned has no sentences of the verdict, which stand elsewhere already.

    Raises:
        InputError: no run that has a result, or settings that do not fit these runs.
    """
    by_data = results_of(selection.runs, selection.failed, selection.merged)
    criteria = _criteria(by_data, selection, settings)
    if settings.reference is not None:
        names = list(dict.fromkeys(variant.name for results in by_data for variant in results.variants))
        one_of("report.reference", settings.reference, names)
    sections = []
    compared = compare_all(by_data, settings, selection.by_looks)
    first = verdict(by_data, criteria[0], settings, selection.by_looks)
    sections.append(replace(first, sentences=[*first.sentences, *_merged(selection)]))
    problems = problems_of(by_data)
    for place, problem in enumerate(problems):
        part = _over_folds(problem, _criterion_of(problem, by_data, criteria), settings)
        sections += part if len(problems) == 1 else [_renamed(section, problem.source, place) for section in part]
    for place, (results, criterion, groups) in enumerate(zip(by_data, criteria, compared, strict=True)):
        # Variants that stopped early have fewer seeds than others.
        alike = results.on_common_seeds() if selection.by_looks else results
        part = _sections(results, alike, criterion, groups, settings, build_loss)
        sections += part if len(by_data) == 1 else [_renamed(section, results.data, place) for section in part]
    if len(problems) > 1:
        sections.append(data_sets(problems, criteria[0], settings))
    lead = _lead(by_data, criteria[0], selection.waiting, selection.by_looks)
    write_files(folder, title, lead, sections)
    if is_said:
        sections[0] = replace(sections[0], sentences=())
    return to_text(title, lead, sections, width)


def _criteria(by_data: Sequence[Results], selection: Selection, settings: Settings) -> list[Criterion]:
    """Of each of the results, all with one direction."""
    if not by_data:
        reasons = "; ".join(dict.fromkeys(reason for _, _, reason in selection.failed))
        raise InputError("report", f"no finished trial among these runs. {reasons}", "Choose runs with results")
    criteria = [criterion_of(results, settings.metric) for results in by_data]
    if len({criterion.metric.lower_is_better for criterion in criteria}) > 1:
        differ = f"{settings.metric} is better when lower for some of these runs, and when higher for others"
        raise InputError("report.metric", differ, "Report on the runs of one definition of this metric")
    return criteria


def _merged(selection: Selection) -> list[str]:
    return [
        f"Trained once, as one objective or one trial: {name}." for name in dict.fromkeys(selection.merged.values())
    ]


def _over_folds(problem: Problem, criterion: Criterion, settings: Settings) -> list[Section]:
    """What is said of all folds together."""
    several = len(problem.folds) > 1 and len(problem.labels) > 1
    return [what_mattered(problem, criterion), *([folds(problem, criterion, settings)] if several else [])]


def _criterion_of(problem: Problem, by_data: Sequence[Results], criteria: Sequence[Criterion]) -> Criterion:
    """That of its first fold."""
    return next(own for results, own in zip(by_data, criteria, strict=True) if results is problem.folds[0])


def _sections(
    results: Results,
    alike: Results,
    criterion: Criterion,
    compared: Sequence[Compared],
    settings: Settings,
    build_loss: BuildLoss,
) -> list[Section]:
    """alike: the results with the seeds alone that all variants have."""

    def rng() -> np.random.Generator:
        # Each section has its own, so that one does not depend on what another draws.
        return np.random.default_rng(0)

    return [
        ranking(alike, criterion, settings, rng()),
        differences(results, criterion, compared, settings, rng()),
        effect_of_weights(alike, criterion, settings),
        cross_table(alike),
        home(alike),
        equivalence(results, criterion, build_loss),
        seeds_needed(alike, criterion, compared, settings),
        cost(results, criterion),
    ]


def _renamed(section: Section, data: str, place: int) -> Section:
    """One data set's among several: its files must not take another's place."""
    tables = [replace(table, name=f"{table.name}_{place}") for table in section.tables]
    pictures = [replace(picture, name=f"{picture.name}_{place}") for picture in section.pictures]
    coordinates = [replace(each, name=f"{each.name}_{place}") for each in section.coordinates]
    title = f"{data}: {section.title}"
    return replace(section, title=title, tables=tables, pictures=pictures, coordinates=coordinates)


def _lead(by_data: Sequence[Results], criterion: Criterion, waiting: int, by_looks: bool) -> str:
    variants = [variant for results in by_data for variant in results.variants]
    seeds = len({seed for variant in variants for seed in variant.seeds})
    names = len({variant.name for variant in variants})
    networks = sum(len(variant.seeds) for variant in variants)
    data = " and ".join(results.data for results in by_data)
    absent = f" {waiting} more are trained and wait to be kept: the sweep's command keeps them." if waiting else ""
    return (
        f"{networks} networks: {names} variants, {seeds} seeds, on {data}.{absent} Ranked by {criterion.name}, "
        f"{criterion.direction}{', on the seeds that all variants have' if by_looks else ''}."
    )
