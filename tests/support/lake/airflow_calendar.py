"""Prints the data intervals of our DAGs in a year as JSON; run by Airflow's own Python, which knows nothing of ours."""

import importlib.util
import json
import sys
from datetime import datetime, timezone

from airflow.timetables.base import TimeRestriction

spec = importlib.util.spec_from_file_location("shop", sys.argv[1])
shop = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
spec.loader.exec_module(shop)  # type: ignore[union-attr]
first, after = (datetime(int(sys.argv[2]) + more, 1, 1, tzinfo=timezone.utc) for more in (0, 1))  # noqa: UP017
calendar = {}
for name in ("daily_shop_etl", "shop_data"):
    dag = getattr(shop, name)()
    restriction = TimeRestriction(earliest=first, latest=None, catchup=True)
    last, runs = None, []
    while True:
        info = dag.timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction)
        last = info.data_interval
        if last.start >= after:
            break
        runs.append([last.start.isoformat(), last.end.isoformat()])
    calendar[name] = {"runs": runs, "tasks": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks}}
print(json.dumps(calendar))
