"""What apps of stewards ask for, in both versions of the list, and in whose name they act."""

from dataclasses import replace
from typing import Final

from fedinet.accounts.model import Role
from fedinet.accounts.role_words import ROLES
from fedinet.http.auth import Member
from fedinet.http.params import Params
from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.uris import domain
from fedinet.moderation.entities import ACTIONS
from fedinet.moderation.people_store import Status, Wanted
from fedinet.moderation.rights import Act, Acting

NOBODY: Final = None
"""Asked for in a way that nobody fits: the answer is an empty list."""

STATUSES: Final[dict[str, Status]] = {
    "active": "active",
    "suspended": "suspended",
    "disabled": "frozen",
    "silenced": "limited",
}
_NOBODY_IS: Final = ("pending", "sensitized")
_STEWARDS: Final[tuple[Role, ...]] = ("moderator", "admin", "owner")


def read_first(params: Params) -> Wanted | None:
    """Read version 1: a flag for each state. Source: docs.joinmastodon.org methods/admin/accounts/.

    Members, unless people of other servers are asked for.
    """
    if any(params.flag(word) for word in _NOBODY_IS) or params.text("ip"):
        return NOBODY
    status = next((STATUSES[word] for word in STATUSES if params.flag(word)), None)
    is_far = params.flag("remote") and not params.flag("local")
    return replace(
        _texts(params),
        origin="remote" if is_far else "local",
        status=status,
        roles=_STEWARDS if params.flag("staff") else None,
    )


def read_second(params: Params) -> Wanted | None:
    """Read version 2.

    Raises:
        Malformed: a word or number that does not exist.
    """
    origin, status = params.text("origin"), params.text("status")
    if origin not in ("", "local", "remote"):
        said = "origin is local or remote"
        raise Malformed(f"origin {origin[:40]!r}", public=said)
    if status in _NOBODY_IS or params.text("ip"):
        return NOBODY
    if status and status not in STATUSES:
        said = "There is no such status"
        raise Malformed(f"status {status[:40]!r}", public=said)
    inviter = params.integer("invited_by")
    return replace(
        _texts(params),
        origin="local" if origin == "local" else "remote" if origin == "remote" else "",
        status=STATUSES.get(status),
        roles=_roles(params),
        invited_by=None if inviter is None else ActorId(inviter),
    )


def read_act(params: Params) -> Act | None:
    """Read ``type`` of an action; None: a word alone, and there is none.

    Raises:
        Unprocessable: there is no such action here.
    """
    word = params.text("type") or "none"
    act = ACTIONS.get(word)
    if act is None:
        said = f"Validation failed: there is no action {word[:40]} here"
        raise Unprocessable(f"action {word[:40]!r}", public=said)
    has_words = params.text("text").strip() or params.text("warning_preset_id")
    return None if act is Act.WARN and not has_words else act


def acting(found: Member) -> Acting:
    """In whose name something is done, for the record: the member, and by which app."""
    app = f" ({found.app_name[:60]})" if found.app_name else ""
    return Acting(
        name=f"@{found.username}{app}",
        actor_id=found.actor_id,
        account_id=found.account_id,
        role=found.role,
    )


def _roles(params: Params) -> tuple[Role, ...] | None:
    """With both, who has one of these roles and is a steward."""
    is_staff, numbers = params.text("permissions") == "staff", params.texts("role_ids")
    if not is_staff and not numbers:
        return None
    of = _STEWARDS if is_staff else ROLES
    return tuple(role for role in of if not numbers or str(ROLES.index(role)) in numbers)


def _texts(params: Params) -> Wanted:
    """Beginnings in small letters; a domain as it is written here."""
    named = params.text("by_domain").strip()
    return Wanted(
        username=params.text("username").strip().removeprefix("@").lower()[:100],
        name=params.text("display_name").strip().lower()[:100],
        email=params.text("email").strip().lower()[:254],
        domain=domain(named) if named else "",
    )
