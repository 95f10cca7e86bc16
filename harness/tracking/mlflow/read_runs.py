"""Reads whole runs, many at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.spec import KeptRun
from harness.tracking.mlflow.finished_runs import ASKED_AT_ONCE, as_given


def read_runs(runs: Any, run_ids: Sequence[str], artifacts: Path) -> list[KeptRun]:
    """These runs in this order; those that are not in the store are left out.

    Asks MLflow's tables, by its own `SqlAlchemyStore` (`runs`): its client brings the history of one metric of one run
    at a time.
    """
    from mlflow.store.tracking.dbmodels.models import SqlParam, SqlRun, SqlTag

    found = {}
    with runs.ManagedSessionMaker() as session:
        for at in range(0, len(run_ids), ASKED_AT_ONCE):
            asked = run_ids[at : at + ASKED_AT_ONCE]
            status = dict(_rows(session, SqlRun, asked, SqlRun.run_uuid, SqlRun.status))
            tags = _pairs(_rows(session, SqlTag, asked, SqlTag.run_uuid, SqlTag.key, SqlTag.value))
            params = _pairs(_rows(session, SqlParam, asked, SqlParam.run_uuid, SqlParam.key, SqlParam.value))
            metrics = _metrics(session, asked)
            for run_id in status:
                files = artifacts / run_id / "artifacts"
                kept = status[run_id], tags[run_id], params[run_id], metrics[run_id], files
                found[run_id] = KeptRun(run_id, *kept)
    return [found[run_id] for run_id in run_ids if run_id in found]


def _rows(session: Any, table: Any, run_ids: Sequence[str], *columns: Any) -> Any:
    from sqlalchemy import select

    return (tuple(row) for row in session.execute(select(*columns).where(table.run_uuid.in_(run_ids))))


def _pairs(rows: Any) -> Mapping[str, dict[str, str]]:
    found = defaultdict(dict)
    for run_id, key, value in rows:
        found[run_id][key] = value
    return found


def _metrics(session: Any, run_ids: Sequence[str]) -> Mapping[str, dict[str, np.ndarray]]:
    from mlflow.store.tracking.dbmodels.models import SqlMetric

    columns = (SqlMetric.run_uuid, SqlMetric.key, SqlMetric.step, SqlMetric.value, SqlMetric.is_nan)
    points = defaultdict(lambda: defaultdict(list))
    for run_id, key, step, value, is_nan in _rows(session, SqlMetric, run_ids, *columns):
        points[run_id][key].append((step, np.nan if is_nan else as_given(value)))
    return defaultdict(
        dict, {run_id: {key: np.array(sorted(p)) for key, p in keys.items()} for run_id, keys in points.items()}
    )
