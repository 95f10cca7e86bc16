import gc
import os
import subprocess
import sys

import pytest

from harness.processes.importing import importing

SAYS_WHAT_IT_FINDS = """
import gc
try:
    import {other}
except ImportError:
    found = False
else:
    found = True
collected = gc.isenabled()
"""


def library(folder, monkeypatch, name, other):
    (folder / f"{name}.py").write_text(SAYS_WHAT_IT_FINDS.format(other=other))
    (folder / f"{other}.py").write_text("")
    monkeypatch.syspath_prepend(folder)


def test_keeps_a_module_from_a_library_and_from_nobody_after_it(tmp_path, monkeypatch):
    library(tmp_path, monkeypatch, "first_library", "wanted_by_first")
    with importing("first_library", without=["wanted_by_first"]):
        import first_library
    assert not first_library.found
    import wanted_by_first

    assert wanted_by_first.__file__


def test_leaves_what_is_imported_already_to_the_library(tmp_path, monkeypatch):
    library(tmp_path, monkeypatch, "second_library", "wanted_by_second")
    import wanted_by_second

    with importing("second_library", without=["wanted_by_second"]):
        import second_library
    assert second_library.found
    assert sys.modules["wanted_by_second"] is wanted_by_second


def test_collects_nothing_meanwhile_and_never_what_was_imported(tmp_path, monkeypatch):
    library(tmp_path, monkeypatch, "third_library", "wanted_by_third")
    assert gc.isenabled()
    before = gc.get_freeze_count()
    with importing("third_library"):
        import third_library
    assert not third_library.collected
    assert gc.isenabled()
    assert gc.get_freeze_count() > before


def test_a_library_that_is_there_is_no_reason_to_freeze():
    before = gc.get_freeze_count()
    with importing("gc", without=["no_such_module"]):
        assert gc.isenabled()
        assert "no_such_module" not in sys.modules
    assert gc.get_freeze_count() == before


def test_an_import_that_fails_leaves_all_as_it_was():
    with pytest.raises(ModuleNotFoundError), importing("no_such_library", without=["no_such_module"]):
        import no_such_library  # noqa: F401
    assert gc.isenabled()
    assert "no_such_module" not in sys.modules


def test_tensorflow_is_silent_wherever_an_own_part_imports_it_and_brings_no_library_that_nothing_uses(tmp_path):
    own = "import os\nimport keras\nos.write(2, b'own')\nclass Mine(keras.losses.Loss):\n def __init__(self): pass\n"
    (tmp_path / "own_loss.py").write_text(own)
    asked = "import sys; from harness.config.schema import check_part; "
    asked += "check_part('loss', {'_target_': 'own_loss.Mine'}); "
    asked += "print(*sorted({'sklearn', 'matplotlib.pyplot', 'tensorflow'} & {*sys.modules}))"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    # What the tests themselves set.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_CPP")}
    environment |= {"PYTHONPATH": path, "HARNESS_ALLOWED_MODULES": "own_loss"}
    command = [sys.executable, "-c", asked]
    found = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert found.stderr == "own"
    assert found.stdout.split() == ["tensorflow"]
