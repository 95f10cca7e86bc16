"""Finds runs by their tags, and the trials that are done.

Both ask MLflow's tables, by its own `SqlAlchemyStore` (`runs`): `search_runs` cannot ask for one of several values of a
tag, and takes five seconds to bring 2,000 runs with all they hold.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from harness.tracking.mlflow.place import Finished

if TYPE_CHECKING:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
    from sqlalchemy.orm import Session

# SQLite takes a limited number of values in one question.
ASKED_AT_ONCE = 500


def find_runs(runs: "SqlAlchemyStore", experiment_id: str, tags: Mapping[str, str]) -> list[str]:
    """The ids of the experiment's runs that have all of these tags, the newest first."""
    from mlflow.store.tracking.dbmodels.models import SqlRun
    from sqlalchemy import select

    asked = select(SqlRun.run_uuid).where(*_active(experiment_id))
    for key, value in tags.items():
        asked = _with_tag(asked, key, value)
    with runs.ManagedSessionMaker() as session:
        return list(session.scalars(asked.order_by(SqlRun.start_time.desc(), SqlRun.run_uuid)))


def finished_runs(runs: "SqlAlchemyStore", experiment_id: str, fingerprints: Collection[str]) -> dict[str, Finished]:
    """(id, tags, params, last metrics) of the FINISHED trials among `fingerprints`; of several runs the newest one."""
    from mlflow.store.tracking.dbmodels.models import SqlParam, SqlTag

    asked, found = sorted(fingerprints), {}
    with runs.ManagedSessionMaker() as session:
        for at in range(0, len(asked), ASKED_AT_ONCE):
            ids = _finished_ids(session, experiment_id, asked[at : at + ASKED_AT_ONCE])
            tags = pairs(rows(session, SqlTag, ids.values(), SqlTag.run_uuid, SqlTag.key, SqlTag.value))
            params = pairs(rows(session, SqlParam, ids.values(), SqlParam.run_uuid, SqlParam.key, SqlParam.value))
            metrics = _last_metrics(session, ids.values())
            found |= {name: (run_id, tags[run_id], params[run_id], metrics[run_id]) for name, run_id in ids.items()}
    return found


def rows(session: "Session", table: Any, run_ids: Collection[str], *columns: Any) -> Iterator[tuple[Any, ...]]:
    """These columns of a table, for these runs."""
    from sqlalchemy import select

    return (tuple(row) for row in session.execute(select(*columns).where(table.run_uuid.in_(run_ids))))


def pairs(values: Iterator[tuple[Any, ...]]) -> Mapping[str, dict[str, Any]]:
    """By run, the second of each row by the first."""
    by_run: Mapping[str, dict[str, Any]] = defaultdict(dict)
    for run_id, key, value in values:
        by_run[run_id][key] = value
    return by_run


def as_given(value: float) -> float:
    """An infinite value as it was logged."""
    # MLflow keeps an infinite value as the largest float.
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else value


def _finished_ids(session: Any, experiment_id: str, fingerprints: list[str]) -> dict[str, str]:
    from mlflow.store.tracking.dbmodels.models import SqlRun, SqlTag
    from sqlalchemy import select
    from sqlalchemy.orm import aliased

    name = aliased(SqlTag)
    asked = (
        select(name.value, SqlRun.run_uuid)
        .join(name, (name.run_uuid == SqlRun.run_uuid) & (name.key == "fingerprint"))
        .where(*_active(experiment_id), SqlRun.status == "FINISHED", name.value.in_(fingerprints))
        .order_by(SqlRun.start_time, SqlRun.end_time)
    )
    # The last of a fingerprint's rows stays.
    return {fingerprint: run_id for fingerprint, run_id in session.execute(_with_tag(asked, "role", "trial"))}


def _active(experiment_id: str) -> tuple[Any, Any]:
    from mlflow.store.tracking.dbmodels.models import SqlRun

    return SqlRun.experiment_id == int(experiment_id), SqlRun.lifecycle_stage == "active"


def _with_tag(asked: Any, key: str, value: str) -> Any:
    from mlflow.store.tracking.dbmodels.models import SqlRun, SqlTag
    from sqlalchemy.orm import aliased

    tag = aliased(SqlTag)
    return asked.join(tag, (tag.run_uuid == SqlRun.run_uuid) & (tag.key == key) & (tag.value == value))


def _last_metrics(session: "Session", run_ids: Collection[str]) -> Mapping[str, dict[str, float]]:
    from mlflow.store.tracking.dbmodels.models import SqlLatestMetric

    columns = (SqlLatestMetric.run_uuid, SqlLatestMetric.key, SqlLatestMetric.value, SqlLatestMetric.is_nan)
    last: Mapping[str, dict[str, float]] = defaultdict(dict)
    for run_id, key, value, is_nan in rows(session, SqlLatestMetric, run_ids, *columns):
        last[run_id][key] = math.nan if is_nan else as_given(value)
    return last
