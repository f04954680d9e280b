"""Prints the data intervals of our DAGs in 2026 as JSON; run by Airflow's own Python, which knows nothing of ours.

The daily one's of the whole year, the half-hourly one's of three days around each change of summer time.
"""

import importlib.util
import json
import sys

import pendulum
from airflow.timetables.base import TimeRestriction

spec = importlib.util.spec_from_file_location("shop", sys.argv[1])
shop = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
spec.loader.exec_module(shop)  # type: ignore[union-attr]
SPANS = {
    "daily_shop_etl": [((2026, 1, 1), (2027, 1, 1))],
    "shop_data": [((2026, 3, 28), (2026, 3, 31)), ((2026, 10, 24), (2026, 10, 27))],
}
calendar = {}
for name, spans in SPANS.items():
    dag = getattr(shop, name)()
    runs = []
    for first, after in spans:
        last, ends = None, pendulum.datetime(*after, tz="UTC")
        restriction = TimeRestriction(earliest=pendulum.datetime(*first, tz="UTC"), latest=None, catchup=True)
        while True:
            last = dag.timetable.next_dagrun_info(
                last_automated_data_interval=last, restriction=restriction
            ).data_interval
            if last.start >= ends:
                break
            runs.append([last.start.isoformat(), last.end.isoformat()])
    calendar[name] = {"runs": runs, "tasks": {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks}}
print(json.dumps(calendar))
