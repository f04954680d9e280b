"""URLs as Go's ``net/url`` reads and prints them, as far as destinations and image registries need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from knative.admission.field_errors import go_quote

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"%\u0080-\U0010ffff]")
_USERINFO = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_PATH_SAFE = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class URL:
    """A parsed URL; relative without a scheme."""

    scheme: str = ""
    host: str = ""
    text: str = ""

    @property
    def absolute(self) -> bool:
        """Return True if it names a scheme."""
        return bool(self.scheme)

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> URL:
    """Read a URL; ValueError in Go's words when it is none."""
    try:
        return _parse(text)
    except ValueError as exc:
        raise ValueError(f"parse {go_quote(text.partition('#')[0])}: {exc}") from exc


def _parse(text: str) -> URL:
    rest, _, fragment = text.partition("#")
    if any(ord(each) < 0x20 or ord(each) == 0x7F for each in rest):
        raise ValueError("net/url: invalid control character in URL")
    if rest.startswith(":"):
        raise ValueError("missing protocol scheme")
    matched = _SCHEME.match(rest)
    scheme = matched[1].lower() if matched else ""
    rest = rest[matched.end() :] if matched else rest
    rest, mark, query = rest.partition("?")
    tail = (f"?{query}" if mark else "") + (f"#{_escaped(fragment, _PATH_SAFE + '?')}" if fragment else "")
    start = f"{scheme}:" if scheme else ""
    if not rest.startswith("/"):
        if scheme:
            return URL(scheme=scheme, text=f"{start}{rest}{tail}")
        if ":" in rest.partition("/")[0]:
            raise ValueError("first path segment in URL cannot contain colon")
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        host = _host(authority)
        path = _escaped(slash + path, _PATH_SAFE)
        return URL(scheme=scheme, host=host, text=f"{start}//{_escaped(authority, _PATH_SAFE + '[]<>')}{path}{tail}")
    return URL(scheme=scheme, text=f"{start}{_escaped(rest, _PATH_SAFE)}{tail}")


def _host(authority: str) -> str:
    userinfo, at, host = authority.rpartition("@")
    if at and not _USERINFO.fullmatch(userinfo):
        raise ValueError("net/url: invalid userinfo")
    if host.startswith("["):
        closed = host.rfind("]")
        if closed < 0:
            raise ValueError("missing ']' in host")
        _port(host[closed + 1 :])
    else:
        _port(host[host.rfind(":") :] if ":" in host else "")
    for each in host:
        if not _HOST.match(each):
            raise ValueError(f"invalid character {go_quote(each)} in host name")
    _check_escapes(host)
    return host


def _port(text: str) -> None:
    if text and not re.fullmatch(r":[0-9]*", text):
        raise ValueError(f"invalid port {go_quote(text)} after host")


def _escaped(text: str, safe: str) -> str:
    """The text as Go prints it: escapes stay, what may not stand there is escaped."""
    _check_escapes(text)
    return quote(text, safe=safe + "%")


def _check_escapes(text: str) -> None:
    if wrong := _ESCAPE.search(text):
        raise ValueError(f"invalid URL escape {go_quote(wrong[0][:3])}")
