"""Words for what account functions say in codes."""

from __future__ import annotations

from functions.site.texts import mark as _

DONE = {
    "registered": _("Welcome. Your account is ready."),
    "ended": _("The session has ended."),
    "password": _("The password was changed; all other sessions have ended."),
    "claimed": _("The address was noted. It counts once you verify it."),
    "sent": _("A code is on its way."),
    "proven": _("Verified."),
    "deleted": _("Your account will be deleted in 30 days. A login until then can stop it."),
    "kept": _("Your account stays."),
    "submitted": _("Handed in. Somebody will look at it."),
    "sent_coins": _("The coins are sent."),
    "bought": _("Bought. It is among what you have."),
    "bet": _("The bet is placed."),
    "cashed_out": _("The bet is closed and paid."),
    "limit": _("Your limit is saved."),
    "excluded": _("You are excluded from betting until that day."),
}
"""By the word in the address that a form leads to."""
STATES = {
    "new": _("new"),
    "contact_verified": _("contact verified"),
    "identity_verified": _("identity verified"),
    "blocked": _("blocked"),
}
FIELDS = {
    "username": _("Name"),
    "password": _("Password"),
    "new_password": _("New password"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "code": _("Code"),
    "document_front": _("Document, front (JPEG, PNG or PDF)"),
    "document_back": _("Document, back"),
    "selfie": _("You with the document"),
    "to": _("To (username)"),
    "amount": _("Coins"),
    "quantity": _("How many"),
    "stake": _("Stake in coins"),
    "daily_stake": _("Coins a day at most"),
    "until": _("Until this day"),
}
KINDS = {"league": _("League"), "team": _("Team"), "player": _("Player"), "manager": _("Manager")}
