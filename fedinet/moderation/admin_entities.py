"""What apps of stewards are shown of people and reports.

Source: https://docs.joinmastodon.org/entities/Admin_Account/, Admin_Report/
"""

from collections.abc import Mapping, Sequence

from fedinet.accounts.role_words import role_entity
from fedinet.http.json import timestamp
from fedinet.kernel.ids import ActorId
from fedinet.moderation.entities import reported
from fedinet.moderation.model import Report
from fedinet.moderation.people_store import Person


def admin_account_entity(person: Person, account: object) -> dict[str, object]:
    """``account``: the Account, rendered. Network addresses are not kept here: ``ip`` is null.

    Nobody waits to be let in: people join by invitation, and are ``approved`` by it.
    """
    actor, of = person.actor, person.membership
    inviter = None if of is None else of.invited_by
    invited = {} if inviter is None else {"invited_by_account_id": str(inviter)}
    return {
        "id": str(actor.id),
        "username": actor.username,
        "domain": None if actor.is_local else actor.domain,
        "created_at": timestamp(actor.joined_at if of is None else of.created_at),
        "email": "" if of is None else of.email or "",
        "ip": None,
        "ips": (),
        "locale": None if of is None else of.language,
        "invite_request": None,
        "role": None if of is None else role_entity(of.role),
        "confirmed": of is not None,
        "approved": of is not None,
        "disabled": of is not None and of.is_frozen,
        "silenced": actor.is_limited,
        "suspended": actor.is_suspended,
        "sensitized": False,
        "account": account,
        **invited,
    }


def admin_report_entity(
    report: Report,
    people: Mapping[ActorId, object],
    reporter: object,
    statuses: Sequence[object],
    rules: Sequence[object],
) -> dict[str, object]:
    """``people``: Admin::Accounts by number; ``reporter``: who is named as having reported it."""
    by, assigned = report.resolved_by, report.assigned_to
    return {
        **reported(report),
        "updated_at": timestamp(report.updated_at),
        "account": reporter,
        "target_account": people[report.target_id],
        "assigned_account": None if assigned is None else people.get(assigned),
        "action_taken_by_account": None if by is None else people.get(by),
        "statuses": statuses,
        "rules": rules,
    }
