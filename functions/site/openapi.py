"""Pages and forms of site, described for its OpenAPI document."""

from __future__ import annotations

from typing import Any

from functions.site import routes
from shared.web.openapi import JSON, PROBLEM, Operation, ResponseSpec

_HTML = "text/html"
_PAGE = {
    200: ResponseSpec(description="The page.", content={_HTML: str}, headers={"ETag": "changes with the page"}),
    302: ResponseSpec(description="It is at another address.", headers={"Location": "that address"}),
    304: ResponseSpec(description="Not modified: If-None-Match names the current ETag."),
    404: ResponseSpec(
        description="Nothing is at this address: a page that says so, or a problem for who does not ask for HTML.",
        content={_HTML: str, PROBLEM: dict[str, Any]},
    ),
    503: ResponseSpec(description="A page that says that this cannot be had at the moment.", content={_HTML: str}),
}
_MINE = {
    200: ResponseSpec(description="The page, of this visitor alone.", content={_HTML: str}),
    303: ResponseSpec(description="A login comes first.", headers={"Location": "the login"}),
}
_FORM = {
    200: ResponseSpec(description="The session is being renewed.", content={_HTML: str}),
    303: ResponseSpec(description="Done, or a login comes first.", headers={"Location": "the page that shows it"}),
    422: ResponseSpec(description="The page again, with what is wrong.", content={_HTML: str}),
}
_EXPORT = {
    **_MINE,
    200: ResponseSpec(description="Everything that is kept about the visitor.", content={JSON: dict[str, Any]}),
}

OPERATIONS = {
    **{name: Operation(summary=f"Page: {path}", responses=_PAGE, problems=False) for name, path, _ in routes.PAGES},
    **{f"my_{name}": Operation(summary=f"My page: {path}", responses=_MINE) for name, path, _ in routes.PERSONAL},
    **{
        f"post_{name}": Operation(summary=f"Form of a page: {path}", responses=_FORM, error_statuses=(400, 403, 413))
        for name, path, _ in routes.FORMS
    },
    "download_export": Operation(summary="Download what is kept about me", responses=_EXPORT),
    "submit_identity": Operation(
        summary="Form of a page: the files of an identity", responses=_FORM, error_statuses=(400, 403, 413)
    ),
    "asset": Operation(
        summary="A style sheet, a script or a picture of the pages",
        responses={200: ResponseSpec(description="The file.", content={"text/css": str, "text/javascript": str})},
        error_statuses=(404,),
    ),
}
