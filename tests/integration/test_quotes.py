"""Quotes: ours of others and theirs of ours, asked for, agreed to, shown, and taken back."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import QuotePolicy, Viewer, Visibility
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.filters import commands as filter_commands
from fedinet.filters.model import KeywordWish, Wish
from fedinet.filters.store import delete_filter, list_filters
from fedinet.follows import blocking
from fedinet.kernel.errors import NotFound, RemoteUnavailable, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.outcomes import Applied, Dropped
from fedinet.posts import commands as post_commands
from fedinet.posts import quote_store
from fedinet.posts.model import Draft, Post
from fedinet.posts.quoting import QuoteState
from fedinet.posts.store import find_post_id_by_uri, get_visible
from fedinet.quotes import commands
from fedinet.quotes.jobs import check_quote
from fedinet.timelines.commands import place_own_post
from fedinet.timelines.entries import entries_of_posts
from fedinet.vocab.activity import PUBLIC
from tests.integration.people import (
    URIS,
    given_block,
    given_follow,
    given_member,
    given_remote,
    seen_by,
)
from tests.integration.social import NOW, deliver_note, publish, receive, sent, tell

Json = dict[str, Any]


async def quote(
    tx: Tx, author: Actor, quoted: Post, visibility: Visibility = Visibility.EVERYONE
) -> Post:
    return await post_commands.publish(
        tx,
        URIS,
        author,
        Draft(text="Look at this", visibility=visibility, quoted_id=quoted.id),
        mentioned={},
        now=NOW,
        on_published=place_own_post,
    )


def quoting_note(author: Actor, quoted: str, number: int = 1, **more: Any) -> Json:
    return {
        "id": f"{author.uri}/notes/q{number}",
        "type": "Note",
        "attributedTo": author.uri,
        "content": "<p>Look at this</p>",
        "to": [PUBLIC],
        "quote": quoted,
        **more,
    }


def request_of(author: Actor, quoted: str, number: int = 1, **more: Any) -> Json:
    return {
        "id": f"{author.uri}#request/{number}",
        "type": "QuoteRequest",
        "actor": author.uri,
        "object": quoted,
        "instrument": quoting_note(author, quoted, number),
        **more,
    }


def stamp_for(author: Actor, quoting: str, quoted: str, number: int = 1) -> Json:
    return {
        "id": f"{author.uri}/stamps/{number}",
        "type": "QuoteAuthorization",
        "attributedTo": author.uri,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }


async def state_of(tx: Tx | Pool, quoting: str) -> str | None:
    return await tx.fetchval("SELECT state FROM quotes WHERE quoting_uri = $1", quoting)


async def given_policy(tx: Tx, member: Actor, policy: QuotePolicy) -> None:
    await tx.execute("UPDATE accounts SET quote_policy = $2 WHERE actor_id = $1", member.id, policy)


async def test_somebody_elsewhere_quotes_with_a_stamp_and_its_author_is_told(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_policy(tx, ada, QuotePolicy.EVERYONE)
    post = await publish(tx, ada)

    outcome = await receive(tx, bo, request_of(bo, post.uri))
    assert isinstance(outcome, Applied)
    again = await receive(tx, bo, request_of(bo, post.uri, id=f"{bo.uri}#request/later"))
    await tell(tx)

    first, second = (await sent(tx))[-2:]
    assert [first.activity["type"], second.activity["type"]] == ["Accept", "Accept"]
    assert first.activity["result"] == second.activity["result"] and again == Applied()
    assert (first.to, first.is_direct) == ([bo.id], True)
    assert first.activity["object"]["id"] == f"{bo.uri}#request/1"
    number = int(first.activity["result"].rpartition("/")[2])
    assert await quote_store.find_granted(tx, number) == (
        f"{bo.uri}/notes/q1",
        post.uri,
        ada.uri,
    )
    kept = await find_post_id_by_uri(tx, f"{bo.uri}/notes/q1")
    assert kept is not None
    assert (await get_visible(tx, seen_by(ada), kept)).quote is not None
    told = await tx.fetch("SELECT kind, actor_id, post_id FROM notifications")
    assert [tuple(row) for row in told] == [("quote", bo.id, kept)]


async def test_leave_for_posts_that_never_come_ends_and_nobody_speaks_for_the_suspended(
    tx: Tx,
) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_policy(tx, ada, QuotePolicy.EVERYONE)
    post = await publish(tx, ada)
    outcomes = [
        await receive(tx, bo, request_of(bo, post.uri, n, instrument=f"{bo.uri}/notes/q{n}"))
        for n in range(101)
    ]
    assert outcomes[99] == Applied() and outcomes[100] == Dropped("too_many_requests")
    assert isinstance(await receive(tx, bo, request_of(bo, post.uri, 7)), Applied)

    await tx.execute("UPDATE actors SET suspended_at = now() WHERE id = $1", ada.id)
    cleo = await given_remote(tx, "cleo")
    assert await receive(tx, cleo, request_of(cleo, post.uri)) == Dropped("unknown_object")


@pytest.mark.parametrize("policy", [QuotePolicy.FOLLOWERS, QuotePolicy.NOBODY])
async def test_who_may_not_quote_hears_no_and_a_follower_may(tx: Tx, policy: QuotePolicy) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_policy(tx, ada, policy)
    post = await publish(tx, ada)

    assert await receive(tx, bo, request_of(bo, post.uri)) == Dropped("quote_not_allowed")
    assert (await sent(tx))[-1].activity["type"] == "Reject"
    await given_follow(tx, bo, ada)
    allowed = isinstance(await receive(tx, bo, request_of(bo, post.uri)), Applied)
    assert allowed is (policy is QuotePolicy.FOLLOWERS)


@pytest.mark.parametrize(
    "visibility", [Visibility.QUIET, Visibility.FOLLOWERS, Visibility.COMMUNITY]
)
async def test_what_is_not_for_everyone_is_not_there_to_be_quoted(
    tx: Tx, visibility: Visibility
) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_policy(tx, ada, QuotePolicy.EVERYONE)
    await given_follow(tx, bo, ada)
    post = await publish(tx, ada, visibility=visibility)
    before = len(await sent(tx))

    assert await receive(tx, bo, request_of(bo, post.uri)) == Dropped("unknown_object")
    assert len(await sent(tx)) == before
    with pytest.raises(Unprocessable):
        await quote(tx, ada, post)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"instrument": None}, "malformed"),
        ({"instrument": "https://c.example/notes/1"}, "malformed"),
        ({"instrument": {"id": "https://b.example/users/bo/notes/q1", "quote": "https://x.example/1"}},
         "quotes_another"),
        ({"object": "https://home.example/posts/1"}, "quotes_another"),
        ({"object": "https://home.example/posts/1", "instrument": "https://b.example/n/1"},
         "unknown_object"),
    ],
)  # fmt: skip
async def test_a_request_that_does_not_hold_together_is_dropped(
    tx: Tx, more: Json, reason: str
) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_policy(tx, ada, QuotePolicy.EVERYONE)
    post = await publish(tx, ada)

    assert await receive(tx, bo, request_of(bo, post.uri, **more)) == Dropped(reason)


async def test_leave_is_taken_back_for_good_and_the_stamp_is_gone(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_policy(tx, ada, QuotePolicy.EVERYONE)
    post = await publish(tx, ada)
    await receive(tx, bo, request_of(bo, post.uri))
    stamp = (await sent(tx))[-1].activity["result"]
    kept = await find_post_id_by_uri(tx, f"{bo.uri}/notes/q1")
    assert kept is not None

    eve = await given_member(tx, "eve")
    with pytest.raises(NotFound):
        await commands.revoke(tx, eve, kept)
    await commands.revoke(tx, ada, kept)
    await commands.revoke(tx, ada, kept)

    told = [one for one in await sent(tx) if one.activity["type"] == "Delete"]
    assert len(told) == 1 and told[0].to == [bo.id] and told[0].to_followers
    assert told[0].activity["object"]["id"] == stamp
    assert await quote_store.find_granted(tx, int(stamp.rpartition("/")[2])) is None
    assert await receive(tx, bo, request_of(bo, post.uri)) == Dropped("quote_revoked")
    assert (await sent(tx))[-1].activity["type"] == "Reject"


async def test_a_member_quotes_somebody_elsewhere_who_is_asked_and_agrees(tx: Tx) -> None:
    ada, bo, note, post = await given_our_quote(tx)

    request = next(one for one in await sent(tx) if one.activity["type"] == "QuoteRequest")
    create = next(one for one in await sent(tx) if one.activity["type"] == "Create")
    assert (request.to, request.is_direct) == ([bo.id], True)
    assert request.activity["object"] == note.uri
    assert request.activity["instrument"]["id"] == post.uri
    document = create.activity["object"]
    assert document["quote"] == document["_misskey_quote"] == note.uri
    assert "quoteAuthorization" not in document and "quote-inline" in document["content"]
    assert any(tag["type"] == "Link" and tag["href"] == note.uri for tag in document["tag"])

    stamp = stamp_for(bo, post.uri, note.uri)
    accept = answer(bo, "Accept", request.activity["id"], result=stamp["id"])
    assert isinstance(await receive(tx, bo, accept, documents={stamp["id"]: stamp}), Applied)
    again = await receive(tx, bo, accept, documents={stamp["id"]: stamp})

    update = (await sent(tx))[-1]
    assert again == Dropped("no_change") and update.activity["type"] == "Update"
    assert update.activity["object"]["quoteAuthorization"] == stamp["id"]
    assert "updated" not in update.activity["object"]
    seen = (await get_visible(tx, seen_by(ada), post.id)).quote
    assert seen is not None and seen.is_shown


@pytest.mark.parametrize("wrong", ["interactingObject", "interactionTarget", "attributedTo", "id"])
async def test_a_stamp_for_another_post_is_refused(tx: Tx, wrong: str) -> None:
    _, bo, note, post = await given_our_quote(tx)
    request = next(one for one in await sent(tx) if one.activity["type"] == "QuoteRequest")
    stamp = stamp_for(bo, post.uri, note.uri)
    accept = answer(bo, "Accept", request.activity["id"], result=stamp["id"])
    other = {**stamp, wrong: f"{bo.uri}/other"}

    assert await receive(tx, bo, accept, documents={stamp["id"]: other}) == Dropped("bad_stamp")
    assert await receive(tx, bo, accept) == Dropped("bad_stamp")
    foreign = {**accept, "result": "https://c.example/stamp"}
    assert await receive(tx, bo, foreign) == Dropped("bad_stamp")
    assert await state_of(tx, post.uri) == "pending"


async def test_only_the_quoted_author_answers(tx: Tx) -> None:
    _, _, note, post = await given_our_quote(tx)
    eve = await given_remote(tx, "eve")
    request = next(one for one in await sent(tx) if one.activity["type"] == "QuoteRequest")
    stamp = stamp_for(eve, post.uri, note.uri)
    accept = answer(eve, "Accept", request.activity["id"], result=stamp["id"])

    outcome = await receive(tx, eve, accept, documents={stamp["id"]: stamp})

    assert outcome == Dropped("unknown_quote")
    no = answer(eve, "Reject", request.activity["id"])
    assert await receive(tx, eve, no) == Dropped("unknown_quote")
    by_uri = {**no, "object": "https://home.example/activities/none"}
    assert await receive(tx, eve, by_uri) == Dropped("unknown_object")


async def test_a_no_stays_and_a_yes_may_be_taken_back_by_its_author_alone(tx: Tx) -> None:
    _, bo, note, post = await given_our_quote(tx)
    request = next(one for one in await sent(tx) if one.activity["type"] == "QuoteRequest")
    stamp = stamp_for(bo, post.uri, note.uri)
    accept = answer(bo, "Accept", request.activity["id"], result=stamp["id"])
    await receive(tx, bo, accept, documents={stamp["id"]: stamp})
    eve = await given_remote(tx, "eve")

    theirs = {"type": "Delete", "actor": eve.uri, "object": stamp}
    await receive(tx, eve, theirs)
    assert await state_of(tx, post.uri) == "accepted"
    own = {"type": "Delete", "actor": bo.uri, "object": stamp["id"]}
    assert isinstance(await receive(tx, bo, own), Applied)
    assert await state_of(tx, post.uri) == "revoked"
    assert "quoteAuthorization" not in (await sent(tx))[-1].activity["object"]
    late = await receive(tx, bo, accept, documents={stamp["id"]: stamp})
    assert late == Dropped("no_change")


async def test_a_no_is_kept(tx: Tx) -> None:
    _, bo, _, post = await given_our_quote(tx)
    request = next(one for one in await sent(tx) if one.activity["type"] == "QuoteRequest")

    assert await receive(tx, bo, answer(bo, "Reject", request.activity["id"])) == Applied()
    assert await state_of(tx, post.uri) == "rejected"


async def test_members_quote_each_other_by_the_policy_and_themselves_always(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await given_policy(tx, ada, QuotePolicy.NOBODY)
    closed = await publish(tx, ada)
    with pytest.raises(Unprocessable):
        await quote(tx, cleo, closed)
    own = await quote(tx, ada, closed)
    assert own.quote is not None and own.quote.state is QuoteState.ACCEPTED

    await commands.set_policy(tx, ada, closed.id, QuotePolicy.EVERYONE)
    theirs = await quote(tx, cleo, closed)
    await tell(tx)
    assert theirs.quote is not None and theirs.quote.stamp_uri is not None
    assert await tx.fetchval("SELECT count(*) FROM notifications WHERE kind = 'quote'") == 1

    await commands.revoke(tx, ada, theirs.id)
    assert await state_of(tx, theirs.uri) == "revoked"
    with pytest.raises(Unprocessable):
        await commands.revoke(tx, ada, own.id)
    await given_block(tx, ada, cleo)
    with pytest.raises(NotFound):
        await quote(tx, cleo, closed)


async def test_pages_offer_a_quote_to_who_may_and_fold_what_a_filter_finds_in_it(tx: Tx) -> None:
    ada, cleo = await given_member(tx, "ada"), await given_member(tx, "cleo")
    await given_policy(tx, ada, QuotePolicy.FOLLOWERS)
    post = await publish(tx, ada, "Of cats and kings")
    looks_at = Viewer(cleo.id, is_member=True)
    [entry] = await entries_of_posts(tx, looks_at, [post])
    assert not entry.may_quote
    await given_follow(tx, cleo, ada)
    [entry] = await entries_of_posts(tx, looks_at, [post])
    assert entry.may_quote

    own = await quote(tx, ada, post)
    word = KeywordWish(keyword="cats", whole_word=True)
    for action in ("warn", "hide", "blur"):
        wish = Wish(title=action, contexts=["home"], action=action, keywords=[word])
        one = await filter_commands.create(tx, cleo.id, wish)
        [entry] = await entries_of_posts(tx, looks_at, [own], await list_filters(tx, cleo.id))
        assert entry.quoted is not None
        folds = "" if action == "blur" else action
        assert (entry.quoted.warning, entry.quoted.blurs) == (folds, action == "blur")
        assert (entry.warning, entry.hidden) == ("", False), "it says nothing of cats itself"
        await delete_filter(tx, one.id)


async def test_a_small_audience_does_not_ask_somebody_elsewhere(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    note = await deliver_note(tx, bo)

    for visibility in (Visibility.COMMUNITY, Visibility.FOLLOWERS, Visibility.MENTIONED):
        with pytest.raises(Unprocessable):
            await quote(tx, ada, note, visibility)


class Elsewhere:
    """Stands for both sources: what other servers show, and posts that are here."""

    def __init__(self, pool: Pool, documents: Mapping[str, Json], *, down: bool = False) -> None:
        self._pool = pool
        self._documents = documents
        self._down = down

    async def find(self, address: str, **_: object) -> PostId | None:
        return await find_post_id_by_uri(self._pool, address)

    async def document(self, uri: str, **_: object) -> tuple[Json, str]:
        if self._down:
            raise RemoteUnavailable("down")
        if uri not in self._documents:
            raise NotFound(uri)
        return self._documents[uri], uri


async def test_quotes_between_others_show_once_their_stamp_is_checked(pool: Pool) -> None:
    async with transaction(pool) as tx:
        ada = await given_member(tx, "ada")
        bo, cleo = await given_remote(tx, "bo"), await given_remote(tx, "cleo", "c.example")
        for author in (bo, cleo):
            await given_follow(tx, ada, author)
        note = await deliver_note(tx, cleo)
        stamps = {
            "good": stamp_for(cleo, f"{bo.uri}/notes/q1", note.uri, 1),
            "other": stamp_for(cleo, f"{bo.uri}/notes/q9", note.uri, 2),
            "own": stamp_for(bo, f"{bo.uri}/notes/q3", note.uri, 3),
        }
        notes = [
            quoting_note(bo, note.uri, 1, quoteAuthorization=stamps["good"]["id"]),
            quoting_note(bo, note.uri, 2, quoteAuthorization=stamps["other"]["id"]),
            quoting_note(bo, note.uri, 3, quoteAuthorization=stamps["own"]["id"]),
            quoting_note(bo, note.uri, 4),
            {**quoting_note(bo, "", 5), "quote": None, "quoteUri": note.uri},
            quoting_note(bo, f"{bo.uri}/notes/q1", 6),
            quoting_note(bo, f"{bo.uri}/notes/q6", 7),
            quoting_note(bo, f"{bo.uri}/notes/q8", 8),
        ]
        for one in notes:
            create = {"type": "Create", "actor": bo.uri, "object": one, "to": [PUBLIC]}
            assert isinstance(await receive(tx, bo, create), Applied)
        jobs = await tx.fetch("SELECT payload FROM jobs WHERE kind = 'quotes.check' ORDER BY id")
    known = {stamp["id"]: stamp for stamp in stamps.values()}
    payloads: list[Mapping[str, object]] = [decoded(row["payload"]) for row in jobs]
    with pytest.raises(RemoteUnavailable):
        down = Elsewhere(pool, known, down=True)
        await check_quote(pool, down, down, payloads[0])
    there = Elsewhere(pool, known)
    for payload in [*payloads, *payloads]:
        await check_quote(pool, there, there, payload)

    states = [await state_of(pool, one["id"]) for one in notes]
    assert states[:5] == ["accepted", "pending", "pending", "pending", "unauthorised"]
    assert states[5:] == ["accepted", "accepted", None]  # oneself, in a row; a loop of one is none

    async with transaction(pool) as tx:  # the stamp comes with an Update that says nothing else
        late = stamp_for(cleo, f"{bo.uri}/notes/q4", note.uri, 4)
        stamped = quoting_note(bo, note.uri, 4, quoteAuthorization=late["id"])
        update = {"type": "Update", "actor": bo.uri, "object": stamped}
        assert await receive(tx, bo, update) == Applied()
    there = Elsewhere(pool, {late["id"]: late})
    await check_quote(pool, there, there, payloads[3])
    assert await state_of(pool, f"{bo.uri}/notes/q4") == "accepted"


async def test_a_blocked_actor_gets_no_answer_at_all(tx: Tx) -> None:
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_policy(tx, ada, QuotePolicy.EVERYONE)
    post = await publish(tx, ada)
    await blocking.block(tx, ada, bo)
    before = len(await sent(tx))

    assert await receive(tx, bo, request_of(bo, post.uri)) == Dropped("unknown_object")
    assert len(await sent(tx)) == before


async def given_our_quote(tx: Tx) -> tuple[Actor, Actor, Post, Post]:
    """A post of ada's that quotes one of bo's; bo has been asked."""
    ada, bo = await given_member(tx, "ada"), await given_remote(tx, "bo")
    await given_follow(tx, ada, bo)
    await given_follow(tx, await given_remote(tx, "cy"), ada)
    note = await deliver_note(tx, bo)
    post = await quote(tx, ada, note)
    await tell(tx)
    return ada, bo, note, post


def answer(author: Actor, kind: str, request: str, **more: Any) -> Json:
    return {
        "id": f"{author.uri}#{kind}",
        "type": kind,
        "actor": author.uri,
        "object": {"id": request, "type": "QuoteRequest"},
        **more,
    }


def decoded(payload: str) -> Mapping[str, object]:
    return json.loads(payload)
