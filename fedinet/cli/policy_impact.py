"""What a change of the rules would do, in words for a terminal and as facts for scripts."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from fedinet.policy.impact_store import preview
from fedinet.policy.preview import Change, Impact, Toll, Turn
from fedinet.wiring import Services

_MOST_SERVERS: Final = 20


async def impact_of(services: Services, change: Change) -> Impact:
    rules = await services.policy.current.rules()
    async with services.pool.acquire() as conn:
        return await preview(conn, rules, change, now=datetime.now(UTC))


def impact_words(impact: Impact) -> list[str]:
    """Say the loss first, then who, then server by server, the most follows first."""
    if not impact.servers:
        return ["No server that this node knows is affected."]
    lost, whole = impact.lost, impact.toll()
    cut, frozen, held = (len(impact.having(t)) for t in (Turn.CUT, Turn.FROZEN, Turn.HELD))
    lines = [
        f"Servers we know: {len(impact.servers)} affected, {cut} cut off, "
        f"{frozen} with follows put aside, {held} looked at first.",
        f"Follows lost or put aside: {lost.follows_out} of ours, {lost.follows_in} of theirs, "
        f"by {impact.member_count} members.",
        f"Open conversations: {lost.conversations}. Groups: {lost.groups}. "
        f"Deliveries a day: {lost.deliveries_a_day}. Held now: {whole.held}.",
        f"Stored posts of them: {whole.posts}, {whole.posts_with_media} with media.",
    ]
    lines += [
        f"  @{one.username}: follows {one.follows_out} there, followed by {one.follows_in}"
        for one in impact.members
    ]
    if impact.member_count > len(impact.members):
        lines.append(f"  and {impact.member_count - len(impact.members)} more members")
    lines += [
        f"  {one.domain}: {', '.join(sorted(one.turns))}; {_toll(one.toll)}"
        for one in impact.servers[:_MOST_SERVERS]
    ]
    if len(impact.servers) > _MOST_SERVERS:
        lines.append(f"  and {len(impact.servers) - _MOST_SERVERS} more servers")
    if impact.looks_further:
        lines.append("Rules that look at more than the server cannot be counted beforehand.")
    return lines


def impact_facts(impact: Impact) -> Mapping[str, object]:
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
        "lost": {**asdict(impact.lost), "deliveries_a_day": impact.lost.deliveries_a_day},
        "with_follows": [one.domain for one in impact.with_follows],
        "looks_further": impact.looks_further,
    }


def _toll(toll: Toll) -> str:
    return (
        f"follows {toll.follows_out} out, {toll.follows_in} in; "
        f"{toll.conversations} conversations, {toll.posts} posts"
    )
