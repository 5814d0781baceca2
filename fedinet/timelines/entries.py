"""Posts as they stand in a list: with their author, who shared them, and what the reader did.

A page of entries costs two statements, whatever its length.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from typing import Final
from zoneinfo import ZoneInfo

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actors
from fedinet.audiences.model import Viewer, Visibility
from fedinet.cards.entities import image_path, site_of
from fedinet.db.query import Conn
from fedinet.filters.folding import done_to
from fedinet.filters.model import Filter
from fedinet.filters.reader import leaving_out
from fedinet.kernel.ids import ActorId, PostId
from fedinet.markup.beginnings import beginning_of
from fedinet.markup.sanitise import plain_text
from fedinet.polls.model import ShownPoll, shown_to
from fedinet.posts.model import Post
from fedinet.posts.quoting import Answer, foresee
from fedinet.posts.seen import Quoted, SeenPost
from fedinet.timelines.around_store import Answers, Around, list_around, list_beside
from fedinet.timelines.echo import Echo, echo_of, shown_of, voices
from fedinet.timelines.model import Item

_LONG: Final = 1500
"""Characters. What is longer is folded in lists, with a way to read on."""
_BEGINNING: Final = 600
_SOON: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(SeenPost):
    """One place in a list. ``answered`` wrote the parent, where the reader may see it."""

    id: int
    booster: Actor | None = None
    answered: Actor | None = None
    thanked: bool = False
    shared: bool = False
    saved: bool = False
    muted: bool = False
    """The reader hears nothing of its conversation."""
    is_own: bool = False
    quoted: Quoted | None = None
    """What it quotes, where that is agreed to and the reader may see it."""
    quotes_me: bool = False
    pinned: bool = False
    may_quote: bool = False
    poll: ShownPoll | None = None
    echo: Echo | None = None
    """Who answered it, in lists: on the page of a conversation the answers stand below."""
    hidden: bool = False
    """A filter of the reader's leaves it out (sifting.py)."""

    @property
    def stands_at(self) -> datetime:
        """When it came to stand here: for a shared post, when it was shared."""
        return datetime.fromtimestamp((self.id >> 16) / 1000, UTC)

    @property
    def told_at(self) -> datetime:
        """What the margin tells: when it was published, or shared."""
        return self.post.published_at if self.booster is None else self.stands_at

    @property
    def is_older(self) -> bool:
        """It was written well before it was shared."""
        return self.told_at - self.post.published_at > _SOON

    def stands_under_its_day(self, zone: ZoneInfo) -> bool:
        """What was sent late stands under the day on which it came."""
        return self.told_at.astimezone(zone).date() == self.stands_at.astimezone(zone).date()

    @property
    def card_image(self) -> str:
        """Our copy of the picture on the card of its link; "" for none."""
        card = self.post.card
        return image_path(card) if card is not None and card.card.image else ""

    @property
    def card_site(self) -> str:
        """Whose page it links to."""
        return "" if self.post.card is None else site_of(self.post.card)

    @property
    def beginning(self) -> str:
        """The first words of a long post, for lists; "" for one that stands whole there."""
        if len(self.post.html) <= _LONG:
            return ""
        text = " ".join(plain_text(self.post.html).split())
        return "" if len(text) <= _LONG else beginning_of(text, _BEGINNING)

    @property
    def may_pin(self) -> bool:
        return self.is_own and self.post.visibility in (Visibility.EVERYONE, Visibility.QUIET)

    @property
    def may_share(self) -> bool:
        return self.post.visibility is Visibility.EVERYONE


def by_day(entries: Sequence[Entry], zone: ZoneInfo) -> list[tuple[datetime, list[Entry]]]:
    """Under the day on which they came to stand, on the reader's clock; the order stays."""
    return [
        (datetime(day.year, day.month, day.day, tzinfo=zone), list(standing))
        for day, standing in groupby(
            entries, key=lambda entry: entry.stands_at.astimezone(zone).date()
        )
    ]


async def entries_of_items(
    conn: Conn, viewer: Viewer, items: Sequence[Item], filters: Sequence[Filter] = ()
) -> list[Entry]:
    """Read the posts of a timeline, through the gate once more; the order stays.

    ``filters``: the reader's that look there fold posts or mark them hidden.
    """
    [entries], _ = await entries_of_lists(conn, viewer, [items], filters)
    return entries


async def entries_of_lists(
    conn: Conn,
    viewer: Viewer,
    lists: Sequence[Sequence[Item]],
    filters: Sequence[Filter] = (),
    people: Iterable[ActorId] = (),
) -> tuple[list[list[Entry]], dict[ActorId, Actor]]:
    """The same for several lists of one page at once, and the ``people`` that stand beside them."""
    wanted = {item.post_id for items in lists for item in items}
    around = await list_around(conn, viewer, wanted, _wanted_of_answers(filters))
    heard = _heard(viewer, around, filters)
    placed = [
        [(item, around.posts[item.post_id]) for item in items if item.post_id in around.posts]
        for items in lists
    ]
    named = _people([*chain(*placed)], around, heard)
    actors = await find_actors(conn, named | set(people))
    return [
        filtered(viewer, _entries(viewer, one, around, heard, actors), filters) for one in placed
    ], actors


