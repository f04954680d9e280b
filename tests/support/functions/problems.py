"""The one shape of every error answer."""

from __future__ import annotations

import json
from typing import Any


def assert_problem(answer: Any, status: int, title: str) -> dict[str, Any]:
    """Check that an answer is the RFC 9457 problem of this status; return its members."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = json.loads(answer.get_data())
    assert (
        {"type", "title", "status", "detail"}
        <= set(problem)
        <= {"type", "title", "status", "detail", "errors", "code", "context"}
    )
    assert problem["status"] == status
    assert problem["title"] == title
    assert problem["type"] == f"urn:touchline:problem:{title.lower().replace(' ', '-')}"
    assert problem["detail"]
    assert "Traceback" not in problem["detail"]
    return problem
