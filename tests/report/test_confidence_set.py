import pytest

from harness.report.sections.confidence_set import FEW_WINDOWS, _correlation


def test_the_caption_says_what_the_level_of_the_set_rests_on():
    caption = _correlation(length=42.0, windows=1240, overlap=100)
    assert "correlation fades within a quarter of the test, 310 windows" in caption
    assert "over 42 windows" in caption
    assert "12 windows share no targets" in caption


@pytest.mark.parametrize(("windows", "few"), [(399, True), (400, False)])
def test_the_caption_says_where_windows_are_too_few_to_decide(windows, few):
    caption = _correlation(length=0.0, windows=windows, overlap=100)
    assert (f"With fewer than {FEW_WINDOWS} of those" in caption) == few
