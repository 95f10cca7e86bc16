import pytest
from test_page import NAMES, table

from harness.report.files import write_files
from harness.report.section import Section, Table
from harness.report.summary import WIDTH, to_text


def test_the_summary_holds_the_findings_and_the_first_table(tmp_path):
    sentence = "A finding " + "that goes on " * 12 + "to its end."
    sections = [Section("Ranking", [sentence], [table()]), Section("Cost", ["Some [s]."], [table("cost", [])])]
    text = to_text("Sweep", "Lead.", sections, WIDTH)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert text.splitlines()[:5] == ["Sweep", "=====", "Lead.", "", "Ranking"]
    assert " ".join(text.split()).count("to its end.") == 1
    assert [line.split()[0] for line in text.splitlines() if "0.3000" in line or "[bold]c" in line] == [
        NAMES[0],
        NAMES[3],
    ]
    assert text.endswith("Cost\n----\n- Some [s].")
    write_files(tmp_path, "Sweep", "Lead.", sections)
    assert (tmp_path / "summary.txt").read_text("utf-8") == text + "\n"


def test_the_summarys_table_has_no_column_of_long_texts():
    long = Table("t", "", ["variant", "note", "each seed"], [["a" * 60, "baseline", "0: 0.4123; " * 9]])
    text = to_text("Sweep", "Lead.", [Section("Ranking", [], [long])], WIDTH)
    assert "a" * 60 in text
    assert "baseline" in text
    assert "each seed" not in text


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_summary_fits_the_terminal_and_breaks_no_name(width):
    rows = [["weighted_rmse inverse_variance", 0.2225, 0.009358, 0.4357, -2.4, "worse than a baseline", 5, "0: 0.2393"]]
    columns = ["variant", "test_weighted_rmse", "low", "high", "skill", "note", "seeds", "by seed"]
    sentence = "weighted_rmse linear has the lowest mean test_weighted_rmse, 0.2225 ± 0.024. " * 3
    section = Section("Seeds needed, and what the winner depends on", [sentence], [Table("t", "", columns, rows)])
    text = to_text("Sweep 2026-11-24_17-57-13-470990_79cd82", "Lead.", [section], width)
    assert max(map(len, text.splitlines())) <= width
    assert "weighted_rmse inverse_variance" in text
    assert "0.2225" in text
    assert ("worse than a baseline" in text) == (width == 160), "a wide terminal shows more"
