"""Who is told of a post, and who is not, for each audience. By table."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, ActorUri, Domain, InboxUrl
from fedinet.posts.readership import (
    Known,
    Place,
    Readership,
    Servers,
    Why,
    greeting_of,
    summary_of,
)


def actor(number: int, name: str, host: str = "") -> Actor:
    home = host or "home.example"
    return Actor(
        id=ActorId(number),
        uri=ActorUri(f"https://{home}/users/{name}"),
        username=name,
        domain=Domain(home),
        is_local=not host,
        kind="Person",
        page_url="",
        inbox_url=InboxUrl(f"https://{home}/users/{name}/inbox"),
        joined_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


BO, CY = actor(2, "bo"), actor(3, "cy")
DEE, EVA, FAY = (
    actor(4, "dee", "ally.example"),
    actor(5, "eva", "far.example"),
    actor(6, "fay", "shut.example"),
)
PLAIN = Readership(
    counts={
        Place.MEMBERS: Servers(12, 1),
        Place.HERE: Servers(4, 1),
        Place.ALLIED: Servers(2, 1, ("ally.example",)),
        Place.OTHER: Servers(9, 5, ("far.example", "b.example", "c.example")),
        Place.SILENT: Servers(7, 1, ("dead.example",)),
    },
    members=(BO, CY),
    followers=(DEE, BO),
    named=(Known(BO, follows=True), Known(CY), Known(DEE, follows=True), Known(EVA), Known(FAY)),
    allied={"https://ally.example": Domain("ally.example")},
    refused=frozenset({Domain("shut.example")}),
)


@pytest.mark.parametrize(
    ("audience", "left_out"),
    [
        ("community", {DEE: Why.STAYS_HERE, EVA: Why.STAYS_HERE, FAY: Why.STAYS_HERE}),
        ("allies", {EVA: Why.NOT_ALLIED, FAY: Why.NOT_ALLIED}),
        (
            "followers",
            {CY: Why.NOT_FOLLOWING, EVA: Why.NOT_FOLLOWING, FAY: Why.NOT_FOLLOWING},
        ),
        ("everyone", {FAY: Why.REFUSED}),
        ("quiet", {FAY: Why.REFUSED}),
        ("mentioned", {FAY: Why.REFUSED}),
    ],
)
def test_everybody_named_is_told_or_the_reason_is(
    audience: str, left_out: dict[Actor, Why]
) -> None:
    said = summary_of(Visibility(audience), PLAIN)
    assert dict(said.outside) == left_out
    assert set(said.inside) == {BO, CY, DEE, EVA, FAY} - left_out.keys()


def test_whom_the_writer_keeps_away_is_told_of_nothing() -> None:
    readers = replace(PLAIN, named=(Known(BO, follows=True, kept_away=True),))
    for audience in Visibility:
        assert summary_of(audience, readers).outside == ((BO, Why.KEPT_AWAY),)
        shut_out = replace(PLAIN, named=(Known(BO, follows=True, shuts_out=True),))
        assert summary_of(audience, shut_out).outside == ((BO, Why.SHUT_OUT),)
    assert greeting_of(readers) == ""


def test_readers_are_called_by_name_and_the_others_counted() -> None:
    community = summary_of(Visibility.COMMUNITY, PLAIN)
    assert (community.first, community.others) == ((BO, CY), 9)  # of twelve, without the writer
    followers = summary_of(Visibility.FOLLOWERS, PLAIN)
    assert (followers.first, followers.others, followers.here) == ((DEE, BO), 13, 4)
    assert (followers.allied.servers.people, followers.other.servers.more) == (2, 2)
    assert followers.silent.names == ("dead.example",)
    mentioned = summary_of(Visibility.MENTIONED, PLAIN)
    assert (mentioned.first, mentioned.others) == ((BO, CY, DEE), 1)
    assert mentioned.allied.servers == Servers(1, 1, ("ally.example",))
    assert mentioned.other.servers == Servers(1, 1, ("far.example",))
    alone = summary_of(Visibility.MENTIONED, replace(PLAIN, named=()))
    assert (alone.first, alone.others, alone.other.is_on) == ((), 0, False)


def test_who_is_answered_gets_a_post_to_followers_without_following() -> None:
    readers = replace(PLAIN, named=(Known(EVA),), answered=EVA.id)
    said = summary_of(Visibility.FOLLOWERS, readers)
    assert (said.first, said.others, said.outside) == ((EVA, DEE, BO), 13, ())
    assert said.other.besides == (EVA,)


def test_a_post_to_everyone_goes_to_all_allies_and_a_quiet_one_to_followers_there() -> None:
    readers = replace(PLAIN, counts={}, named=())
    assert summary_of(Visibility.EVERYONE, readers).allied.servers.names == ("ally.example",)
    assert not summary_of(Visibility.QUIET, readers).allied.is_on
    only = replace(PLAIN, allies_only=True, named=())
    assert not summary_of(Visibility.EVERYONE, only).other.is_on
    assert summary_of(Visibility.FOLLOWERS, only).others == 4
