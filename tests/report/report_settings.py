"""The settings of a report, with the defaults of conf/ but for fewer resamples."""

from harness.report.settings import Settings

SETTINGS = {
    "after_sweep": True,
    "sweeps": [],
    "filter": None,
    "folder": None,
    "reference": None,
    "metric": "test_weighted_rmse",
    "confidence": 0.95,
    "margin": None,
    "set_confidence": 0.9,
    "resamples": 200,
    "effects": [0.01, 0.05],
    "power": 0.8,
}


def asked(**more):
    return Settings(**{**SETTINGS, **more})
