"""The whole life of users, step by random step over the services, beside a model that knows only the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

import functions.account.service as account
import functions.users.service as users
import functions.verify_contact.service as verify_contact
import functions.verify_identity.service as verify_identity
from functions.account.export_parts import HttpExportParts
from shared.domain.accounts import contacts, usernames
from shared.domain.accounts.audit import CLOCK, Actor
from shared.domain.accounts.contacts import Kind
from shared.domain.accounts.identity import Decision
from shared.domain.accounts.lifecycle import GRACE
from shared.domain.accounts.users import OPERATOR, TERMINAL, TRANSITIONS, Client, State
from shared.errors import Conflict, Forbidden, InvalidInput, NotFound, TouchlineError
from shared.events.envelope import Event
from shared.events.users import UserDeleted
from shared.outbox import OutboxRelay
from shared.ports.accounts import Limit
from shared.security.grants import Grants
from shared.security.passwords import Passwords
from shared.security.tokens import Caller, Tokens
from shared.testing.account_lifecycle import MemoryAccounts, MemoryLife
from shared.testing.accounts import MemorySessions, MemoryUsers
from shared.testing.clock import HandClock
from shared.testing.memory_codes import MemoryCodes
from shared.testing.memory_directory import MemoryDirectory
from shared.testing.memory_identities import MemoryIdentities
from shared.testing.memory_messages import MemoryMessages
from shared.testing.memory_objects import MemoryObjects
from shared.testing.memory_sink import MemorySink
from tests.support.accounts.log_search import PASSWORD

HASH = Passwords(4).hash(PASSWORD)
FILES = {"document_front": b"%PDF-1.7", "selfie": b"\xff\xd8\xff"}


class Unlimited:
    """A throttle for who tries often; limits have tests of their own."""

    def take(self, limits: Sequence[Limit], *, now: datetime) -> str:
        return ""

    def give_back(self, limits: Sequence[Limit], attempt: str) -> None:
        pass


@dataclass
class Model:
    """What must be true of a user."""

    who: Caller
    state: State = State.NEW
    roles: set[str] = field(default_factory=set)
    due_at: datetime | None = None
    claim: bool = True
    proven: bool = False
    request: str = ""
    told: list[str] = field(default_factory=lambda: ["registered"])

    @property
    def operates(self) -> bool:
        return OPERATOR in self.roles and self.state not in TERMINAL and self.due_at is None


class UserLife(RuleBasedStateMachine):
    """Services over the stores in memory; `refused` says what every step must answer."""

    people = Bundle("people")

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.sink, self.messages = HandClock(), MemorySink(), MemoryMessages()
        self.users = MemoryUsers()
        self.life = MemoryLife(users=self.users, sessions=MemorySessions(self.users))
        self.objects = MemoryObjects()
        self.models: list[Model] = []
        self.seen: dict[str, State] = {}
        tokens = Tokens([("k", "one" * 12)], self.clock)
        grants = Grants(sessions=self.life.sessions, tokens=tokens, clock=self.clock)
        relay = OutboxRelay(self.users.outbox, self.sink, self.clock)
        limits = Unlimited()
        self.account = account.Deps(
            accounts=MemoryAccounts(self.life), audit_trail=self.users.audit, passwords=Passwords(4), throttle=limits,
            export_parts=HttpExportParts(()), grants=grants,
            outbox=self.users.outbox, relay=relay, clock=self.clock, tries_per_account=1,
        )  # fmt: skip
        self.verify_contact = verify_contact.Deps(
            codes=MemoryCodes(self.life), messages=self.messages, throttle=limits, tokens=tokens, clock=self.clock,
            key="codes" * 8,
        )  # fmt: skip
        self.verify_identity = verify_identity.Deps(
            identities=MemoryIdentities(self.life), objects=self.objects, throttle=limits, tokens=tokens,
            clock=self.clock,
        )  # fmt: skip
        self.directory = users.Deps(
            directory=MemoryDirectory(self.life), audit_trail=self.users.audit, grants=grants, clock=self.clock
        )

    # --- steps

    @initialize(target=people)
    def first_operator(self) -> Model:
        return self._registered(OPERATOR)

    @initialize(target=people)
    def first_user(self) -> Model:
        return self._registered()

    @precondition(lambda self: len(self.models) < 4)
    @rule(target=people, reached=st.booleans())
    def register(self, reached: bool) -> Model:
        person = self._registered()
        if reached:
            self.prove_it(person, True)
        return person

    @rule(person=people)
    def log_in(self, person: Model) -> None:
        if person.state not in TERMINAL:
            self.life.sessions.open(
                person.who.user_id, token_sha256=self._fresh(), client=Client(), now=self.clock.now()
            )

    @rule(person=people)
    def claim_another_address(self, person: Model) -> None:
        address = contacts.parse_email(f"u{len(self.users.audit.recorded)}@example.com")
        with self.refused(Forbidden if person.state in TERMINAL else None):
            account.claim_contact(person.who, self._by(person), address, PASSWORD, self.account)
            person.claim = True

    @rule(person=people, right=st.booleans())
    def prove_it(self, person: Model, right: bool) -> None:
        expected: type[TouchlineError] | None = Forbidden if person.state in TERMINAL else None
        if not person.claim:
            expected = Conflict if person.proven else NotFound
        with self.refused(expected):
            verify_contact.send_code(person.who, self._by(person), Kind.EMAIL, "en", self.verify_contact)
            code = re.findall(r"\b\d{6}\b", self.messages.sent[-1].text)[0]
            with self.refused(None if right else InvalidInput):
                code = code if right else "no code"
                verify_contact.prove(person.who, self._by(person), Kind.EMAIL, code, "en", self.verify_contact)
                person.claim, person.proven = False, True
                if person.state is State.NEW:
                    self._moved(person, State.CONTACT_VERIFIED, "verified")

    @rule(person=people)
    def submit(self, person: Model) -> None:
        expected = None
        if person.state is not State.CONTACT_VERIFIED or person.request:
            expected = Forbidden if person.state in TERMINAL else Conflict
        with self.refused(expected):
            made = verify_identity.submit(person.who, self._by(person), FILES, self.verify_identity)
            person.request = made.id

    @rule(person=people, operator=people, decision=st.sampled_from([Decision.APPROVED, Decision.REJECTED]))
    def decide(self, person: Model, operator: Model, decision: Decision) -> None:
        if not person.request:
            return
        expected: type[TouchlineError] | None = None
        if decision is Decision.APPROVED and person.state is State.BLOCKED:
            expected = Conflict
        if not operator.operates or operator is person:
            expected = Forbidden
        with self.refused(expected):
            verify_identity.decide(operator.who, self._by(operator), person.request, decision, "", self.verify_identity)
            person.request = ""
            if decision is Decision.APPROVED:
                self._moved(person, State.ACTIVE, "verified")

    @rule(person=people, operator=people)
    def block(self, person: Model, operator: Model) -> None:
        expected: type[TouchlineError] | None = None
        if person.state is State.DELETED or self._is_last(person):
            expected = Conflict
        if not operator.operates:
            expected = Forbidden
        with self.refused(expected):
            users.block(operator.who, self._by(operator), person.who.user_id, "fraud", self.directory)
            if person.state is not State.BLOCKED:
                self._moved(person, State.BLOCKED, "blocked")

    @rule(person=people, operator=people, held=st.booleans())
    def change_role(self, person: Model, operator: Model, held: bool) -> None:
        expected: type[TouchlineError] | None = None
        if person.state in TERMINAL or (not held and self._is_last(person)):
            expected = Conflict
        if not operator.operates:
            expected = Forbidden
        with self.refused(expected):
            users.set_role(
                operator.who, self._by(operator), person.who.user_id, OPERATOR, grant=held, deps=self.directory
            )
            person.roles = {OPERATOR} if held else set()

    @rule(person=people, operator=people)
    def schedule_erasure(self, person: Model, operator: Model) -> None:
        expected: type[TouchlineError] | None = None if person.state is State.BLOCKED else Conflict
        if not operator.operates:
            expected = Forbidden
        with self.refused(expected):
            users.schedule_erasure(operator.who, self._by(operator), person.who.user_id, self.directory)
            person.due_at = self.clock.now()

    @rule(person=people)
    def request_deletion(self, person: Model) -> None:
        expected = Conflict if self._is_last(person) else None
        with self.refused(Forbidden if person.state in TERMINAL else expected):
            due_at = account.request_deletion(person.who, self._by(person), PASSWORD, self.account)
            assert due_at == (person.due_at or self.clock.now() + GRACE)
            person.due_at = due_at
            assert self._live(person) == []

    @rule(person=people)
    def cancel_deletion(self, person: Model) -> None:
        with self.refused(Forbidden if person.state in TERMINAL else None):
            account.cancel_deletion(person.who, self._by(person), self.account)
            person.due_at = None

    @rule(days=st.sampled_from([0, 1, 30]))
    def the_clock_erases(self, days: int) -> None:
        self.clock.move(days=days)
        account.tick(
            Event(id="1", source="/p", type="t", time=self.clock.now(), data=b'{"task":"erase"}'), self.account
        )
        for person in self.models:
            if person.due_at is not None and person.due_at <= self.clock.now():
                self._moved(person, State.DELETED, "deleted")
                person.due_at, person.roles, person.claim, person.proven = None, set(), False, False
        for event in self.sink.events:
            if event.type == UserDeleted.TYPE:
                verify_identity.forget(event, self.verify_identity)
        for person in self.models:
            person.request = "" if person.state is State.DELETED else person.request

    # --- what always holds

    @invariant()
    def everybody_is_where_the_rules_put_them(self) -> None:
        for person in self.models:
            user = self.users.by_id(person.who.user_id)
            assert (user.state, set(user.roles)) == (person.state, person.roles)
            before = self.seen.get(user.id, State.NEW)
            assert user.state is before or user.state in _reachable(before)
            self.seen[user.id] = user.state

    @invariant()
    def somebody_operates(self) -> None:
        assert not self.models or any(person.operates for person in self.models)

    @invariant()
    def who_is_out_has_no_session(self) -> None:
        assert not [person for person in self.models if person.state in TERMINAL and self._live(person)]

    @invariant()
    def every_change_was_told_once_and_in_order(self) -> None:
        self.account.relay.run()
        for person in self.models:
            events = [event for event in self.sink.events if event.extensions["user"] == person.who.user_id]
            assert [event.type.split(".")[-2] for event in events] == person.told
            assert len({event.id for event in events}) == len(events)

    @invariant()
    def of_the_deleted_nothing_is_left(self) -> None:
        gone = {person.who.user_id for person in self.models if person.state is State.DELETED}
        assert not gone & {name.split("/")[1] for name in self.objects.kept}
        assert not gone & self.users.contacts.keys()

    @invariant()
    def whoever_did_something_is_known(self) -> None:
        for recorded in self.users.audit.recorded:
            assert recorded.entry.by.id or recorded.entry.by is CLOCK or recorded.entry.action == "user.register"

    # --- how steps are written

    @contextmanager
    def refused(self, expected: type[TouchlineError] | None) -> Iterator[None]:
        """The step inside ends with this error, or with none; what stands behind a refusal in it does not happen."""
        if expected is None:
            yield
            return
        with pytest.raises(expected):
            yield

    def _registered(self, *roles: str) -> Model:
        name = f"user{len(self.models)}"
        made = self.users.add(
            usernames.validate_new(name), password_hash=HASH, email=contacts.parse_email(f"{name}@example.com")
        )
        if roles:
            self.users.grant(name, *roles)
        # The token names the role for ever, so that only what is true now decides.
        who = Caller(user_id=made.id, username=name, roles=(OPERATOR,))
        self.models.append(Model(who=who, roles=set(roles)))
        return self.models[-1]

    def _moved(self, person: Model, to: State, told: str) -> None:
        assert to in TRANSITIONS[person.state]
        person.state = to
        person.told.append(told)

    def _is_last(self, person: Model) -> bool:
        """Whether taking this operator away would leave none."""
        return OPERATOR in person.roles and not [
            other for other in self.models if other.operates and other is not person
        ]

    def _live(self, person: Model) -> list[str]:
        return [each.id for each in self.life.sessions.list_active(person.who.user_id, now=self.clock.now())]

    def _by(self, person: Model) -> Actor:
        return Actor(kind="user", id=person.who.user_id)

    def _fresh(self) -> bytes:
        return len(self.life.sessions.ids("")).to_bytes(32, "big") + str(len(self.users.audit.recorded)).encode()


def _reachable(state: State) -> set[State]:
    """By any number of moves, as several may happen in one step."""
    result: set[State] = set(TRANSITIONS[state])
    for step in tuple(result):
        result |= _reachable(step)
    return result


TestUserLife = UserLife.TestCase
TestUserLife.settings = settings(max_examples=40, stateful_step_count=40, suppress_health_check=list(HealthCheck))
