"""Makes the replay files that come with the project: ``python -m tests.replays``.

Each tells of something that happened to communities, mixed with ordinary traffic
of people whom members follow. Names are made up; the same every time.

Sources: the mention spam of 15 February 2024 (fresh accounts on abandoned servers with open
registration, mastodon.social's and others' reports); Mastodon issues 21977 (endless
sub-domains) and 11512 (thousands of follows of a new server); Pleroma's HellthreadPolicy.
"""

import gzip
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

Made = dict[str, Any]
FOLDER: Final = Path(__file__).parents[1] / "fedinet" / "policy" / "past" / "replays"
START: Final = datetime(2024, 2, 15, 14, tzinfo=UTC)
_FRIENDS: Final = 40
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, make in REPLAYS.items():
        (FOLDER / f"{name}.jsonl.gz").write_bytes(gzip.compress(written(make), mtime=0))
    return 0


def written(make: Callable[[Random], tuple[Made, Iterable[Made]]]) -> bytes:
    """The lines of one replay, unpacked: its head, then everything in the order of its time."""
    head, lines = make(Random(head_seed(make.__name__)))  # noqa: S311  # the same every time
    ordered = sorted(lines, key=lambda line: line["at"])
    return b"".join(
        json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        for line in (head, *ordered)
    )


def head_seed(name: str) -> int:
    return sum(map(ord, name))


def mention_wave(random: Random) -> tuple[Made, Iterable[Made]]:
    servers = [f"{word(random, 7)}.example" for _ in range(120)]

    def wave() -> Iterator[Made]:
        for number in range(2000):
            at = START + timedelta(seconds=number * 7 + random.randrange(7))
            server = servers[number % len(servers)]
            met = number % 250 == 0  # a few came from a server where a member knew somebody
            yield line(
                at, "known.example" if met else server, word(random, 10), "wave",
                outside={"audience": "everyone", "reaches_out": True, "mentions": 2, "media": 1,
                         "links": 1, "link_domains": ["chat.example"], "language": "ja",
                         "published": stamp(at), "signature": "cavage"},
                facts=fresh(at, server_age=timedelta(days=9) if met else timedelta(0), met=met),
                text="Come to our server, everybody is there: https://chat.example/x",
            )  # fmt: skip

    def cleaning() -> Iterator[Made]:
        for number in range(200):
            at = START + timedelta(hours=6, seconds=number * 5)
            yield line(
                at, servers[number % len(servers)], word(random, 10), "taken back",
                activity="Delete", object="Actor",
                outside={"audience": "everyone", "is_shrinking": True, "signature": "cavage"},
                facts=fresh(at, server_age=timedelta(hours=6)),
            )  # fmt: skip

    about = (
        "Mention spam of February 2024: accounts made minutes before, without followers, on"
        " abandoned servers with open registration, write to strangers with a picture and a link."
    )
    lines = [*wave(), *cleaning(), *ordinary(random, 600, hours=7), *strangers(random, 40, hours=7)]
    return head("mention-wave", about), lines


def subdomain_bomb(random: Random) -> tuple[Made, Iterable[Made]]:
    def wave() -> Iterator[Made]:
        for number in range(10_000):
            at = START + timedelta(milliseconds=number * 360)
            yield line(
                at, f"{word(random, 8)}.bomb.example", word(random, 6), "wave",
                outside={"audience": "everyone", "reaches_out": True, "mentions": 5,
                         "published": stamp(at), "signature": "cavage"},
                facts=fresh(at),
            )  # fmt: skip

    about = (
        "Ten thousand sub-domains of one domain, each with an actor of its own who answers and"
        " mentions the next: meant to make servers ask without end."
    )
    return head("subdomain-bomb", about), [*wave(), *ordinary(random, 300, hours=1)]


def follow_flood(random: Random) -> tuple[Made, Iterable[Made]]:
    def wave() -> Iterator[Made]:
        for number in range(5000):
            at = START + timedelta(milliseconds=number * 700)
            yield line(
                at, "flood.example", word(random, 9), "wave", activity="Follow", object="Actor",
                outside={"audience": "mentioned", "signature": "cavage"},
                facts=fresh(at, server_age=at - START),
            )  # fmt: skip

    about = (
        "Five thousand follows within an hour, of a server that was never seen before. The"
        " cautious mode does not hold follows: a rule with a rate is for this."
    )
    return head("follow-flood", about), [*wave(), *ordinary(random, 300, hours=1)]


