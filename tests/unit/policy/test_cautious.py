"""What the cautious mode holds of servers that nobody here has met, and what it never holds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fedinet.kernel.ids import Domain
from fedinet.policy.engine import decide
from fedinet.policy.envelope import inbound_envelope
from fedinet.policy.model import Envelope, Facts, Mode, Scope, Verdict
from fedinet.policy.ruleset import compile_rules
from fedinet.policy.servers.graduation import Acquaintance, graduates
from fedinet.vocab.activity import PUBLIC, parse_activity

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ADA, BOB = "https://home.example/users/ada", "https://b.example/users/bob"
POST = "https://home.example/posts/1"
FOLLOWERS = f"{BOB}/followers"
RULES = compile_rules([], mode=Mode.CAUTIOUS)


def note(**properties: Any) -> dict[str, Any]:
    return {"id": f"{BOB}/notes/1", "type": "Note", "attributedTo": BOB, "content": "hello",
            "to": [PUBLIC], **properties}  # fmt: skip


MENTION = {"tag": [{"type": "Mention", "href": ADA, "name": "@ada"}]}


@pytest.mark.parametrize(
    ("activity", "is_held"),
    [
        ({"type": "Create", "object": note()}, False),
        ({"type": "Create", "object": note(to=[FOLLOWERS])}, False),
        ({"type": "Update", "object": note()}, False),
        ({"type": "Announce", "object": POST, "to": [PUBLIC]}, False),
        ({"type": "Like", "object": POST}, False),
        ({"type": "EmojiReact", "object": POST, "content": "x"}, False),
        ({"type": "Follow", "object": ADA}, False),
        ({"type": "Accept", "object": {"type": "Follow", "actor": ADA, "object": BOB}}, False),
        ({"type": "Flag", "object": [ADA]}, False),
        ({"type": "Undo", "object": {"type": "Follow", "actor": BOB, "object": ADA}}, False),
        ({"type": "Delete", "object": f"{BOB}/notes/1", "to": [ADA]}, False),
        ({"type": "Block", "object": ADA}, False),
        ({"type": "Reject", "object": {"type": "Follow", "actor": ADA, "object": BOB}}, False),
        ({"type": "Move", "object": BOB, "target": "https://c.example/users/bob"}, False),
        ({"type": "Create", "object": note(**MENTION)}, True),
        ({"type": "Create", "object": note(inReplyTo=POST)}, True),
        ({"type": "Create", "object": note(to=[ADA])}, True),
        ({"type": "Create", "object": note(to=[]), "to": [ADA]}, True),
        ({"type": "Create", "object": note(cc=[ADA])}, True),
        ({"type": "Update", "object": note(**MENTION)}, True),
        ({"type": "Create", "object": f"{BOB}/notes/1", "to": [ADA]}, True),
        ({"type": "Offer", "object": {"type": "Person", "id": BOB}}, True),
        ({"type": "Invite", "object": {"type": "Event", "id": f"{BOB}/e"}, "to": [ADA]}, True),
    ],
)
def test_of_strangers(activity: dict[str, Any], is_held: bool) -> None:
    envelope = inbound_envelope(
        parse_activity({"id": f"{BOB}/a/1", "actor": BOB, **activity}),
        domain=Domain("b.example"),
        now=NOW,
        is_ours=lambda uri: uri.startswith("https://home.example/"),
        with_text=False,
    )
    assert (decide(envelope, Facts(), RULES).verdict is Verdict.HOLD) is is_held
    assert decide(envelope, Facts(met=True), RULES).verdict is Verdict.ACCEPT
    assert decide(envelope, Facts(ally=True), RULES).verdict is Verdict.ACCEPT


@pytest.mark.parametrize("scope", [Scope.FETCH, Scope.OUTBOUND, Scope.SERVE, Scope.MEDIA])
def test_everything_but_what_comes_in_is_free(scope: Scope) -> None:
    envelope = Envelope(scope=scope, domain=Domain("b.example"), now=NOW, reaches_out=True)
    assert decide(envelope, Facts(), RULES).verdict is Verdict.ACCEPT


QUIET = {"first_seen_at": NOW - timedelta(days=14), "followers": 3, "followed": 2}


@pytest.mark.parametrize(
    ("changes", "is_met"),
    [
        ({}, True),
        ({"first_seen_at": NOW - timedelta(days=13, hours=23)}, False),
        ({"followers": 2}, False),
        ({"followed": 1}, False),
        ({"held": 20}, True),
        ({"held": 21}, False),
        ({"reports": 1}, False),
        ({"has_rule": True}, False),
        ({"thrown_away_at": NOW - timedelta(days=89)}, False),
        ({"thrown_away_at": NOW - timedelta(days=90)}, True),
    ],
)
def test_what_time_does(changes: dict[str, Any], is_met: bool) -> None:
    assert graduates(Acquaintance(**{**QUIET, **changes}), NOW) is is_met
