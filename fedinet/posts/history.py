"""What changed from one version of a post to the next, for people to read. Pure.

Words are compared, not letters: who put one word right sees that word. How much is read and
compared for one page is bounded; beyond it versions just stand below each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, Literal, TypeAlias

from fedinet.markup.sanitise import plain_text
from fedinet.polls.model import titles_of
from fedinet.posts.model import Post, Revision
from fedinet.posts.shown import ShownFile, files_then

MOST_STEPS: Final = 60_000
"""Pairs of words that are compared for one page: about 10 ms."""
MOST_READ: Final = 200_000
"""Characters of HTML that are read to be compared for one page: about 20 ms."""
_AROUND: Final = 6
"""Unchanged words that are shown on each side of a change."""

Mark: TypeAlias = Literal["same", "added", "removed"]
_CHANGES: Final[tuple[Mark, ...]] = ("removed", "added")


@dataclass(frozen=True, slots=True)
class Part:
    mark: Mark
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version, and what is other than in the one ``before``. Empty: the same, or not known."""

    revision: Revision
    files: tuple[ShownFile, ...]
    asked: tuple[str, ...]
    words: tuple[Part, ...] = ()
    note: tuple[Part, ...] = ()
    described: tuple[tuple[Part, ...], ...] = ()
    """Files that were there before, and are described otherwise."""
    added: tuple[ShownFile, ...] = ()
    removed: tuple[ShownFile, ...] = ()
    options: tuple[Part, ...] = ()

    @property
    def is_changed(self) -> bool:
        told = (self.words, self.note, self.described, self.added, self.removed, self.options)
        return any(told)


def versions_of(post: Post, revisions: Sequence[Revision]) -> list[Version]:
    """All versions, the newest first. The newest changes are compared first, while that may be."""
    steps, texts = MOST_STEPS, _texts(revisions)
    told: list[Version] = []
    for at in range(len(revisions) - 1, -1, -1):
        now = revisions[at]
        version = Version(revision=now, files=files_then(post, now), asked=titles_then(post, now))
        if at:
            said, says = texts[at - 1], texts[at]
            if said is not None and says is not None:
                words, steps = compare(said, says, steps)
                version = replace(version, words=words)
            version, steps = _compared(post, revisions[at - 1], version, steps)
        told.append(version)
    return told


def titles_then(post: Post, revision: Revision) -> tuple[str, ...]:
    """The options of the poll at that time; where they are not known, those of now."""
    if revision.asked is None and revision.attachments is None and post.poll is not None:
        return post.poll.titles
    return titles_of(revision.asked or ())


def compare(before: str, now: str, steps: int) -> tuple[tuple[Part, ...], int]:
    """Say which words went and which came, and how many ``steps`` are left.

    Empty: they are the same, or it would take more steps than there are.
    """
    old, new = before.split(), now.split()
    if old == new:
        return (), steps
    first = _same(old, new)
    last = _same(old[first:][::-1], new[first:][::-1])
    middle_old, middle_new = old[first : len(old) - last], new[first : len(new) - last]
    cost = len(middle_old) * len(middle_new)
    if cost > steps:
        return (), steps
    walked = _walk(middle_old, middle_new)
    changed = (*_stay(new[:first]), *walked, *_stay(new[len(new) - last :]))
    return _joined(changed), steps - cost


def _stay(words: Sequence[str]) -> Iterator[tuple[Mark, str]]:
    return (("same", word) for word in words)


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _walk(old: Sequence[str], new: Sequence[str]) -> list[tuple[Mark, str]]:
    """Go from one text to the other by the longest common sequence of words."""
    longest = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        row, below, word = longest[i], longest[i + 1], old[i]
        for j in range(len(new) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if word == new[j] else max(below[j], row[j + 1])
    steps: list[tuple[Mark, str]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            steps.append(("same", old[i]))
            i, j = i + 1, j + 1
        elif j == len(new) or (i < len(old) and longest[i + 1][j] >= longest[i][j + 1]):
            steps.append(("removed", old[i]))
            i += 1
        else:
            steps.append(("added", new[j]))
            j += 1
    return steps


def _joined(steps: Sequence[tuple[Mark, str]]) -> tuple[Part, ...]:
    """Words to runs of words: of those that stay only the nearest, what went before what came."""
    runs = [
        (is_same, list(run)) for is_same, run in groupby(steps, key=lambda step: step[0] == "same")
    ]
    parts: list[Part] = []
    for at, (is_same, run) in enumerate(runs):
        if is_same:
            words = [word for _, word in run]
            ends = (at == 0, at == len(runs) - 1)
            parts.append(Part("same", _shortened(words, opens=ends[0], closes=ends[1])))
            continue
        for mark in _CHANGES:
            words = [word for found, word in run if found == mark]
            if words:
                parts.append(Part(mark, " ".join(words)))
    return tuple(parts)


def _shortened(words: Sequence[str], *, opens: bool, closes: bool) -> str:
    """The words next to a change; none are next to one before the first, and after the last."""
    head: Sequence[str] = () if opens else words[:_AROUND]
    tail: Sequence[str] = () if closes else words[-_AROUND:]
    if len(words) <= len(head) + len(tail):
        return " ".join(words)
    return " ".join((*head, "…", *tail))


def _compared(post: Post, before: Revision, version: Version, steps: int) -> tuple[Version, int]:
    now = version.revision
    note, steps = compare(before.content_note, now.content_note, steps)
    options, steps = compare(
        " / ".join(titles_then(post, before)), " / ".join(version.asked), steps
    )
    version = replace(version, note=note, options=options)
    if before.attachments is None or now.attachments is None:
        return version, steps
    earlier = {_name(found): found for found in files_then(post, before)}
    present = {_name(found): found for found in version.files}
    described: list[tuple[Part, ...]] = []
    for name in [name for name in present if name in earlier]:
        parts, steps = compare(earlier[name].description, present[name].description, steps)
        described += [parts] if parts else []
    return replace(
        version,
        described=tuple(described),
        added=tuple(found for name, found in present.items() if name not in earlier),
        removed=tuple(found for name, found in earlier.items() if name not in present),
    ), steps


def _texts(revisions: Sequence[Revision]) -> list[str | None]:
    """What each says, without markup; None of those before the newest that may be read."""
    left, texts = MOST_READ, list[str | None]()
    for one in reversed(revisions):
        left -= len(one.html)
        texts.append(f"{one.title} {plain_text(one.html)}" if left >= 0 else None)
    return texts[::-1]


def _name(found: ShownFile) -> tuple[int | None, str]:
    return found.of.media_id, found.of.url
