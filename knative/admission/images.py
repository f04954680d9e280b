"""Checks whether a text can be read as a container image reference: registry, repository, tag, digest."""

from __future__ import annotations

import re

from knative.admission import urls

_TAG = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_REPOSITORY = re.compile(r"[a-z0-9_./-]{2,255}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def readable(text: str) -> bool:
    """Return True if the text names an image, by tag or by digest."""
    if _tagged(text):
        return True
    base, at, digest = text.partition("@")
    return bool(at) and _DIGEST.fullmatch(digest) is not None and (_tagged(base) or _repository(base))


def _tagged(text: str) -> bool:
    base, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:  # what looked like a tag is the port of a registry
        base, tag = text, ""
    return (not tag or _TAG.fullmatch(tag) is not None) and _repository(base)


def _repository(text: str) -> bool:
    registry, slash, name = text.partition("/")
    if not slash or not ("." in registry or ":" in registry):
        registry, name = "", text
    return _REPOSITORY.fullmatch(name) is not None and _registry(registry)


def _registry(text: str) -> bool:
    try:
        return urls.parse(f"//{text}").host == text
    except ValueError:
        return False
