"""Pages and forms of site, described for its OpenAPI document."""

from __future__ import annotations

from functions.site import routes
from shared.web.openapi import Operation, ResponseSpec

_HTML = "text/html"
_PAGE = {
    200: ResponseSpec(description="The page.", content={_HTML: str}, headers={"ETag": "changes with the page"}),
    302: ResponseSpec(description="It is at another address.", headers={"Location": "that address"}),
    304: ResponseSpec(description="Not modified: If-None-Match names the current ETag."),
    404: ResponseSpec(description="A page that says that nothing is at this address.", content={_HTML: str}),
    503: ResponseSpec(description="A page that says that this cannot be had at the moment.", content={_HTML: str}),
}
_FORM = {
    303: ResponseSpec(description="Done; the page that shows it is there.", headers={"Location": "that page"}),
    200: ResponseSpec(description="The page again, with what is wrong.", content={_HTML: str}),
}

OPERATIONS = {
    **{name: Operation(summary=f"Page: {path}", responses=_PAGE, problems=False) for name, path, _ in routes.PAGES},
    **{
        f"post_{name}": Operation(summary=f"Form of a page: {path}", responses=_FORM, error_statuses=(403,))
        for name, path, _ in routes.FORMS
    },
    "asset": Operation(
        summary="A style sheet, a script or a picture of the pages",
        responses={200: ResponseSpec(description="The file.", content={"text/css": str, "text/javascript": str})},
        error_statuses=(404,),
    ),
}
