"""Dispatch through Celery. A message carries no state: a lost or repeated one does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.errors import Unavailable

if TYPE_CHECKING:
    from celery import Celery

TASK = "scrape_league.work"
QUEUE = "scrape"
_VISIBILITY_TIMEOUT_S = 180
"""A message whose worker is gone is delivered again after this time, which is longer than a task runs. The leases in
Postgres repair such a loss much sooner."""
_CONNECT_TIMEOUT_S = 3


def make_app(tasks_url: str) -> Celery:
    """Return a Celery application on Valkey; it connects with its first message."""
    from celery import Celery

    app = Celery("touchline", broker=tasks_url)
    app.conf.update(
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=_CONNECT_TIMEOUT_S,
        broker_transport_options={
            "visibility_timeout": _VISIBILITY_TIMEOUT_S,
            "socket_connect_timeout": _CONNECT_TIMEOUT_S,
            "socket_timeout": 30,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "global_keyprefix": "touchline:tasks:",
        },
    )
    return app


class CeleryDispatcher:
    """Implementation of `Dispatcher`. Imports Celery with the first message: it would take a third of a cold start."""

    def __init__(self, tasks_url: str) -> None:
        self._tasks_url = tasks_url
        self._app: Any = None

    def __call__(self, job_id: str, kind: str, n: int) -> None:
        """Send `n` messages; raises `Unavailable` if the broker does not answer."""
        from kombu.exceptions import KombuError
        from redis.exceptions import RedisError

        if self._app is None:
            self._app = make_app(self._tasks_url)
        try:
            for _ in range(n):
                self._app.send_task(TASK, args=[job_id, kind], queue=QUEUE, retry=False)
        except (KombuError, RedisError, OSError) as exc:
            raise Unavailable("the task broker does not answer") from exc
