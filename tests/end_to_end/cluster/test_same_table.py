"""One sweep on every launcher: the same table to the last digit."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def on(request):
    """The overrides and the variables of a launcher, whose cluster runs by then."""

    def on(launcher):
        if launcher == "ray":
            cluster = request.getfixturevalue("ray_cluster")
            return [f"hydra.launcher.address={cluster.address}"], cluster.environment
        return [], request.getfixturevalue("slurm") if launcher == "slurm" else {}

    return on


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("launcher", ["pool", "joblib", "ray", "slurm"])
def test_the_table_is_that_of_one_process(launcher, on, start, sweep, tmp_path, table_of, expected_table):
    more, environment = on(launcher)
    process = start(tmp_path, *sweep, f"hydra/launcher={launcher}", *more, **environment)
    printed, _ = process.communicate(timeout=500)
    assert process.returncode == 3, printed
    assert "12/12" in printed
    assert "it begins again" not in " ".join(printed.split())
    assert table_of(tmp_path) == expected_table
