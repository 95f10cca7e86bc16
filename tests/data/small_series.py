"""How a series of twenty rows is framed in a test."""

SERIES_FRAMING = {
    "lookback": 3,
    "outputs": 2,
    "stride": 1,
    "split": [10, 5, 5],
    "train_span": "grow",
    "missing": "refuse",
    "normalise": "none",
}
