"""Points of learning curves that cross a shared disk."""

from harness.sweep.cluster.curve_files import CurveFiles, append_points

FIRST, SECOND = [("curve/own_loss", 0.5, 1), ("curve/seconds", 1.25, 1)], [("curve/own_loss", 0.1 + 0.2, 2)]


def test_each_point_is_read_once_and_exactly(tmp_path):
    files = CurveFiles(tmp_path / "curves")
    assert files.fresh(3) == []
    append_points(tmp_path / "curves" / "3", FIRST)
    assert files.fresh(3) == FIRST
    assert files.fresh(3) == []
    append_points(tmp_path / "curves" / "3", SECOND)
    append_points(tmp_path / "curves" / "4", FIRST)
    assert files.fresh(3) == SECOND
    assert files.fresh(4) == FIRST


def test_a_line_that_is_being_written_waits(tmp_path):
    file, files = tmp_path / "curves" / "3", CurveFiles(tmp_path / "curves")
    append_points(file, FIRST)
    append_points(file, SECOND)
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert files.fresh(3) == FIRST
    file.write_bytes(whole)
    assert files.fresh(3) == SECOND
