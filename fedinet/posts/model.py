"""Posts and their rules. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.cards.model import ShownCard
from fedinet.emojis.model import Emoji
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import ActorId, ObjectUri, PostId
from fedinet.kernel.problems import N_, Invalid, Problem, problems_of
from fedinet.markup.names import clean_name
from fedinet.polls.model import Poll, PollDraft, check_poll
from fedinet.posts.quoting import Quote
from fedinet.vocab.about import NOTHING, About
from fedinet.vocab.kinds import is_to_read

MAX_CHARACTERS: Final = 5000
MAX_ARTICLE_CHARACTERS: Final = 20_000
"""A third of an hour to read. The worst that can be written in as many takes 0.4 s to render."""
MAX_TITLE: Final = 150
MAX_NOTE_CHARACTERS: Final = 500
MAX_MENTIONS: Final = 100
_BROKEN: Final = re.compile(r"[\x00\ud800-\udfff]")
_MOST_OF_TITLE: Final = 10_000
"""Characters that are counted of one that is too long."""
NO_WORDS: Final = N_("Write something first")
_NO_QUESTION: Final = N_("Write the question of your poll first")

_AS_NARROW: Final[Mapping[Visibility, frozenset[Visibility]]] = MappingProxyType(
    {
        Visibility.EVERYONE: frozenset(Visibility),
        Visibility.QUIET: frozenset(Visibility) - {Visibility.EVERYONE},
        Visibility.ALLIES: frozenset(
            {Visibility.ALLIES, Visibility.COMMUNITY, Visibility.MENTIONED}
        ),
        Visibility.FOLLOWERS: frozenset({Visibility.FOLLOWERS, Visibility.MENTIONED}),
        Visibility.COMMUNITY: frozenset({Visibility.COMMUNITY, Visibility.MENTIONED}),
        Visibility.MENTIONED: frozenset({Visibility.MENTIONED}),
    }
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, film or sound. ``description`` is for those who cannot see or hear it.

    Ours has a ``media_id`` and a ``key``; others' live at ``url`` on their server.
    Sizes of 0 are unknown. ``focus``: the part that matters, each from -1 to 1.
    """

    url: str
    media_type: str = ""
    description: str = ""
    width: int = 0
    height: int = 0
    blurhash: str = ""
    focus: tuple[float, float] = (0.0, 0.0)
    duration_ms: int = 0
    media_id: int | None = None
    key: str = ""
    small_width: int = 0
    small_height: int = 0
    is_cover: bool = False
    """The picture that stands for a whole article, at most one, and then the first."""


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A file of the author that a post is to show. None: described as it was uploaded."""

    media_id: int
    description: str | None = None
    focus: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """``name`` is normalised (NFKC, lower case, no #); ``written`` is how the author wrote it."""

    name: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post as stored. ``html`` is sanitised; ``source`` is empty for remote ones."""

    id: PostId
    uri: ObjectUri
    page_url: str
    """Never empty: what has no page is read at its id."""
    author_id: ActorId
    is_local: bool
    visibility: Visibility
    kind: str = "Note"
    source: str = ""
    html: str
    content_note: str = ""
    sensitive: bool = False
    language: str | None = None
    parent_id: PostId | None = None
    parent_uri: ObjectUri | None = None
    """Set for every reply, whether or not the parent is (still) here."""
    root_id: PostId
    context_uri: str | None = None
    """As written; see ``context``."""
    attachments: tuple[Attachment, ...] = ()
    about: About = NOTHING
    poll: Poll | None = None
    card: ShownCard | None = None
    """What the page says that it links to."""
    given: Mapping[str, object] | None = None
    """What the author's own ActivityPub client said of it; see ``posts.given``."""
    emojis: tuple[Emoji, ...] = ()
    published_at: datetime
    edited_at: datetime | None = None
    revision: int = 1
    mentions: tuple[ActorId, ...] = ()
    tags: tuple[Tag, ...] = ()
    replies_count: int = 0
    likes_count: int = 0
    boosts_count: int = 0
    quote: Quote | None = None
    quote_policy: QuotePolicy | None = None
    """Who may quote it; None: its author has not said."""

    @property
    def is_article(self) -> bool:
        """It has a title and is made to be read: lists show its beginning, its page the whole."""
        return bool(self.about.title) and is_to_read(self.kind)

    @property
    def is_reply(self) -> bool:
        return self.parent_uri is not None

    @property
    def context(self) -> str | None:
        """The address of the conversation's collection (FEP-7888), where there is one.

        Whoever begins a conversation owns it; answers carry its address on.
        """
        if self.is_local and self.id == self.root_id:
            return f"{self.uri}/context"
        return self.context_uri


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a post said from ``written_at`` on. Number 1 is the first."""

    number: int
    title: str = ""
    html: str
    source: str
    content_note: str
    sensitive: bool
    written_at: datetime
    attachments: tuple[Attachment, ...] | None = None
    """None: not known, of what was kept before releases kept files, too."""
    language: str | None = None
    asked: tuple[str, ...] | None = None
    """The options of its poll. None: it had none, or they are not known."""

    @property
    def about(self) -> About:
        return About(title=self.title) if self.title else NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a member wants to publish."""

    text: str
    visibility: Visibility
    title: str | None = None
    """What makes it an article."""
    content_note: str = ""
    sensitive: bool = False
    language: str | None = None
    parent_id: PostId | None = None
    files: tuple[FileChoice, ...] = ()
    quoted_id: PostId | None = None
    quote_policy: QuotePolicy | None = None
    """Who may quote it; None: what the member has chosen for all posts."""
    poll: PollDraft | None = None
    may_mention: tuple[ActorId, ...] | None = None
    """Nobody else may be mentioned, but who is answered; None: anybody."""


class UnexpectedMentions(Unprocessable):
    """A draft speaks to people whom its app did not expect."""

    def __init__(self, actor_ids: Sequence[ActorId]) -> None:
        super().__init__(
            f"unexpected mentions of {list(actor_ids)[:5]}",
            public=N_("This post would be sent to people whom your app did not expect"),
        )
        self.actor_ids = tuple(actor_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a member wants a post of theirs to say from now on. The audience stays."""

    text: str
    title: str | None = None
    """None: it stays as it is."""
    content_note: str = ""
    sensitive: bool = False
    language: str | None = None
    files: tuple[FileChoice, ...] | None = None
    """None: the files stay as they are."""

    def leaves_files(self, post: Post) -> bool:
        """Tell whether the post shows any file afterwards. Then it may be without words."""
        return bool(post.attachments if self.files is None else self.files)


def check(draft: Draft) -> Draft:
    """Return the draft as it will be stored: trimmed, line ends of one kind.

    A content note makes a post sensitive, as apps expect.

    Raises:
        Unprocessable: empty, too long, or with characters no text has.
    """
    title, text, content_note = _checked(
        draft, has_files=bool(draft.files), asks=draft.poll is not None
    )
    return replace(
        draft,
        text=text,
        title=title,
        content_note=content_note,
        sensitive=draft.sensitive or bool(content_note),
        language=_language(draft.language),
        poll=None if draft.poll is None else check_poll(draft.poll),
    )


def check_change(change: Change, post: Post) -> Change:
    """The same rules for an edit of ``post``. An article stays one, and a poll asks something.

    Raises:
        Unprocessable: as for ``check``.
    """
    title, text, content_note = _checked(
        change,
        has_files=change.leaves_files(post),
        asks=post.poll is not None,
        is_article=post.is_article,
    )
    return replace(
        change,
        text=text,
        title=title,
        content_note=content_note,
        sensitive=change.sensitive or bool(content_note),
        language=_language(change.language),
    )


def reply_visibility(parent: Visibility, wanted: Visibility) -> Visibility:
    """A reply keeps the audience of what it answers, or a narrower one.

    ``followers`` is not comparable with ``community`` and ``allies``: neither
    contains the other, so each keeps to itself.
    """
    return wanted if wanted in _AS_NARROW[parent] else parent


def is_narrower(new: Visibility, old: Visibility) -> bool:
    """Tell whether a change of audience only takes people away. The same audience is not."""
    return new is not old and new in _AS_NARROW[old]


def _title(raw: str) -> str:
    """One line without signs that nobody sees."""
    title = clean_name(_tidy(raw), max_length=_MOST_OF_TITLE)
    if not title:
        raise Invalid(Problem("title", N_("Give your article a title")))
    if len(title) > MAX_TITLE:
        values = {"most": MAX_TITLE, "count": len(title)}
        too_long = N_("A title has at most %(most)d characters; this one has %(count)d")
        raise Invalid(Problem("title", too_long, values))
    return title


def _checked(
    written: Draft | Change, *, has_files: bool, asks: bool, is_article: bool = False
) -> tuple[str | None, str, str]:
    """Title, text and content note. What is wrong with title and text is said at once."""
    title, problems = written.title, list[Problem]()
    if title is not None:
        try:
            title = _title(title)
        except Invalid as error:
            problems += error.problems
    most = MAX_CHARACTERS if title is None and not is_article else MAX_ARTICLE_CHARACTERS
    try:
        needs = _NO_QUESTION if asks else "" if has_files else NO_WORDS
        text, content_note = _words(written.text, written.content_note, most, needs=needs)
    except Unprocessable as error:
        if not problems:
            raise
        problems += problems_of(error, "text")
        text = content_note = ""
    if problems:
        raise Invalid(*problems)
    return title, text, content_note


def _words(raw_text: str, raw_note: str, most: int, *, needs: str) -> tuple[str, str]:
    """``needs``: what its author is told where there is no text; empty: it can do without."""
    text, content_note = _tidy(raw_text), " ".join(_tidy(raw_note).split())
    if not text and needs:
        raise Unprocessable("empty post", public=needs)
    if len(text) > most:
        raise Unprocessable(
            f"post of {len(text)} characters",
            public=N_("A post has at most %(most)d characters; this one has %(count)d")
            if most == MAX_CHARACTERS
            else N_("An article has at most %(most)d characters; this one has %(count)d"),
            values={"most": most, "count": len(text)},
        )
    if len(content_note) > MAX_NOTE_CHARACTERS:
        raise Unprocessable(
            f"content note of {len(content_note)} characters",
            public=N_("A content note has at most %(most)d characters"),
            values={"most": MAX_NOTE_CHARACTERS},
        )
    return text, content_note


def _tidy(raw: str) -> str:
    if _BROKEN.search(raw):
        raise Unprocessable(
            "NUL or surrogate in text", public=N_("This text has broken characters")
        )
    return raw.replace("\r\n", "\n").replace("\r", "\n").strip()


def _language(raw: str | None) -> str | None:
    if not raw:
        return None
    tag = raw.strip().replace("_", "-")
    if len(tag) > 35 or not tag.isascii() or not tag.replace("-", "").isalnum():
        raise Unprocessable(f"language {raw[:60]!r}", public=N_("This is not a language code"))
    return tag
