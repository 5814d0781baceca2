"""Mastodon's CSV files, and what spreadsheets and people make of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedinet.kernel.ids import Domain
from fedinet.kernel.tables import UnreadableList, decode_table
from fedinet.leaving.csv_files import lines
from fedinet.transfers.model import MAX_BYTES, MAX_ROWS, Kind, Reading, Reason
from fedinet.transfers.reading import UnknownKind, read_import

OURS = frozenset({Domain("here.example")})


def read(text: str, kind: Kind | None = None, name: str = "") -> Reading:
    return read_import(text, kind=kind, file_name=name, ours=OURS, username="Ada")


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Account address,Show boosts,Notify on new posts,Languages\na@b.example,true,false,\n", "",
         Kind.FOLLOWS),
        ("Account address;Show boosts;Languages\r\na@b.example;true;nl\r\n", "x.csv", Kind.FOLLOWS),
        ("Account address,Hide notifications\na@b.example,true\n", "", Kind.MUTES),
        ("a@b.example\n", "blocked_accounts (2).csv", Kind.BLOCKS),
        ("Account address\na@b.example\n", "C:\\old\\following_accounts.csv", Kind.FOLLOWS),
        ("Friends,a@b.example\n", "", Kind.LISTS),
        ("List name,Account address\nFriends,a@b.example\n", "", Kind.LISTS),
        ("bad.example\nworse.example\n", "", Kind.SERVERS),
        ("#domain\nbad.example\n", "", Kind.SERVERS),
        ("https://b.example/1;x\n\nhttps://b.example/2;y\n", "", Kind.BOOKMARKS),
    ],
)  # fmt: skip
def test_a_file_says_what_it_is(text: str, name: str, kind: Kind) -> None:
    found = read("\ufeff" + text, name=name)
    assert found.kind is kind and all(row.reason is None for row in found.rows)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("Account address\na@b.example\n", "", "Choose it"),
        ("a@b.example\n", "followers.csv", "Followers cannot"),
        ("", "lists.csv", "nothing in this file"),
        ("Account address,Show boosts\n", "", "nothing in this file"),
        ("bad.example\n" * (MAX_ROWS + 1), "", "more than 10000 lines"),
        ("\0\0", "", "no text"),
        ("x" * (MAX_BYTES + 1), "", "larger than 1000 kB"),
        ("PK\x03\x04", "", "is a spreadsheet"),
        ("x" * 200_000, "", "Choose it"),  # longer than a cell may be
    ],
)
def test_a_file_that_cannot_be_used_says_why(text: str, name: str, said: str) -> None:
    with pytest.raises(UnreadableList) as refused:
        read(decode_table(text.encode(), max_bytes=MAX_BYTES), name=name)
    assert said in refused.value.public
    assert isinstance(refused.value, UnknownKind) is (said == "Choose it")


@pytest.mark.parametrize(
    ("kind", "line", "reason"),
    [
        (Kind.FOLLOWS, "@Bo@B.example,false,true,\"nl, en\"", None),
        (Kind.FOLLOWS, "'@bo@b.example", None),
        (Kind.FOLLOWS, "bo", Reason.NO_HANDLE),
        (Kind.FOLLOWS, "=cmd|'/c calc'!A1", Reason.NO_HANDLE),
        (Kind.FOLLOWS, "a" * 300 + "@b.example", Reason.NO_HANDLE),
        (Kind.FOLLOWS, "bo@b.example,true,false,no language", Reason.BAD_LANGUAGE),
        (Kind.FOLLOWS, "ada@here.example", Reason.YOURSELF),
        (Kind.BLOCKS, "first@b.example", Reason.TWICE),
        (Kind.BLOCKS, 'bo"@b.example', None),  # a stray quotation mark is told below
        (Kind.LISTS, "Us,ada@here.example", None),
        (Kind.LISTS, ",bo@b.example", Reason.NO_TITLE),
        (Kind.SERVERS, "here.example", Reason.OURS),
        (Kind.SERVERS, "no server", Reason.NO_SERVER),
        (Kind.BOOKMARKS, "javascript:alert(1)", Reason.NO_ADDRESS),
        (Kind.BOOKMARKS, "https://b.example/" + "x" * 3000, Reason.NO_ADDRESS),
    ],
)  # fmt: skip
def test_each_line_says_what_is_wrong_with_it(kind: Kind, line: str, reason: Reason | None) -> None:
    first = {
        Kind.LISTS: "Us,first@b.example",
        Kind.SERVERS: "bad.example",
        Kind.BOOKMARKS: "https://b.example/1",
    }.get(kind, "first@b.example")
    found = read(f"{first}\n{line}\n", kind).rows
    assert [row.line for row in found] == [1, 2] and found[0].reason is None
    if '"@' in line:
        assert found[1].reason in {Reason.BROKEN, Reason.NO_HANDLE}
    else:
        assert found[1].reason is reason


def test_what_a_follow_brings_is_read_and_lists_end_at_fifty() -> None:
    head = "Account address,Show boosts,Notify on new posts,Languages\n"
    bo, cleo = read(head + 'Bo@B.example,false,true,"nl, en"\ncleo@c.example\n').rows
    assert (bo.target, bo.server) == ("bo@b.example", "b.example")
    assert (bo.boosts, bo.notify, bo.languages) == (False, True, "nl,en")
    assert (cleo.boosts, cleo.notify, cleo.languages) == (True, False, "")
    many = read("".join(f"L{n},bo@b.example\n" for n in range(51)), Kind.LISTS).rows
    assert [row.reason for row in many] == [None] * 50 + [Reason.TOO_MANY]


@settings(deadline=None)
@given(st.sampled_from([None, *Kind]), st.text(max_size=200))
def test_no_text_breaks_the_reader(kind: Kind | None, text: str) -> None:
    try:
        found = read(text, kind)
    except UnreadableList:
        return
    assert found.rows and all(row.raw is not None for row in found.rows)


def test_a_title_that_looks_like_a_formula_comes_back_as_it_was() -> None:
    written = lines([("=Us", "bo@b.example"), ("@home, -you", "bo@b.example")]).decode()
    assert written.startswith("'=Us")
    assert [row.title for row in read(written, Kind.LISTS).rows] == ["=Us", "@home, -you"]
