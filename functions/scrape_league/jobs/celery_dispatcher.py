"""Calls workers to jobs through Celery. An invitation carries no state: lost or doubled, it does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared import lazy
from shared.errors import Unavailable

if TYPE_CHECKING:
    import celery
    from celery import Celery
else:
    celery = lazy.Module("celery")

TASK = "scrape_league.work"
QUEUE = "scrape"
_VISIBLE_AGAIN_S = 180
"""Redelivery of a message whose worker is gone; longer than a task lasts. Postgres leases repair much sooner."""
_CONNECT_WITHIN_S = 3


def make_app(tasks_url: str) -> Celery:
    """Celery on Valkey, set up for invitations; connects to nothing yet."""
    app = celery.Celery("touchline", broker=tasks_url)
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
        broker_connection_timeout=_CONNECT_WITHIN_S,
        broker_transport_options={
            "visibility_timeout": _VISIBLE_AGAIN_S,
            "socket_connect_timeout": _CONNECT_WITHIN_S,
            "socket_timeout": 30,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "global_keyprefix": "touchline:tasks:",
        },
    )
    return app


class CeleryDispatcher:
    """Sends invitations; celery is imported with the first one, it would cost a third of a cold start."""

    def __init__(self, tasks_url: str) -> None:
        self._tasks_url = tasks_url
        self._app: Any = None

    def __call__(self, job_id: str, kind: str, n: int) -> None:
        """Send `n` invitations, or raise `Unavailable`."""
        from kombu.exceptions import KombuError
        from redis.exceptions import RedisError

        if self._app is None:
            self._app = make_app(self._tasks_url)
        try:
            for _ in range(n):
                self._app.send_task(TASK, args=[job_id, kind], queue=QUEUE, retry=False)
        except (KombuError, RedisError, OSError) as exc:
            raise Unavailable("the task broker does not answer") from exc
