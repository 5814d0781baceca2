"""What a change would do is told before it is made, and what it told comes true."""

from datetime import UTC, datetime

import msgspec
import pytest

from fedinet.audiences.model import VISITOR, Viewer, Visibility
from fedinet.db.query import Conn
from fedinet.federation.foresight import foresee
from fedinet.kernel.ids import Domain
from fedinet.policy.document import RuleDocument, read_rule
from fedinet.policy.impact.preview import Change, Impact, Toll, Turn
from fedinet.policy.impact.store import preview
from fedinet.policy.model import Effect, Mode
from fedinet.policy.ruleset import compile_rules
from tests.integration.friends import given_ally
from tests.integration.people import given_follow, given_member, given_remote
from tests.integration.social import deliver_note, publish

NOW = datetime.now(UTC)
EVIL = RuleDocument(
    key="evil", domains=["evil.example"], verdict="reject", effects=[Effect.FREEZE_FOLLOWS]
)
RULES = compile_rules((), mode=Mode.OPEN)
QUIET = RuleDocument(key="quiet", domains=["kind.example"], effects=[Effect.LIMIT])


async def test_a_rule_names_members_follows_conversations_and_what_is_stored(tx: Conn) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    bo = await given_remote(tx, "bo", "evil.example")
    dan = await given_remote(tx, "dan", "a.evil.example")
    kim = await given_remote(tx, "kim", "notevil.example")
    for follower, target in ((ada, bo), (ada, dan), (bo, ada), (cleo, kim), (kim, cleo)):
        await given_follow(tx, follower, target)
    asked = await publish(tx, ada)
    await deliver_note(tx, bo, in_reply_to=asked.uri)
    await deliver_note(tx, dan, 2)

    impact = await told(tx, Change(put=(EVIL,)))

    assert [one.domain for one in impact.servers] == ["evil.example", "a.evil.example"]
    assert {one.turns for one in impact.servers} == {frozenset({Turn.CUT, Turn.TOLD, Turn.FROZEN})}
    assert impact.lost == Toll(
        follows_out=2, follows_in=1, conversations=1, waiting=1, posts=2, deliveries=1
    )
    assert [(one.username, one.follows_out, one.follows_in) for one in impact.members] == [
        ("ada", 2, 1)
    ]


async def test_conversations_and_groups_are_named_as_far_as_the_steward_may_read(tx: Conn) -> None:
    ada, cleo, sam = [await given_member(tx, name) for name in ("ada", "cleo", "sam")]
    bo = await given_remote(tx, "bo", "evil.example")
    group = await given_remote(tx, "bakers", "evil.example")
    await tx.execute("UPDATE actors SET kind = 'Group' WHERE id = $1", group.id)
    for member in (ada, cleo):
        await given_follow(tx, member, group)
    public = await publish(tx, ada)
    await deliver_note(tx, bo, in_reply_to=public.uri)
    private = await publish(tx, cleo, "Just us", Visibility.MENTIONED, bo)
    answer = await deliver_note(
        tx, bo, 2, to=(cleo.uri,), mentions=(cleo,), in_reply_to=private.uri
    )
    await publish(tx, cleo, "And again", Visibility.MENTIONED, bo, parent=answer)

    async def seen(viewer: Viewer) -> list[tuple[str, str, bool]]:
        found = await foresee(tx, RULES, Change(put=(EVIL,)), viewer=viewer, now=NOW)
        assert (found.impact.lost.conversations, found.impact.lost.waiting) == (2, 1)
        assert [(g.handle, g.members) for g in found.impact.groups] == [("bakers@evil.example", 2)]
        return [(one.username, one.with_handle, one.is_waiting) for one in found.conversations]

    open_one = ("ada", "bo@evil.example", True)
    assert await seen(Viewer(sam.id, is_member=True)) == [open_one]
    assert await seen(VISITOR) == [open_one]
    both = [("cleo", "bo@evil.example", False), open_one]
    assert await seen(Viewer(cleo.id, is_member=True)) == both


async def test_a_limit_loses_nothing_and_lifting_brings_back(tx: Conn) -> None:
    ada, kim = await given_member(tx, "ada"), await given_remote(tx, "kim", "kind.example")
    await given_follow(tx, ada, kim)

    limited = await told(tx, Change(put=(QUIET,)))
    assert (limited.servers[0].turns, limited.lost) == ({Turn.QUIETER}, Toll())
    assert limited.members == ()
    lifted = await told(tx, Change(remove=("quiet",)), QUIET)
    assert lifted.servers[0].turns == {Turn.LOUDER}
    refused = msgspec.structs.replace(QUIET, verdict="reject", effects=[])
    assert (await told(tx, Change(put=(refused,)), QUIET)).servers[0].turns == {
        Turn.CUT, Turn.TOLD,
    }  # fmt: skip
    ignored = msgspec.structs.replace(refused, verdict="drop")
    assert (await told(tx, Change(put=(ignored,)), QUIET)).servers[0].turns == {Turn.CUT}
    nothing = await told(tx, Change(put=(QUIET,)), QUIET)
    assert nothing == Impact()


@pytest.mark.parametrize(
    ("mode", "stranger", "met"),
    [
        (Mode.CAUTIOUS, {Turn.HELD}, set[Turn]()),
        (Mode.ALLIES, {Turn.CUT, Turn.TOLD}, {Turn.CUT, Turn.TOLD}),
        (Mode.CLOSED, {Turn.CUT, Turn.TOLD}, {Turn.CUT, Turn.TOLD}),
        (Mode.OPEN, set[Turn](), set[Turn]()),
    ],
)
async def test_a_switch_of_the_mode_is_told_like_a_rule(
    tx: Conn, mode: Mode, stranger: set[Turn], met: set[Turn]
) -> None:
    ada, kim = await given_member(tx, "ada"), await given_remote(tx, "kim", "met.example")
    await given_remote(tx, "bo", "stranger.example")
    await given_follow(tx, ada, kim)

    found = {one.domain: one.turns for one in (await told(tx, Change(mode=mode))).servers}

    assert found.get(Domain("stranger.example"), set()) == stranger
    assert found.get(Domain("met.example"), set()) == met


async def test_talking_with_allies_only_costs_no_ally_anything(tx: Conn) -> None:
    me = await given_member(tx, "ada")
    for host in ("friend.example", "other.example"):
        them = await given_remote(tx, "bo", host)
        await given_follow(tx, me, them)
    await given_ally(tx, them, "https://friend.example")
    rules = compile_rules([], mode=Mode.OPEN)
    impact = await preview(tx, rules, Change(mode=Mode.ALLIES), now=datetime.now(UTC))
    cut = {one.domain for one in impact.servers}
    assert "other.example" in cut and "friend.example" not in cut


async def test_what_looks_at_more_than_servers_is_said_to_be_uncounted(tx: Conn) -> None:
    rule = RuleDocument(key="words", words=["casino"], verdict="hold")
    impact = await told(tx, Change(put=(rule,)))
    assert (impact.servers, impact.looks_further) == ((), True)


async def told(tx: Conn, change: Change, *standing: RuleDocument) -> Impact:
    rules = [read_rule(rule, number) for number, rule in enumerate(standing)]
    return await preview(tx, compile_rules(rules, mode=Mode.OPEN), change, now=NOW)
