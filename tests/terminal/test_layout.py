import pytest

from harness.terminal.layout import Column, lay_out

NAMES = Column("variant", ["seasonal naive with drift", "b"])
SCORES = Column("test_rmse", ["0.1000 ± 0.0100", "2"], number=True)
MORE = Column("skill", ["-2.4", ""], number=True, rank=1)
LEAST = Column("note", ["x", "y"], rank=2)


def test_all_columns_where_there_is_room():
    assert lay_out([NAMES, SCORES, LEAST, MORE], None).lines == [
        "variant                          test_rmse  note  skill",
        "─" * 55,
        "seasonal naive with drift  0.1000 ± 0.0100  x      -2.4",
        "b                                        2  y",
    ]


@pytest.mark.parametrize(
    ("width", "more"),
    [(55, ["note", "skill"]), (54, ["skill"]), (49, ["skill"]), (48, ["note"]), (47, []), (42, [])],
)
def test_columns_of_a_low_rank_are_chosen_first_where_not_all_fit(width, more):
    layout = lay_out([NAMES, SCORES, LEAST, MORE], width)
    assert layout.heading[0].split() == ["variant", "test_rmse", *more]
    assert max(map(len, layout.lines)) <= width


def test_texts_are_broken_between_words_and_numbers_never():
    layout = lay_out([NAMES, SCORES], 31)
    assert layout.rows[0] == ["seasonal naive  0.1000 ± 0.0100", "with drift"]


def test_a_word_without_room_stays_whole():
    layout = lay_out([Column("variant", ["a_long_name with more", "b"]), SCORES], 10)
    assert layout.rows[0] == ["a_long_name  0.1000 ± 0.0100", "with more"]
