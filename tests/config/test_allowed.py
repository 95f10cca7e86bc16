import pytest

from harness.config.allowed import VARIABLE, allow_own, check_targets
from harness.errors import InputError

ATTACKS = (
    "os.system",
    "numpy.load",
    "pandas.read_pickle",
    "joblib.load",
    "statsmodels.iolib.smpickle.load_pickle",
    "builtins.eval",
    "harness.training.checkpoint.os.system",
    "harness.processes.pool.pickle.loads",
    "harness.data.digest.np.load",
    "keras.utils.get_file",
    "keras.saving.load_model",
)


@pytest.fixture(autouse=True)
def nothing_allowed(monkeypatch):
    monkeypatch.setenv(VARIABLE, "")


@pytest.mark.parametrize("target", ATTACKS)
def test_code_from_elsewhere_is_refused(target):
    with pytest.raises(InputError, match=r"loss\._target_"):
        check_targets("loss", {"_target_": target, "path": "x"})


def test_a_nested_target_is_refused_too():
    with pytest.raises(InputError, match=r"loss\.of\.1\.deep\._target_"):
        check_targets(
            "loss", {"_target_": "harness.losses.WeightedMSE", "of": [{}, {"deep": {"_target_": "os.system"}}]}
        )


@pytest.mark.parametrize(
    "target", ["harness.losses.WeightedMSE", "keras.optimizers.Adam", "keras.optimizers.schedules.CosineDecay"]
)
def test_the_projects_own_and_some_of_keras_are_allowed(target):
    check_targets("loss", {"_target_": target})


def test_what_the_user_names_is_allowed_and_nothing_more(tmp_path, monkeypatch):
    (tmp_path / "mine_allowed.py").write_text("class Loss: ...\n")
    (tmp_path / "conf" / "loss").mkdir(parents=True)
    (tmp_path / "conf" / "loss" / "mine.yaml").write_text("_target_: mine_allowed.Loss\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match="--config-dir"):
        check_targets("loss", {"_target_": "mine_allowed.Loss"})
    allow_own([tmp_path / "conf"], [])
    check_targets("loss", {"_target_": "mine_allowed.Loss"})
    with pytest.raises(InputError, match="cannot be imported"):
        check_targets("loss", {"_target_": "mine_allowed.Los"})
    with pytest.raises(InputError, match="not allowed"):
        check_targets("loss", {"_target_": "os.system"})


def test_what_the_user_types_is_allowed():
    allow_own([], ["loss._target_=collections.OrderedDict", "search=none"])
    check_targets("loss", {"_target_": "collections.OrderedDict"})