async def entries_of_posts(
    conn: Conn,
    viewer: Viewer,
    posts: Sequence[Post],
    filters: Sequence[Filter] = (),
    *,
    with_echo: bool = True,
) -> list[Entry]:
    """Surround posts, which came through the gate, with what a page shows; the order stays.

    ``with_echo``: the page is a list, which says who answered them.
    """
    known = {post.id: post for post in posts}
    wanted = {PostId(one) for post in posts for one in _near(post)}
    missing = [one for one in wanted if one not in known]
    answers = _wanted_of_answers(filters) if with_echo else Answers.NONE
    beside = await list_beside(conn, viewer, known, missing, answers)
    around = replace(beside, posts={**known, **beside.posts})
    heard = _heard(viewer, around, filters)
    placed = [(Item(post.id, post.id), post) for post in posts]
    actors = await find_actors(conn, _people(placed, around, heard))
    return filtered(viewer, _entries(viewer, placed, around, heard, actors), filters)


def filtered(viewer: Viewer, entries: list[Entry], filters: Sequence[Filter]) -> list[Entry]:
    """Do what the reader's filters say, to what is quoted too; nothing to one's own posts."""
    if viewer.actor_id is None or not filters:
        return entries
    now = datetime.now(UTC)

    reader = viewer.actor_id
    shown: list[Entry] = []
    for entry in entries:
        done, quoted = done_to(entry.post, filters, reader, now), entry.quoted
        if quoted is not None:
            inside = done_to(quoted.post, filters, reader, now)
            quoted = replace(quoted, warning=inside.warning, blurs=inside.blurs)
        shown.append(
            replace(
                entry,
                warning=done.warning,
                blurs=done.blurs,
                hidden=done.hidden,
                quoted=quoted,
            )
        )
    return shown


def _wanted_of_answers(filters: Sequence[Filter]) -> Answers:
    """Filters that leave posts out have to read them."""
    return Answers.READ if leaving_out(filters) else Answers.WHO


def _heard(
    viewer: Viewer, around: Around, filters: Sequence[Filter]
) -> Mapping[PostId, Sequence[ActorId]]:
    """Who answered each post, but for what the reader's filters leave out."""
    reader, hiding, now = viewer.actor_id, leaving_out(filters), datetime.now(UTC)

    def is_left_out(answer: PostId) -> bool:
        if reader is None or not hiding:
            return False
        return done_to(around.posts[answer], hiding, reader, now).hidden

    return {
        post_id: voices((who for answer, who in answers if not is_left_out(answer)), reader)
        for post_id, answers in around.answers.items()
    }


def _people(
    placed: Sequence[tuple[Item, Post]],
    around: Around,
    heard: Mapping[PostId, Sequence[ActorId]],
) -> set[ActorId]:
    """Who is named in these places: authors, those they answer and quote, who shared, answered."""
    near = [around.posts.get(PostId(one)) for _, post in placed for one in _near(post)]
    people = {post.author_id for _, post in placed}
    people |= {post.author_id for post in near if post is not None}
    people |= {one for _, post in placed for one in shown_of(heard.get(post.id, ()))}
    return people | {item.booster_id for item, _ in placed if item.booster_id is not None}


def _entries(
    viewer: Viewer,
    placed: Sequence[tuple[Item, Post]],
    around: Around,
    heard: Mapping[PostId, Sequence[ActorId]],
    actors: Mapping[ActorId, Actor],
) -> list[Entry]:
    now = datetime.now(UTC)

    def poll(post: Post) -> ShownPoll | None:
        if post.poll is None:
            return None
        is_own = post.author_id == viewer.actor_id
        chosen = around.votes.get(post.id, ())
        is_member = viewer.is_member
        return shown_to(post.poll, chosen=chosen, is_own=is_own, is_member=is_member, now=now)

    def entry(item: Item, post: Post) -> Entry:
        own = around.own.get(post.id)
        parent = None if post.parent_id is None else around.posts.get(PostId(post.parent_id))
        quoted_id = _quoted_id(post)
        inner = None if quoted_id is None else around.posts.get(quoted_id)
        is_own = post.author_id == viewer.actor_id
        return Entry(
            id=item.id,
            post=post,
            author=actors[post.author_id],
            booster=actors.get(item.booster_id) if item.booster_id is not None else None,
            answered=None if parent is None else actors.get(parent.author_id),
            thanked=own is not None and own.liked,
            shared=own is not None and own.boosted,
            saved=own is not None and own.saved,
            muted=own is not None and own.muted,
            is_own=is_own,
            quoted=None if inner is None else Quoted(inner, actors[inner.author_id]),
            pinned=own is not None and own.pinned,
            quotes_me=inner is not None and inner.author_id == viewer.actor_id and not is_own,
            may_quote=viewer.is_member
            and foresee(
                post.visibility,
                post.quote_policy,
                is_own=is_own,
                is_local=post.is_local,
                follows_author=own is not None and own.follows_author,
            )
            is not Answer.DENIED,
            poll=poll(post),
            echo=echo_of(heard.get(post.id, ()), viewer.actor_id, actors),
        )

    return [entry(item, post) for item, post in placed]


def _near(post: Post) -> list[int]:
    """What it answers and quotes."""
    return [one for one in (post.parent_id, _quoted_id(post)) if one is not None]


def _quoted_id(post: Post) -> PostId | None:
    """What is shown inside of it."""
    return None if post.quote is None or not post.quote.is_shown else post.quote.post_id
