import subprocess
import sys
from pathlib import Path

from harness.trial.origin import as_text, changed_files, command, from_text, packages

PROGRAM = """
import harness.trial.origin as origin
print(origin.git_commit())
print(origin.uncommitted(), end="")
"""


def git(folder, *words):
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def _origin(folder):
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True, check=True)
    commit, _, diff = done.stdout.partition("\n")
    return commit, diff


def test_the_diff_rebuilds_the_code_that_no_commit_holds(tmp_path, monkeypatch):
    source, checkout = Path(__file__).parents[2], tmp_path / "checkout"
    checkout.mkdir()
    subprocess.run(["cp", "-r", str(source / "harness"), str(source / "conf"), str(checkout)], check=True)
    git(checkout, "init", "-q")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "all")
    monkeypatch.setenv("PYTHONPATH", str(checkout))
    commit, diff = _origin(checkout)
    assert len(commit) == 40
    assert diff == ""
    (checkout / "harness" / "memory.py").write_text("changed = 1\nx = 'diff --git a/no b/no'\n")
    (checkout / "conf" / "new.yaml").write_text("a: 1\n")
    (checkout / "notes.txt").write_text("no code\n")
    marked, diff = _origin(checkout)
    assert marked == f"{commit}-dirty"
    assert [name for name, _ in changed_files(diff)] == ["harness/memory.py", "conf/new.yaml"]
    (tmp_path / "code.diff").write_text(diff)
    git(tmp_path, "clone", "-q", str(checkout), "again")
    git(tmp_path / "again", "apply", str(tmp_path / "code.diff"))
    for name in ("harness/memory.py", "conf/new.yaml"):
        assert (tmp_path / "again" / name).read_bytes() == (checkout / name).read_bytes()


def test_outside_a_checkout_there_is_no_commit_and_no_diff(tmp_path, monkeypatch):
    subprocess.run(["cp", "-r", str(Path(__file__).parents[2] / "harness"), str(tmp_path)], check=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert _origin(tmp_path) == ("none", "")


def test_packages_are_those_of_pip():
    pip = subprocess.run([sys.executable, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True)
    if pip.returncode == 0:
        assert {line.lower() for line in pip.stdout.splitlines()} == {
            line.lower() for line in as_text(packages()).splitlines()
        }
    assert from_text(as_text(packages())) == dict(packages())


def test_the_command_of_a_trial_can_be_typed_and_holds_no_password():
    words = [
        "loss=weighted_mse",
        "train.callbacks=[{_target_: a.B}]",
        "sweep.id=x",
        "data.path=http://me:secret@host/a",
    ]
    assert command(words) == (
        "python -m harness loss=weighted_mse 'train.callbacks=[{_target_: a.B}]' data.path=http://me:***@host/a\n"
    )
