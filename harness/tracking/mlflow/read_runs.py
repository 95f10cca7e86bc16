"""Reads whole runs, many at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.tracking.mlflow.find_runs import ASKED_AT_ONCE, as_given, pairs, rows
from harness.tracking.mlflow.place import Kept

if TYPE_CHECKING:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy.orm import Session


def read_runs(runs: "SqlAlchemyStore", run_ids: Sequence[str]) -> list[Kept]:
    """What `Run` holds of these runs but for their files, in this order; those that are not in the store are left out.

    Asks MLflow's tables, by its own `SqlAlchemyStore` (`runs`): its client brings the history of one metric of one run
    at a time.
    """
    from mlflow.store.tracking.dbmodels.models import SqlParam, SqlRun, SqlTag

    kept: dict[str, Kept] = {}
    with runs.ManagedSessionMaker() as session:
        for at in range(0, len(run_ids), ASKED_AT_ONCE):
            asked = run_ids[at : at + ASKED_AT_ONCE]
            status = dict(rows(session, SqlRun, asked, SqlRun.run_uuid, SqlRun.status))
            tags = pairs(rows(session, SqlTag, asked, SqlTag.run_uuid, SqlTag.key, SqlTag.value))
            params = pairs(rows(session, SqlParam, asked, SqlParam.run_uuid, SqlParam.key, SqlParam.value))
            points = _points(session, asked)
            for run_id in status:
                last = {name: float(values[-1, 1]) for name, values in points[run_id].items()}
                kept[run_id] = run_id, status[run_id], tags[run_id], params[run_id], last, points[run_id]
    return [kept[run_id] for run_id in run_ids if run_id in kept]


def _points(session: "Session", run_ids: Sequence[str]) -> Mapping[str, dict[str, np.ndarray]]:
    from mlflow.store.tracking.dbmodels.models import SqlMetric

    columns = (SqlMetric.run_uuid, SqlMetric.key, SqlMetric.step, SqlMetric.value, SqlMetric.is_nan)
    points = defaultdict(lambda: defaultdict(list))
    for run_id, key, step, value, is_nan in rows(session, SqlMetric, run_ids, *columns):
        points[run_id][key].append((step, np.nan if is_nan else as_given(value)))
    return defaultdict(
        dict, {run_id: {key: np.array(sorted(p)) for key, p in keys.items()} for run_id, keys in points.items()}
    )
