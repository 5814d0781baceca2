"""What a change of the rules would do, in words for a terminal and as facts for scripts."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from fedinet.audiences.model import VISITOR
from fedinet.db.query import Conn
from fedinet.federation.foresight import Foresight, foresee
from fedinet.policy.impact.preview import Change, Toll, Turn
from fedinet.services import Services

_MOST_SERVERS: Final = 20
_FURTHER: Final = (
    "Rules that look at more than the server cannot be counted beforehand."
    " `fedinet policy simulate FILE` tries a file on what came in last week."
)


async def impact_of(services: Services, change: Change) -> Foresight:
    """Say what a change would do. Conversations are named that anybody may read."""
    async with services.pool.acquire() as conn:
        return await impact_on(conn, services, change)


async def impact_on(conn: Conn, services: Services, change: Change) -> Foresight:
    """The same, inside of a transaction."""
    rules = await services.policy.current.rules()
    return await foresee(conn, rules, change, viewer=VISITOR, now=datetime.now(UTC))


def impact_words(told: Foresight) -> list[str]:
    """Say the loss first, then who, then server by server, the most follows first."""
    impact = told.impact
    if not impact.servers:
        further = [_FURTHER] if impact.looks_further else []
        return ["No server that this node knows is affected.", *further]
    lost, whole = impact.lost, impact.toll()
    cut, frozen, held = (len(impact.having(t)) for t in (Turn.CUT, Turn.FROZEN, Turn.HELD))
    severed = impact.toll(Turn.SEVERED).follows + impact.toll(Turn.SEVERED).frozen
    lines = [
        f"Servers we know: {len(impact.servers)} affected, {cut} cut off, "
        f"{frozen} with follows put aside, {held} looked at first.",
        f"Follows lost or put aside: {lost.follows_out} of ours, {lost.follows_in} of theirs, "
        f"by {impact.member_count} members.",
        f"Open conversations: {lost.conversations}, in {lost.waiting} of them somebody there "
        f"waits for an answer. Groups: {lost.groups}. "
        f"Deliveries a day: {lost.deliveries_a_day}. Held now: {whole.held}.",
        f"Stored posts of them: {whole.posts}, {whole.posts_with_media} with media.",
    ]
    if severed:
        lines.append(f"{severed} follows end for good: they do not come back.")
    lines += [
        f"  @{one.username}: follows {one.follows_out} there, followed by {one.follows_in}"
        for one in impact.members
    ]
    if impact.member_count > len(impact.members):
        lines.append(f"  and {impact.member_count - len(impact.members)} more members")
    lines += [f"  group {one.handle}: {one.members} members here" for one in impact.groups]
    lines += [
        f"  @{one.username} talks with {one.with_handle}{', who waits' if one.is_waiting else ''}"
        for one in told.conversations
    ]
    if unnamed := lost.conversations - len(told.conversations):
        lines.append(f"  and {unnamed} conversations that are not for everybody, or older")
    lines += _who_is_told(told)
    lines += [
        f"  {one.domain}: {', '.join(sorted(one.turns))}; {_toll(one.toll)}"
        for one in impact.servers[:_MOST_SERVERS]
    ]
    if len(impact.servers) > _MOST_SERVERS:
        lines.append(f"  and {len(impact.servers) - _MOST_SERVERS} more servers")
    if impact.looks_further:
        lines.append(_FURTHER)
    return lines


def impact_facts(told: Foresight) -> Mapping[str, object]:
    impact = told.impact
    return {
        "servers": [
            {"domain": one.domain, "turns": sorted(one.turns), **asdict(one.toll)}
            for one in impact.servers
        ],
        "members": [
            {"username": m.username, "follows_out": m.follows_out, "follows_in": m.follows_in}
            for m in impact.members
        ],
        "member_count": impact.member_count,
        "groups": [asdict(one) for one in impact.groups],
        "conversations": [asdict(one) for one in told.conversations],
        "told": len(impact.having(Turn.TOLD)),
        "lost": {**asdict(impact.lost), "deliveries_a_day": impact.lost.deliveries_a_day},
        "with_follows": [one.domain for one in impact.with_follows],
        "looks_further": impact.looks_further,
    }


def _toll(toll: Toll) -> str:
    return (
        f"follows {toll.follows_out} out, {toll.follows_in} in; "
        f"{toll.conversations} conversations, {toll.posts} posts"
    )


def _who_is_told(told: Foresight) -> list[str]:
    cut, ours = len(told.impact.having(Turn.CUT)), len(told.impact.having(Turn.TOLD))
    lines: list[str] = []
    if ours:
        lines.append(f"Told, when they next send something, with the public reason: {ours}.")
    if cut > ours:
        lines.append(f"Cut off without being told: {cut - ours}.")
    if told.impact.lost.follows:
        lines.append("Members are told that their follows are put aside or end; nobody there is.")
    if told.impact.having(Turn.THAWED):
        lines.append("Whom members followed is asked again when follows come back.")
    return lines
