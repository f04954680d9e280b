"""Proofs of identity: the files of a request, and the decision about it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.domain.accounts.users import State, User
from shared.errors import Conflict, InvalidInput

MAX_FILE_BYTES = 4_000_000
"""Largest size of one file."""


class Part(StrEnum):
    """The part of the proof that a file shows."""

    DOCUMENT_FRONT = "document_front"
    DOCUMENT_BACK = "document_back"
    SELFIE = "selfie"


REQUIRED_PARTS = (Part.DOCUMENT_FRONT, Part.SELFIE)
"""A passport has no back."""


class Decision(StrEnum):
    """The state of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file; its bytes are in the object store."""

    id: str
    part: Part
    content_type: str
    n_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A user's request to be approved."""

    id: str
    user_id: str
    state: Decision
    submitted_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""
    files: tuple[File, ...] = ()


def detect_content_type(content: bytes) -> str:
    """Detect JPEG, PNG or PDF by the bytes, whatever the file's name says; empty for anything else."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return "image/png"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return ""


def validate_files(contents: Mapping[str, bytes], ids: Mapping[str, str]) -> tuple[File, ...]:
    """Validate the files of a request.

    Parameters
    ----------
    contents, ids : by part; every id is new.

    Raises
    ------
    InvalidInput : names every part that is missing, unknown, too large or of another type.
    """
    faults = {part.value: "is missing" for part in REQUIRED_PARTS if part not in contents}
    faults |= {name: fault for name, content in contents.items() if (fault := _fault(name, content))}
    if faults:
        raise InvalidInput("the files cannot be accepted", errors=faults)
    return tuple(_file(Part(name), content, ids[name]) for name, content in sorted(contents.items()))


def _fault(name: str, content: bytes) -> str:
    if name not in set(Part):
        return "is not among document_front, document_back, selfie"
    if len(content) > MAX_FILE_BYTES:
        return f"is larger than {MAX_FILE_BYTES} bytes"
    return "" if detect_content_type(content) else "is neither JPEG nor PNG nor PDF"


def _file(part: Part, content: bytes, file_id: str) -> File:
    digest = hashlib.sha256(content).digest()
    return File(id=file_id, part=part, content_type=detect_content_type(content), n_bytes=len(content), sha256=digest)


def object_folder(user_id: str) -> str:
    """Return the folder of all files of a user."""
    return f"identity/{user_id}"


def object_name(user_id: str, file: File) -> str:
    """Return the object's name of a file: ids only, nothing that a caller sent."""
    return f"{object_folder(user_id)}/{file.id}"


def require_submission_allowed(user: User, *, has_pending: bool) -> None:
    """Return when the user may ask to be approved, raise `Conflict` otherwise."""
    if user.state is State.NEW:
        raise Conflict("prove an e-mail address or a phone number first")
    if user.state is State.ACTIVE:
        raise Conflict("your identity is approved")
    if has_pending:
        raise Conflict("a request is waiting for its decision")


def require_undecided(request: Request) -> None:
    """Return while nobody has decided, raise `Conflict` otherwise."""
    if request.state is not Decision.PENDING:
        raise Conflict(f"request {request.id} is {request.state}")
