"""The part of a form in which somebody becomes a member: at set-up, and by invitation."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from fedinet.accounts.model import (
    MAX_NAME,
    NewAccount,
    Role,
    check_password,
    check_text,
    tidy,
)
from fedinet.actors.model import check_username
from fedinet.http.params import Params
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import AccountId
from fedinet.kernel.problems import Problem
from fedinet.mail.model import check_email

_LONGEST_SUGGESTED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What they typed, tidied, and what to put right."""

    username: str
    name: str
    email: str | None
    password: str
    problems: tuple[Problem, ...]


def read_newcomer(fields: Params, *, not_like: tuple[str, ...] = ()) -> Newcomer:
    """Read and check ``username``, ``your_name``, ``email`` (may be empty) and ``password``."""
    username, problems = _username(fields.text("username"))
    name, email = tidy(fields.text("your_name")), fields.text("email").strip()
    password = fields.text("password")
    problems += check_text("your_name", name, most=MAX_NAME, required=True)
    if email:
        problems += check_email(email)
    problems += check_password(password, not_like=(username, name, email, *not_like))
    return Newcomer(
        username=username,
        name=name,
        email=email or None,
        password=password,
        problems=tuple(problems),
    )


def suggest_username(name: str) -> str:
    """What somebody of this name could be called in addresses: ``Zoë Günther``: ``zoe_gunther``.

    Whole words only, as many as fit; "" where no letter of it is a Latin one, or nothing can be
    made of it that may be had.
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore")
    words = re.findall(r"[a-z0-9]+", plain.decode().lower().replace("'", "").replace(".", ""))
    while len("_".join(words)) > _LONGEST_SUGGESTED:
        words.pop()
    try:
        return check_username("_".join(words))
    except Unprocessable:
        return ""


def account_of(
    newcomer: Newcomer,
    password_hash: str,
    *,
    role: Role,
    language: str,
    invited_by: AccountId | None = None,
) -> NewAccount:
    """The account to make of somebody without problems."""
    return NewAccount(
        username=newcomer.username,
        name=newcomer.name,
        email=newcomer.email,
        password_hash=password_hash,
        role=role,
        language=language,
        invited_by=invited_by,
    )


def _username(raw: str) -> tuple[str, list[Problem]]:
    try:
        return check_username(raw), []
    except Unprocessable as error:
        return raw.strip()[:100], [Problem.told_by(error, "username")]
