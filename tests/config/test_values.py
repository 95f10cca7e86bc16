import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import pytest
from annotated_types import Ge, Gt, Interval, Len, Lt
from numpy.typing import ArrayLike

from harness.config.values import check_value, describe, fits
from harness.errors import InputError
from harness.kinds import Built, Folder, Renamed


class Scheme(Protocol):
    def __call__(self, train: Any) -> Any: ...


NODE = {"_target_": "a.b"}


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (int, [0, -3, 10**30], [True, 1.0, "1", None, [1]]),
        (float, [0, 1.5, -2], [True, math.nan, math.inf, "1", None, 10**400]),
        (bool, [True, False], [0, 1, "no", "true", None]),
        (str, ["", "a"], [1, True, None, ["a"], "a\0b"]),
        (None, [None], [0, "", False]),
        (int | None, [None, 3], [3.5, "null"]),
        (Literal["a", 1], ["a", 1], ["b", True, 1.0, None]),
        (Annotated[int, Interval(ge=1, le=3)], [1, 3], [0, 4, 2.0]),
        (Annotated[int, Interval(ge=1, le=3)] | None, [1, None], [0, 4]),
        (Annotated[int | None, Interval(ge=1, le=3)], [1, None], [0, 4]),
        (Annotated[float, Gt(0), Lt(1)], [0.5], [0, 1, -1]),
        (Annotated[str, Len(1, 3)], ["a", "abc"], ["", "abcd"]),
        (Sequence[int], [[], [1, 2]], ["12", 1, [True], [[1]], None, {"a": 1}]),
        (list[str], [["a"]], ["a", [1]]),
        (tuple[int, str], [[1, "a"]], [[1], ["a", 1], [1, "a", 2]]),
        (tuple[int, ...], [[], [1, 2, 3]], [["a"]]),
        (Annotated[Sequence[float], Len(3, 3)], [[0.7, 0.1, 0.2], [1, 2, 3]], [[1, 2], [1, 2, 3, 4], 3]),
        (Mapping[str, int], [{}, {"a": 1}], [{"a": "b"}, {1: 1}, [1], "a", NODE]),
        (Scheme, [NODE], [3, "a", None, {"a": 1}]),
        (Callable[[], int], [NODE], [3, {}]),
        (Annotated[Any, Built()], [NODE], [3, {}]),
        (Annotated[float, Gt(0)] | Annotated[Any, Built()], [1, NODE], [0, {}, "a"]),
        # What is not understood is not checked.
        (np.ndarray, [3, "a", None], []),
        (ArrayLike, [3, [1, 2], "a"], []),
        (Any, [3, "a", None, [1]], []),
    ],
    ids=str,
)
def test_fits(kind, right, wrong):
    assert [value for value in right if not fits(value, kind)] == []
    assert [value for value in wrong if fits(value, kind)] == []


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (int, "a whole number"),
        (Annotated[int, Ge(1)], "a whole number of at least 1"),
        (Annotated[int, Interval(ge=1, le=9)] | None, "a whole number from 1 to 9, or null"),
        (None | Annotated[float, Gt(0)], "a number above 0, or null"),
        (Annotated[float, Interval(gt=0, lt=1)], "a number above 0 and below 1"),
        (Annotated[float, Interval(ge=0, lt=1)], "a number from 0 up to, but not including, 1"),
        (bool, "true or false"),
        (str, "a text"),
        (Annotated[str, Len(1, 9)], "a text of 1 to 9 characters"),
        (Literal["gru", "lstm"], "one of: gru, lstm"),
        (Literal["gru"] | None, "one of: gru, or null"),
        (Annotated[Sequence[float], Len(3, 3)], "a list of 3 numbers"),
        (Annotated[Sequence[Annotated[float, Gt(0)]], Len(0, 5)], "a list of at most 5 numbers above 0"),
        (Mapping[str, Any], "a mapping such as {key: value}"),
        (Scheme, "a node with a _target_"),
        (Folder, "the path of a folder"),
    ],
    ids=str,
)
def test_what_to_write_in_words(kind, told):
    assert describe(kind) == told


@pytest.mark.parametrize(
    ("value", "kind", "told"),
    [
        ("grru", Literal["gru", "lstm"], "k: got 'grru'. Did you mean k=gru? Write one of: gru, lstm"),
        (
            "old",
            Annotated[Literal["new"], Renamed({"old": "new"})],
            "k: got 'old'. Did you mean k=new? Write one of: new",
        ),
        ([1, "a"], Sequence[int], "k: got 'a' in a list. Write a list of whole numbers"),
        (5, str, "k: got 5. Write a text. In quotes it is a text: 'k=\"5\"'"),
        ("x" * 300, int, f"k: got '{'x' * 79}.... Write a whole number"),
    ],
)
def test_messages(value, kind, told):
    with pytest.raises(InputError) as caught:
        check_value("k", value, kind)
    assert str(caught.value) == told


def test_a_folder_need_not_be_there_and_must_not_be_a_file(tmp_path):
    check_value("k", str(tmp_path / "new" / "deep"), Folder)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError) as caught:
        check_value("k", str(tmp_path / "file"), Folder)
    assert str(caught.value) == f"k: '{tmp_path}/file' is a file. Write the path of a folder, or move that file away"
    with pytest.raises(InputError, match=f"and {tmp_path}/file is a file"):
        check_value("k", str(tmp_path / "file" / "below"), Folder)
    with pytest.raises(InputError, match="File name too long"):
        check_value("k", "x" * 300, Folder)
