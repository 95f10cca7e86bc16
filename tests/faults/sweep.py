"""The small sweep with a search in it that is disturbed."""

SWEEP = [
    "-m",
    "--config-dir",
    "mine",
    *("data=mackey_glass", "data.length=200", "data.lookback=8", "data.outputs=4", "data.season=5"),
    *("train.jit_compile=false", "report.after_sweep=false", "search=none,two"),
    *("model.search_space.model.units.low=2", "model.search_space.model.units.high=4"),
    "model.search_space.model.units.step=1",
]
# What `search=two` is.
SEARCH = "defaults: [random, _self_]\nmax_trials: 2\nrepeats: 1\n"
