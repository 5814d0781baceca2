"""Posts as documents, exactly as Mastodon reads them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fedinet.actors.model import Actor
from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, ActorUri, Domain, InboxUrl, ObjectUri, PostId
from fedinet.posts import activities
from fedinet.posts.model import Attachment, Post, Tag
from fedinet.vocab.activity import PUBLIC, Document
from fedinet.vocab.collection import whole
from fedinet.vocab.note import parse_note

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FOLLOWERS = "https://home.example/users/ada/followers"
BO = "https://b.example/users/bo"


def an_actor(number: int, username: str, host: str) -> Actor:
    uri = f"https://{host}/users/{username}"
    return Actor(
        id=ActorId(number),
        uri=ActorUri(uri),
        username=username,
        domain=Domain(host),
        is_local=host == "home.example",
        kind="Person",
        page_url=f"https://{host}/@{username}",
        inbox_url=InboxUrl(f"{uri}/inbox"),
        followers_uri=f"{uri}/followers",
        joined_at=NOON,
    )


ADA_ACTOR = an_actor(1, "ada", "home.example")
BO_ACTOR = an_actor(2, "bo", "b.example")
POST = Post(
    id=PostId(7),
    uri=ObjectUri("https://home.example/posts/7"),
    page_url="https://home.example/@ada/7",
    author_id=ADA_ACTOR.id,
    is_local=True,
    visibility=Visibility.EVERYONE,
    source="Hello *you*",
    html="<p>Hello <em>you</em></p>",
    root_id=PostId(7),
    published_at=NOON,
    mentions=(BO_ACTOR.id,),
)


@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        pytest.param("everyone", [PUBLIC], [FOLLOWERS, BO], id="everyone"),
        pytest.param("quiet", [FOLLOWERS], [PUBLIC, BO], id="quiet"),
        pytest.param("followers", [FOLLOWERS], [BO], id="followers"),
        pytest.param("mentioned", [BO], [], id="people mentioned"),
        pytest.param("community", [], [], id="never addressed elsewhere"),
    ],
)
def test_addresses_say_the_audience_as_mastodon_reads_it(
    visibility: str, to: list[str], cc: list[str]
) -> None:
    create = activities.create_note(
        replace(POST, visibility=Visibility(visibility)), ADA_ACTOR, [BO_ACTOR]
    )

    assert (create["to"], create["cc"]) == (to, cc)
    assert (inner(create)["to"], inner(create)["cc"]) == (to, cc)


def test_create_carries_the_note_with_all_that_peers_need() -> None:
    post = replace(
        POST,
        content_note="food",
        sensitive=True,
        language="en",
        parent_uri=ObjectUri("https://b.example/notes/1"),
        tags=(Tag("bread", "Bread"),),
        attachments=(Attachment("https://home.example/media/1", "image/png", "a loaf"),),
    )
    create = activities.create_note(post, ADA_ACTOR, [BO_ACTOR])
    note = inner(create)

    assert create["id"] == "https://home.example/activities/7"
    assert create["actor"] == note["attributedTo"] == ADA_ACTOR.uri
    assert create["published"] == note["published"] == "2026-05-01T12:00:00.000Z"
    assert note["summary"] == "food" and note["sensitive"] is True
    assert note["contentMap"] == {"en": post.html}
    assert note["tag"] == [
        {"type": "Mention", "href": BO, "name": "@bo@b.example"},
        {"type": "Hashtag", "href": "https://home.example/tags/bread", "name": "#Bread"},
    ]
    assert note["attachment"] == [
        {
            "type": "Document",
            "mediaType": "image/png",
            "url": "https://home.example/media/1",
            "name": "a loaf",
        }
    ]


def test_our_own_reader_understands_what_we_write() -> None:
    post = replace(POST, content_note="food", language="en", edited_at=NOON.replace(hour=13))
    note = parse_note(activities.note_document(post, ADA_ACTOR, [BO_ACTOR]))

    assert (note.uri, note.url, note.attributed_to) == (post.uri, post.page_url, ADA_ACTOR.uri)
    assert (note.content, note.content_note, note.language) == (post.html, "food", "en")
    assert (note.published, note.updated) == (post.published_at, post.edited_at)
    assert note.mentions == ((BO, "@bo@b.example"),)


def test_two_edits_within_a_second_stay_two() -> None:
    first = activities.update_note(
        replace(POST, edited_at=NOON.replace(microsecond=1000)), ADA_ACTOR, []
    )
    second = activities.update_note(
        replace(POST, edited_at=NOON.replace(microsecond=2000)), ADA_ACTOR, []
    )

    assert inner(first)["updated"] != inner(second)["updated"]
    assert first["id"] != second["id"]
    assert first["type"] == "Update"


def test_a_delete_says_nothing_of_the_post() -> None:
    private = replace(POST, visibility=Visibility.MENTIONED, content_note="secret")
    delete = activities.delete_note(private, ADA_ACTOR, [BO_ACTOR])

    assert delete["object"] == {"id": POST.uri, "type": "Tombstone"}
    assert (delete["to"], delete["cc"]) == ([BO], [])
    assert "secret" not in str(delete) and PUBLIC not in str(delete)


def test_only_posts_to_everyone_say_who_may_quote_and_that_is_their_author() -> None:
    create = activities.create_note(POST, ADA_ACTOR, [])
    assert inner(create)["interactionPolicy"] == {
        "canQuote": {"automaticApproval": [ADA_ACTOR.uri]}
    }
    for visibility in set(Visibility) - {Visibility.EVERYONE}:
        note = activities.note_document(replace(POST, visibility=visibility), ADA_ACTOR, [])
        assert "interactionPolicy" not in note


def test_public_posts_point_to_their_collections_without_numbers() -> None:
    note = inner(activities.create_note(replace(POST, likes_count=9), ADA_ACTOR, []))

    assert note["likes"] == {"id": f"{POST.uri}/likes", "type": "OrderedCollection"}
    assert note["shares"] == {"id": f"{POST.uri}/shares", "type": "OrderedCollection"}
    assert "totalItems" not in str(note)
    private = replace(POST, visibility=Visibility.FOLLOWERS)
    assert "replies" not in activities.note_document(private, ADA_ACTOR, [])


def test_whoever_begins_a_conversation_owns_it_and_answers_carry_its_address_on() -> None:
    first = activities.note_document(POST, ADA_ACTOR, [])
    answer = replace(POST, id=PostId(8), root_id=POST.id, context_uri="https://b.example/talk/1")
    elsewhere = replace(POST, is_local=False)

    assert first["context"] == f"{POST.uri}/context"
    assert activities.note_document(answer, ADA_ACTOR, [])["context"] == answer.context_uri
    assert elsewhere.context is None
    private = replace(POST, visibility=Visibility.FOLLOWERS)
    assert "context" not in activities.note_document(private, ADA_ACTOR, [])


def test_outbox_pages_lead_on_until_the_last() -> None:
    create = activities.create_note(POST, ADA_ACTOR, [])
    page = activities.outbox_page(ADA_ACTOR, [create], before=None, older=PostId(7))
    last = activities.outbox_page(ADA_ACTOR, [], before=7, older=None)

    assert page["next"] == last["id"]
    assert "next" not in last
    assert whole(page, total=3)["first"] == page["id"]
    assert "orderedItems" not in whole(page, total=3)
    assert whole(last, total=0)["orderedItems"] == []
    assert "first" not in whole(last, total=0)
    assert "@context" not in page["orderedItems"][0]  # pyright: ignore[reportIndexIssue]


def inner(document: Document, key: str = "object") -> Document:
    value = document[key]
    assert isinstance(value, dict)
    return value  # pyright: ignore[reportUnknownVariableType]
