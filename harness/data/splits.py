"""Where the train, validation and test spans lie on the time axis, for each fold."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from harness.checks import at_least, one_of
from harness.errors import InputError

GROW, SLIDE = "grow", "slide"


class Span(NamedTuple):
    """Rows (or samples) from `start` up to, and without, `end`."""

    start: int
    end: int


class Spans(NamedTuple):
    """The three spans of one fold, one after another without a space between them."""

    train: Span
    validation: Span
    test: Span


def spans_of_fold(
    split: Sequence[float] | Sequence[int], train_span: str, fold: int, counts: Sequence[int], unit: str, least: int
) -> list[Spans]:
    """The spans of a fold in each series: rolling origin.

    Fold k lies k test lengths before fold 0, the latest one, so that no two test spans overlap. Under `grow` the train
    span starts at the first row, and `split` counts from there. Under `slide` it keeps its length, and `split` counts
    back from the last row: what is left over before fold 0 gives room for the earlier folds.

    Args:
        split: three lengths [train, validation, test]: fractions (floats) or whole numbers. Their sum may stay below
            the whole; what lies outside the spans is then not used.
        train_span: grow | slide.
        fold: from 0.
        counts: the rows (or samples; `unit` says which, for the messages) of each series.
        least: how many of them the train span of a fold above 0 must have.

    Raises:
        InputError: `split` is not three lengths of one kind, one is negative, or they ask for more than there is; an
            unknown `train_span`; a fold that lies too early in one of the series.
    """
    one_of("data.train_span", train_span, (GROW, SLIDE))
    at_least("fold", fold, 0)
    latest = [_latest(split, train_span, count, unit) for count in counts]
    folds = min(_folds(spans, train_span, least) for spans in latest)
    if fold >= folds:
        there = "there is one fold, fold=0" if folds == 1 else f"there are {folds} folds, 0 to {folds - 1}"
        more = f"lengths that leave more {unit} over" if train_span == SLIDE else "a smaller test length"
        raise InputError("fold", f"got {fold}, and {there}", f"Write one of these, or {more} in data.split")
    return [_earlier(spans, fold, train_span) for spans in latest]


def _latest(split: Sequence[float] | Sequence[int], train_span: str, count: int, unit: str) -> Spans:
    """Fold 0."""
    first, second, third = borders(split, count, unit)
    start = count - third if train_span == SLIDE else 0
    return Spans(Span(start, start + first), Span(start + first, start + second), Span(start + second, start + third))


def _folds(latest: Spans, train_span: str, least: int) -> int:
    """How many folds there are, at least one."""
    length = latest.test.end - latest.test.start
    room = latest.train.start if train_span == SLIDE else latest.train.end - least
    return max(room, 0) // length + 1 if length else 1


def _earlier(latest: Spans, fold: int, train_span: str) -> Spans:
    by = fold * (latest.test.end - latest.test.start)
    moved = [Span(span.start - by, span.end - by) for span in latest]
    return Spans(moved[0] if train_span == SLIDE else Span(0, moved[0].end), moved[1], moved[2])


def borders(split: Sequence[float] | Sequence[int], count: int, unit: str) -> tuple[int, int, int]:
    """The ends of train, validation and test, counted from the first row. Arguments and errors: `spans_of_fold`."""
    asked = f"got {split}"
    instead = f"Write three fractions such as [0.7, 0.1, 0.2], or three whole numbers of {unit} out of {count}"
    if isinstance(split, str) or not hasattr(split, "__len__") or len(split) != 3:
        raise InputError("data.split", asked, instead)
    lengths = list(split)
    whole = all(type(length) is int for length in lengths)
    if not whole and not all(type(length) is float and math.isfinite(length) for length in lengths):
        raise InputError("data.split", asked, instead)
    if min(lengths) < 0:
        raise InputError("data.split", f"{asked}, with a negative length", instead)
    # Three decimal fractions that sum to one by hand may miss it by a rounding error.
    if sum(lengths) > (count if whole else 1 + 1e-9):
        raise InputError("data.split", f"{asked}, more than the {count} {unit} there are", instead)
    ends = [sum(lengths[: i + 1]) for i in range(3)]
    train, validation, test = (int(end) if whole else min(count, round(end * count)) for end in ends)
    return train, validation, test
