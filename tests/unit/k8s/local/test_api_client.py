"""The operators' client asks as the functions accept it."""

from __future__ import annotations

import httpx

from k8s.local.cli.api_client import ApiClient, Operator


def test_a_filter_that_is_not_given_is_left_out() -> None:
    """A function refuses an empty parameter."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        if request.url.path == "/login":
            return httpx.Response(200, json={"access_token": "token"})
        more = request.url.path == "/scrape/quarantine" and "cursor" not in request.url.params
        return httpx.Response(200, json={"items": [{"id": 1}], "next": "c1" if more else None})

    with httpx.Client(base_url="http://platform", transport=httpx.MockTransport(answer)) as http:
        client = ApiClient(http, Operator(username="root", password="secret"))
        client.completeness(season="2025/26")
        assert client.quarantine(state="held", league="") == [{"id": 1}, {"id": 1}]
        client.get("/stats/leagues", league="")
    assert asked == [
        "/login",
        "/scrape/completeness?season=2025%2F26",
        "/scrape/quarantine?state=held",
        "/scrape/quarantine?state=held&cursor=c1",
        "/stats/leagues",
    ]
