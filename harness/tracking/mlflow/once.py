"""Creates a thing in a store once, however often it is tried."""

from collections.abc import Callable
from typing import TypeVar

Created = TypeVar("Created")


def once(find: Callable[[], Created | None], create: Callable[[], Created]) -> Callable[[], Created]:
    """`create`, for a `Place.do`: tried again, it first looks for what an answer that was lost spoke of."""
    is_tried = False

    def created() -> Created:
        nonlocal is_tried
        if is_tried and (there := find()) is not None:
            return there
        is_tried = True
        return create()

    return created
