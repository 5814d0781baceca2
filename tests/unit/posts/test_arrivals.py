"""What a remote post says, and whether it is kept: everything in it is hostile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from fedinet.audiences.model import Visibility
from fedinet.kernel.ids import ActorId, ActorUri, ObjectUri, PostId
from fedinet.kernel.outcomes import Dropped
from fedinet.posts.arrivals import (
    Arrival,
    Facts,
    Keep,
    Person,
    decide_arrival,
    mentioned_in,
    read_arrival,
)
from fedinet.vocab.activity import PUBLIC, Activity
from fedinet.vocab.note import Attachment, RemoteNote

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BO = ActorUri("https://b.example/users/bo")
FOLLOWERS = f"{BO}/followers"
ADA = "https://home.example/users/ada"
CY = "https://c.example/users/cy"
NOTE = RemoteNote(
    uri=ObjectUri("https://b.example/notes/1"),
    kind="Note",
    attributed_to=BO,
    url="https://b.example/@bo/1",
    content="<p>Hello</p>",
    published=NOW - timedelta(hours=1),
    to=(PUBLIC,),
    cc=(FOLLOWERS,),
)
PEOPLE = {ADA: Person(ActorId(1), is_local=True), CY: Person(ActorId(3), is_local=False)}
FACTS = Facts(new_id=PostId(9), followers_uri=FOLLOWERS)


def read(note: RemoteNote, **more: object) -> Arrival | Dropped:
    return read_arrival(note, author_id=ActorId(2), author_uri=BO, now=NOW, **more)  # pyright: ignore[reportArgumentType]


def arrival_of(note: RemoteNote) -> Arrival:
    arrival = read(note)
    assert isinstance(arrival, Arrival)
    return arrival


def decide(
    note: RemoteNote, facts: Facts = FACTS, *, delivered: bool = True, public_only: bool = False
) -> Keep | Dropped:
    return decide_arrival(
        arrival_of(note), facts, PEOPLE, delivered=delivered, public_only=public_only
    )


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        pytest.param(
            replace(NOTE, attributed_to=ActorUri("https://b.example/users/mallory")),
            "forged_author",
            id="another author",
        ),
        pytest.param(
            replace(NOTE, uri=ObjectUri("https://evil.example/notes/1")),
            "foreign_object",
            id="another origin",
        ),
        pytest.param(
            replace(NOTE, uri=ObjectUri("https://b.example:444/notes/1")),
            "foreign_object",
            id="another port",
        ),
        pytest.param(replace(NOTE, content=""), "empty", id="nothing"),
        pytest.param(replace(NOTE, content="<p> <br>&nbsp;</p>"), "empty", id="only blanks"),
        pytest.param(
            replace(NOTE, content="<script>alert(1)</script>"), "empty", id="only a script"
        ),
    ],
)
def test_what_is_not_the_authors_or_says_nothing_is_dropped(note: RemoteNote, reason: str) -> None:
    assert read(note) == Dropped(reason)


def test_a_picture_without_words_is_a_post() -> None:
    picture = Attachment("https://b.example/a.png", "image/png", "a cat")

    assert arrival_of(replace(NOTE, content="", attachments=(picture,))).html == ""


def test_html_is_cleaned_and_bounded() -> None:
    note = replace(NOTE, content='<p onclick="x()">Hi<script>x()</script></p>' + "a" * 10**6)
    html = arrival_of(note).html

    assert html.startswith("<p>Hi</p>")
    assert len(html) < 110_000


def test_a_text_is_cut_by_what_is_kept_of_its_pictures() -> None:
    url = f"https://b.example/{'a' * 1_900}.png"
    note = replace(
        NOTE,
        kind="Article",
        content=f'<p>Rye</p>{f"""<img src="{url}">""" * 60}<p>The very end.</p>',
        attachments=(Attachment(url, "image/png", "a loaf"),),
    )
    kept = arrival_of(note)

    assert kept.html.count("<img data-file=") == 60 and kept.html.endswith("The very end.</p>")
    assert kept.about.rest == ""


def test_a_content_note_becomes_one_line_of_text_and_is_bounded() -> None:
    arrival = arrival_of(replace(NOTE, content_note="<b>Food</b>\n & drink" + "x" * 5000))

    assert arrival.content_note.startswith("Food & drinkx")
    assert len(arrival.content_note) == 2000
    assert arrival.sensitive


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        pytest.param(None, NOW, id="missing"),
        pytest.param(NOW + timedelta(days=3650), NOW, id="future"),
        pytest.param(datetime(1, 1, 1, tzinfo=UTC), NOW, id="year 1"),
        pytest.param(
            datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), NOW, id="before year 1 in UTC"
        ),
        pytest.param(datetime(9999, 12, 31, 23, tzinfo=UTC), NOW, id="year 9999"),
        pytest.param(datetime(2008, 1, 1, tzinfo=UTC), datetime(2008, 1, 1, tzinfo=UTC), id="old"),
    ],
)
def test_dates_are_never_in_the_future_and_never_absurd(
    published: datetime | None, kept: datetime
) -> None:
    assert arrival_of(replace(NOTE, published=published)).published_at == kept


def test_an_edit_date_counts_only_after_publication() -> None:
    assert arrival_of(replace(NOTE, updated=NOTE.published)).edited_at is None
    assert arrival_of(replace(NOTE, updated=NOW + timedelta(days=9))).edited_at == NOW


def test_a_page_on_another_server_is_not_shown_as_the_authors() -> None:
    assert arrival_of(replace(NOTE, url="https://evil.example/login")).page_url == NOTE.uri


def test_a_post_does_not_answer_itself() -> None:
    assert arrival_of(replace(NOTE, in_reply_to=NOTE.uri)).parent_uri is None


def test_hashtags_are_normalised_and_nonsense_is_left_out() -> None:
    tags = arrival_of(replace(NOTE, hashtags=("#Bread", "bread", "#12", "a b", "#ÜBER"))).tags

    assert [(tag.name, tag.written) for tag in tags] == [("bread", "Bread"), ("uber", "ÜBER")]


def test_addresses_of_the_activity_count_only_where_the_note_has_none() -> None:
    envelope = Activity(id=None, type="Create", actor=BO, object=None, to=(ADA,))
    bare = read(replace(NOTE, to=(), cc=()), envelope=envelope)
    full = read(NOTE, envelope=envelope)

    assert isinstance(bare, Arrival) and bare.to == (ADA,)
    assert isinstance(full, Arrival) and full.to == NOTE.to


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        pytest.param(replace(FACTS, author_hidden=True), "actor_suspended", id="suspended"),
        pytest.param(replace(FACTS, is_deleted=True), "deleted", id="tombstone"),
        pytest.param(replace(FACTS, is_known=True), "already_known", id="known"),
        pytest.param(FACTS, "not_relevant", id="nobody here cares"),
    ],
)
def test_what_is_not_kept_has_a_reason(facts: Facts, reason: str) -> None:
    assert decide(NOTE, facts) == Dropped(reason)


EVERYONE, NOT_RELEVANT = Visibility.EVERYONE, Dropped("not_relevant")
FOLLOWED = replace(FACTS, is_followed=True)
ANSWERS_US = replace(FACTS, parent_id=PostId(1), parent_root_id=PostId(1))
TO_FOLLOWERS = replace(NOTE, to=(FOLLOWERS,), cc=())
TO_ADA = replace(NOTE, to=(ADA,), cc=())
TAGS_ADA = replace(NOTE, mentions=((ADA, "@ada"),))


OF_ALLY = replace(FACTS, allies_uri="https://b.example/actor/allies", is_ally=True)
TO_ALLIES = replace(NOTE, to=("https://b.example/actor/allies",), cc=())


@pytest.mark.parametrize(
    ("note", "facts", "result"),
    [
        (TO_ALLIES, OF_ALLY, Keep(visibility=Visibility.ALLIES)),
        (replace(TO_ALLIES, cc=(ADA, FOLLOWERS)), OF_ALLY, Keep(visibility=Visibility.ALLIES)),
        (TO_ALLIES, replace(OF_ALLY, is_ally=False), Dropped("not_an_ally")),
        (replace(TO_ALLIES, cc=(ADA,)), replace(OF_ALLY, is_ally=False), Dropped("not_an_ally")),
        (replace(TO_ALLIES, to=("https://c.example/actor/allies",)), OF_ALLY, NOT_RELEVANT),
        (replace(TO_ALLIES, to=(*TO_ALLIES.to, PUBLIC)), OF_ALLY, Keep(visibility=EVERYONE)),
        (NOTE, OF_ALLY, Keep(visibility=EVERYONE)),
        (replace(NOTE, in_reply_to="https://c.example/1"), OF_ALLY, NOT_RELEVANT),
        (replace(NOTE, to=(FOLLOWERS,), cc=(PUBLIC,)), OF_ALLY, NOT_RELEVANT),
    ],
)
def test_what_an_ally_says_to_allies_and_to_everyone_is_kept(
    note: RemoteNote, facts: Facts, result: Keep | Dropped
) -> None:
    decision = decide(note, facts)
    if isinstance(decision, Keep):
        decision = replace(decision, mentions=())
    assert decision == result


def test_our_node_actor_brings_no_post_for_allies() -> None:
    assert decide(TO_ALLIES, OF_ALLY, delivered=False, public_only=True) == Dropped("not_public")


@pytest.mark.parametrize(
    ("note", "facts", "kept"),
    [
        pytest.param(NOTE, FOLLOWED, True, id="public, followed"),
        pytest.param(NOTE, ANSWERS_US, True, id="public, answers what is here"),
        pytest.param(TAGS_ADA, FACTS, True, id="public, tags a member"),
        pytest.param(replace(NOTE, cc=(ADA,)), FACTS, True, id="public, addresses a member"),
        pytest.param(replace(NOTE, cc=(CY,)), FACTS, False, id="public, addresses a stranger"),
        pytest.param(TO_FOLLOWERS, FOLLOWED, True, id="followers, followed"),
        pytest.param(TO_FOLLOWERS, ANSWERS_US, False, id="followers, nobody here could see it"),
        pytest.param(
            replace(TO_FOLLOWERS, mentions=((ADA, "@ada"),)), FACTS, False, id="tag is no address"
        ),
        pytest.param(replace(TO_FOLLOWERS, cc=(ADA,)), FACTS, True, id="followers and a member"),
        pytest.param(TO_ADA, FACTS, True, id="direct to a member"),
        pytest.param(replace(NOTE, to=(CY,), cc=()), FOLLOWED, False, id="direct to a stranger"),
        pytest.param(replace(NOTE, to=(), cc=()), FOLLOWED, False, id="addressed to nobody"),
    ],
)
def test_a_delivered_post_is_kept_if_it_concerns_somebody_here(
    note: RemoteNote, facts: Facts, kept: bool
) -> None:
    decision = decide(note, facts)

    assert isinstance(decision, Keep) is kept
    assert kept or decision == Dropped("not_relevant")


def test_what_we_asked_for_ourselves_need_not_concern_anybody() -> None:
    assert decide(NOTE, delivered=False, public_only=True) == Keep(visibility=Visibility.EVERYONE)


@pytest.mark.parametrize("note", [TO_FOLLOWERS, TO_ADA])
def test_what_our_node_actor_fetched_is_discarded_unless_public(note: RemoteNote) -> None:
    decision = decide(note, FOLLOWED, delivered=False, public_only=True)

    assert decision == Dropped("not_public")


def test_a_snapshot_holds_whom_we_know_of_those_addressed() -> None:
    note = replace(NOTE, to=(ADA, CY, "https://d.example/users/unknown"), cc=())

    assert decide(note) == Keep(visibility=Visibility.MENTIONED, named=(ActorId(1), ActorId(3)))


def test_public_posts_need_no_snapshot() -> None:
    decision = decide(replace(NOTE, cc=(FOLLOWERS, ADA)))

    assert isinstance(decision, Keep) and decision.named == ()


def test_a_mention_is_tagged_and_addressed() -> None:
    tagged_only = arrival_of(TAGS_ADA)
    both = arrival_of(replace(TAGS_ADA, cc=(ADA,)))

    assert mentioned_in(tagged_only, PEOPLE) == ()
    assert mentioned_in(both, PEOPLE) == (ActorId(1),)


def test_endless_lists_are_cut() -> None:
    many = tuple(f"https://d.example/users/{n}" for n in range(30_000))
    arrival = arrival_of(
        replace(NOTE, to=many, cc=many, hashtags=many, mentions=tuple((m, "") for m in many))
    )

    assert len(arrival.to) == len(arrival.cc) == 2000
    assert len(arrival.tagged) == 200 and len(arrival.tags) <= 60
