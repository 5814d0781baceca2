"""Lists as Mastodon, GoToSocial and people write them; what cannot be used is told apart."""

import json
from datetime import UTC, datetime
from threading import get_ident
from unittest.mock import AsyncMock, Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.net.fetch import Fetcher
from fedinet.policy.document import RuleDocument
from fedinet.policy.lists import reading as list_reading
from fedinet.policy.lists.document import ListDocument
from fedinet.policy.lists.entries import (
    GRACE,
    HEADER,
    Caps,
    compare,
    rule_of,
    take_theirs,
    with_parents,
    write_csv,
    write_gotosocial,
    write_plain,
)
from fedinet.policy.lists.formats import (
    BadLines,
    Entry,
    Format,
    Reading,
    Severity,
    decode,
    read_list,
)

NOW = datetime(2026, 5, 3, tzinfo=UTC)


def fires(name: str, policy: str = "drop", kind: str = "Recommendation") -> dict[str, object]:
    return {
        "type": kind, "entityKind": "domain", "entityKey": name, "recommendedPolicy": policy,
        "labels": ["https://f.example/labels/spam"],
    }  # fmt: skip


MASTODON = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
bad.example,suspend,true,true,"spam, and more",false
LOUD.example,silence,false,false,,true
*.wild.example,noop,true,false,,false
b**.example,suspend,false,false,,true
bad.example,silence,false,false,twice,false
bücher.example,suspend,,,"two\r\nlines and a \x00",
"""


def test_mastodons_csv_is_read_and_written_alike() -> None:
    read = read_list("\ufeff" + MASTODON.replace("\n", "\r\n"))

    assert [(e.domain, e.severity.word, e.reject_media) for e in read.entries] == [
        ("bad.example", "suspend", True),
        ("loud.example", "silence", False),
        ("wild.example", "noop", True),
        ("xn--bcher-kva.example", "suspend", False),
    ]
    assert read.entries[-1].public_comment == "two lines and a"
    assert [(u.line, u.text, u.is_masked) for u in read.unread] == [(5, "b**.example", True)]
    assert (read.format, read.repeats, read.bad) == (Format.MASTODON, 1, ())
    rules = rules_of(read.entries)
    written = write_csv(rules)
    assert written.splitlines()[0] == ",".join(HEADER)
    assert 'bad.example,suspend,true,true,"spam, and more",false' in written
    assert "loud.example,silence,false,false,,true" in written
    assert rules_of(read_list(written).entries) == sorted(rules, key=lambda rule: rule.key)


def test_what_goes_out_to_gotosocial_and_as_lines_comes_back() -> None:
    rules = rules_of(read_list(MASTODON).entries)
    refused = [rule for rule in rules if rule.verdict == "reject"]
    out = write_gotosocial(rules)
    assert json.loads(out)[0] == {
        "domain": "bad.example", "public_comment": "spam, and more", "obfuscate": False,
    }  # fmt: skip
    again = read_list(out)
    assert again.format is Format.GOTOSOCIAL
    assert [e.domain for e in again.entries] == [r.domains[0] for r in refused]
    plain = read_list(write_plain(rules))
    assert plain.format is Format.PLAIN and [e.domain for e in plain.entries] == [
        e.domain for e in again.entries
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a.example\n# a note\n b.example # why\n\n", id="plain"),
        pytest.param("domain\na.example\nb.example", id="one column"),
        pytest.param('"#domain";"#severity"\na.example;suspend\nb.example;block', id="excel"),
        pytest.param(json.dumps(["a.example", {"domain": "b.example"}]), id="json of both"),
        pytest.param('\ufeff[{"domain":"a.example","public_comment":"x"},{"domain":"b.example"}]',
                     id="gotosocial"),
        pytest.param(
            json.dumps({"blocks": {
                "a.example": {"isBlocked": True, "reason": "x", "tags": ["spam"]},
                "b.example": {"isBlocked": True},
            }}), id="rapidblock"),
        pytest.param(
            json.dumps({"type": "OrderedCollection", "orderedItems": [
                fires("a.example"), fires("b.example", "reject"),
                fires("c.example", kind="Retraction"), fires("d.example", kind="Advisory"),
                {"entityKind": "actor", "type": "Recommendation", "entityKey": "x@e.example"}, 7,
            ]}), id="fires"),
    ],
)  # fmt: skip
def test_other_forms(text: str) -> None:
    read = read_list(text, strict=True)
    assert [entry.domain for entry in read.entries] == ["a.example", "b.example"]
    assert {entry.severity for entry in read.entries} == {Severity.SUSPEND}
    if read.format in (Format.RAPIDBLOCK, Format.FIRES):
        assert read.entries[0].labels == ("spam",)


UNCLOSED = '#domain,#severity\n"a.example,suspend'


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "[", "[1, null]", "#domain\n", "<html>", "com", UNCLOSED, "[" * 100_000],
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(Unprocessable):
        read_list(text)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("com,suspend,,,,", 2),
        ("*.co.uk,suspend,,,,", 2),
        ("a b,suspend,,,,", 2),
        ("x.example,murder,,,,", 2),
        ("x.example,suspend,perhaps,,,", 2),
        ("x.example,suspend,,,a comma, without quotes,", 2),
        ("\nx_,suspend,,,,", 3),
    ],
)
def test_a_line_that_cannot_be_right_is_named_and_refuses_all(line: str, number: int) -> None:
    text = MASTODON.replace("\n", f"\n{line}\n", 1)
    with pytest.raises(BadLines) as refused:
        read_list(text, strict=True)
    assert [one.line for one in refused.value.bad] == [number]
    assert [one.line for one in read_list(text).bad] == [number]


def test_lists_have_limits() -> None:
    with pytest.raises(Unprocessable, match="60000"):
        read_list("\n".join(f"d{n}.example" for n in range(60_001)))
    with pytest.raises(Unprocessable, match="UTF-8"):
        decode(b"\xff\xfe")
    with pytest.raises(Unprocessable, match="bytes"):
        decode(b"a" * 10_000_001)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    for kind in Format:
        try:
            read = read_list(text, kind)
        except Unprocessable:
            continue
        assert all("\0" not in one.text for one in read.unread)


def test_a_server_that_is_suspended_elsewhere_is_refused_and_can_come_back() -> None:
    rule = rule_of(Entry(domain=Domain("a.example")), source="list:worst", note="", draft=True)
    assert rule is not None
    assert (rule.verdict, rule.effects, rule.tier, rule.draft) == (
        "reject", ["freeze_follows"], "subscription", True,
    )  # fmt: skip


def test_a_list_is_laid_beside_our_rules_and_its_word_can_be_taken() -> None:
    two = RuleDocument(key="two", domains=["bad.example", "x.example"], effects=["limit"])
    same = RuleDocument(key="loud.example", domains=["loud.example"],
                        effects=["limit", "require_approval"], reason="our words")  # fmt: skip
    text = MASTODON + "we.example,suspend,,,,\nidle.example,noop,,,,\nfollow.example,,,,,\n"
    found = compare(
        read_list(text).entries, {"two": two, same.key: same}, caps=Caps(), note="n", draft=True,
        followed=with_parents([Domain("a.follow.example")]), ours=[Domain("my.we.example")],
        now=NOW,
    )  # fmt: skip
    assert [rule.key for rule in found.new] == [
        "wild.example", "xn--bcher-kva.example", "follow.example",
    ]  # fmt: skip
    assert (found.agreeing, found.nothing, found.about_us) == (1, 1, ("we.example",))
    assert found.softened == ("follow.example",) and found.new[-1].review == NOW + GRACE
    [differing] = found.differing
    assert (differing.domain, differing.ours) == ("bad.example", two)
    put, remove = take_theirs(found.differing)
    assert [(rule.key, rule.domains, rule.verdict, rule.draft) for rule in put] == [
        ("two", ["x.example"], None, False),
        ("bad.example", ["bad.example"], "reject", False),
    ]
    assert remove == []


def rules_of(entries: tuple[Entry, ...]) -> list[RuleDocument]:
    made = (rule_of(entry, source="manual", note="", draft=False) for entry in entries)
    return [rule for rule in made if rule is not None]


async def test_a_long_list_is_read_aside_so_that_the_process_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    threads: list[int] = []

    def noted(text: str, kind: Format) -> Reading:
        threads.append(get_ident())
        return read_list(text, kind)

    monkeypatch.setattr(list_reading, "read_list", noted)
    fetcher = Mock(spec=Fetcher)
    fetcher.get = AsyncMock(return_value=Mock(status=200, body=b"loud.example", headers={}))
    document = ListDocument(name="worst", url="https://lists.example/worst.txt")
    fetched = await list_reading.fetch_list(fetcher, document)
    assert fetched is not None and [one.domain for one in fetched.reading.entries] == [
        "loud.example"
    ]
    assert threads != [get_ident()]
