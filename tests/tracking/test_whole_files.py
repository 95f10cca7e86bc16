import subprocess
import sys

import pytest

from harness.tracking.whole_files import copy_whole


def test_copies_every_file_with_its_folders(tmp_path):
    (tmp_path / "made" / "pictures").mkdir(parents=True)
    (tmp_path / "made" / "empty").mkdir()
    (tmp_path / "made" / "config.yaml").write_text("seed: 0\n")
    (tmp_path / "made" / "pictures" / "weights.png").write_bytes(bytes(range(256)) * 1000)
    for _ in range(2):
        copy_whole(tmp_path / "made", tmp_path / "kept")
        found = {str(file.relative_to(tmp_path / "kept")) for file in (tmp_path / "kept").rglob("*")}
        assert found == {"config.yaml", "empty", "pictures", "pictures/weights.png"}
    assert (tmp_path / "kept" / "config.yaml").read_text() == "seed: 0\n"
    assert (tmp_path / "kept" / "pictures" / "weights.png").read_bytes() == bytes(range(256)) * 1000


def test_what_a_killed_copy_left_is_hidden_and_written_over(tmp_path):
    from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "a.txt").write_text("whole")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / ".artifact.uploading.a.txt").write_text("wh")
    shown = LocalArtifactRepository((tmp_path / "kept").as_uri())
    assert shown.list_artifacts() == []
    copy_whole(tmp_path / "made", tmp_path / "kept")
    assert [found.path for found in shown.list_artifacts()] == ["a.txt"]
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["a.txt"]
    assert (tmp_path / "kept" / "a.txt").read_text() == "whole"


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(NotADirectoryError, match="missing"):
        copy_whole(tmp_path / "missing", tmp_path / "kept")


LIMITED = """
import resource, sys
from pathlib import Path
from harness.tracking.whole_files import copy_whole
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    copy_whole(Path("made"), Path("kept"))
except OSError as error:
    print(error.strerror)
"""


def test_a_file_that_could_not_be_written_to_its_end_is_not_there(tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "large.bin").write_bytes(b"x" * 100_001)
    (tmp_path / "made" / "a.bin").write_bytes(b"x" * 100_000)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "large.bin").write_bytes(b"former")
    done = subprocess.run([sys.executable, "-c", LIMITED], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("File too large\n", "")
    assert {file.name: file.stat().st_size for file in (tmp_path / "kept").iterdir()} == {
        "a.bin": 100_000,
        "large.bin": len(b"former"),
    }