def hellthread(random: Random) -> tuple[Made, Iterable[Made]]:
    servers = [f"{word(random, 6)}.example" for _ in range(20)]

    def wave() -> Iterator[Made]:
        for number in range(600):
            at = START + timedelta(seconds=number * 12)
            place = random.randrange(len(servers))
            met = place < 5
            yield line(
                at, servers[place], f"{servers[place][:3]}{place}", "wave",
                outside={"audience": "everyone", "reaches_out": True,
                         "mentions": 30 + random.randrange(40), "published": stamp(at),
                         "language": "en", "signature": "cavage"},
                facts={**fresh(at, server_age=timedelta(days=90), met=met),
                       "actor_published": stamp(at - timedelta(days=400)),
                       "actor_first_seen": stamp(at - timedelta(days=3)), "followers": 60},
                text="No, you started it.",
            )  # fmt: skip

    about = (
        "A thread in which everybody is mentioned in every answer, thirty people and more, for"
        " two hours; some of the servers are known here."
    )
    return head("hellthread", about), [*wave(), *ordinary(random, 300, hours=2)]


def ordinary(random: Random, count: int, *, hours: int) -> Iterator[Made]:
    """What people whom members follow do: write, answer, mention, thank, share, delete."""
    kinds: tuple[tuple[str, str, Made], ...] = (
        ("Create", "Note", {"audience": "everyone"}),
        ("Create", "Note", {"audience": "followers"}),
        ("Create", "Note", {"audience": "everyone", "reaches_out": True, "mentions": 1}),
        ("Create", "Note", {"audience": "mentioned", "reaches_out": True, "mentions": 1}),
        ("Create", "Note", {"audience": "everyone", "media": 2, "links": 1,
                            "link_domains": ["news.example"], "tags": ["craft"]}),
        ("Announce", "?", {"audience": "everyone"}),
        ("Like", "?", {"audience": "mentioned"}),
        ("Update", "Note", {"audience": "everyone"}),
        ("Delete", "Tombstone", {"audience": "everyone", "is_shrinking": True}),
    )  # fmt: skip
    for _ in range(count):
        at = START + timedelta(milliseconds=random.randrange(hours * 3_600_000))
        who = random.randrange(_FRIENDS)
        activity, kind, outside = random.choice(kinds)
        spoken = {"language": "en", "published": stamp(at)} if activity == "Create" else {}
        yield line(
            at, f"friends{who % 12}.example", f"friend{who}", "ordinary",
            activity=activity, object=kind, outside={**outside, **spoken, "signature": "cavage"},
            facts=known(at, who),
            text="Bread is ready, come by." if activity == "Create" else None,
        )  # fmt: skip


def strangers(random: Random, count: int, *, hours: int) -> Iterator[Made]:
    """Kind people whom nobody here knows, who write to a member first."""
    for number in range(count):
        at = START + timedelta(milliseconds=random.randrange(hours * 3_600_000))
        yield line(
            at, f"{word(random, 6)}.example", f"kind{number}", "strangers",
            outside={"audience": "everyone", "reaches_out": True, "mentions": 1, "language": "en",
                     "published": stamp(at), "signature": "cavage"},
            facts={**fresh(at), "actor_published": stamp(at - timedelta(days=700)),
                   "followers": 120},
            text="I liked your talk, thank you.",
        )  # fmt: skip


def head(name: str, about: str) -> Made:
    return {"replay": 1, "name": name, "about": about}


def line(
    at: datetime,
    server: str,
    name: str,
    label: str,
    *,
    outside: Made,
    facts: Made,
    activity: str = "Create",
    object: str = "Note",  # the protocol calls it so
    text: str | None = None,
) -> Made:
    made: Made = {
        "at": stamp(at), "label": label, "domain": server,
        "actor": f"https://{server}/users/{name}", "activity": activity, "object": object,
        "size_bytes": 1800, "outside": outside, "facts": facts,
    }  # fmt: skip
    return made if text is None else {**made, "text": text}


def fresh(at: datetime, *, server_age: timedelta = timedelta(0), met: bool = False) -> Made:
    """What is known of an account that was made a moment ago, on a server that nobody knows."""
    return {
        "met": met, "software": "mastodon", "server_first_seen": stamp(at - server_age),
        "actor_kind": "Person", "actor_published": stamp(at - timedelta(minutes=12)),
        "actor_first_seen": stamp(at), "followers": 0, "relations": ["stranger"],
    }  # fmt: skip


def known(at: datetime, who: int) -> Made:
    relations = ["followed", "follows_us", "mutual"] if who % 3 else ["followed"]
    return {
        "met": True, "software": "mastodon", "server_first_seen": stamp(at - timedelta(days=300)),
        "actor_kind": "Person", "actor_published": stamp(at - timedelta(days=900)),
        "actor_first_seen": stamp(at - timedelta(days=200)), "followers": 150 + who,
        "relations": relations,
    }  # fmt: skip


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def word(random: Random, length: int) -> str:
    return "".join(random.choices(_LETTERS, k=length))


REPLAYS: Final = {
    "mention-wave": mention_wave,
    "subdomain-bomb": subdomain_bomb,
    "follow-flood": follow_flood,
    "hellthread": hellthread,
}

if __name__ == "__main__":
    sys.exit(main())
