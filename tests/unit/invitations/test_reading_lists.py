"""A membership list is read whatever program saved it, and what cannot be used is told by line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.accounts.model import MAX_NAME, Role
from fedinet.invitations.listed.model import (
    MAX_BYTES,
    MAX_PEOPLE,
    BadLine,
    Guest,
    Known,
    Reading,
    preview,
)
from fedinet.invitations.listed.reading import decode_list, read_list, write_list
from fedinet.kernel.problems import Problem
from fedinet.kernel.tables import UnreadableList

ADA = Guest(line=2, name="Ada Lovelace", address="ada@home.example", role="admin", language="nl")
PLAIN = "name,e-mail,role,language\nAda Lovelace,ada@home.example,admin,nl\n"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(PLAIN.encode(), id="google"),
        pytest.param(b"\xef\xbb\xbf" + PLAIN.replace(",", ";").encode(), id="excel, utf-8"),
        pytest.param(PLAIN.replace(",", "\t").encode("utf-16"), id="excel, unicode text"),
        pytest.param(b"sep=;\r\n" + PLAIN.replace(",", ";").split("\n")[1].encode(), id="sep="),
        pytest.param(
            "Taal;Rol;E-mailadres;Volledige naam\r\nNederlands;Hoofdbeheerder;"
            '"ada@home.example";"Ada Lovelace"\r\n'.encode("cp1252"),
            id="dutch, other order",
        ),
        pytest.param(
            b"Voornaam,Tussenvoegsel,Achternaam,Geboren,E-mail,Functie,Taal\r"
            b"Ada,,Lovelace,1815,mailto:ada@home.example,admin,nl-BE\r",
            id="name in parts, old mac",
        ),
        pytest.param(b"\n Ada  Lovelace <ada@home.example> ,, admin ,NL\n\n", id="pasted"),
        pytest.param(b"\nnl\tadmin\tAda Lovelace\tada@home.example", id="guessed columns"),
    ],
)
def test_one_person_is_read_alike_from_every_program(raw: bytes) -> None:
    assert read_list(decode_list(raw)) == Reading((ADA,), ())


def test_old_windows_letters_and_addresses_alone_are_read() -> None:
    found = read_list(decode_list("Zoë Günther;zoe@home.example\n".encode("cp1252")))
    assert [(one.name, one.role, one.language) for one in found.guests] == [
        ("Zoë Günther", "member", None)
    ]
    alone = read_list("ada@home.example\nben@home.example")
    assert [(one.line, one.name) for one in alone.guests] == [(1, ""), (2, "")]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        pytest.param("Ada,,,", "email", id="no address"),
        pytest.param("Ada,ada at home,,", "email", id="no address either"),
        pytest.param('Ada,"ada@home.example\nBcc: eve@evil.example",,', "email", id="injection"),
        pytest.param("Ada,ada@home.example%0aBcc:e@e.example,,", "email", id="two in one"),
        pytest.param("=cmd|' /C calc'!A0,ada@home.example,,", "name", id="formula"),
        pytest.param("@SUM(1),ada@home.example,,", "name", id="formula of old"),
        pytest.param("x" * 300 + ",ada@home.example,,", "name", id="300 characters"),
        pytest.param("Ada,ada@home.example,king,", "role", id="unknown role"),
        pytest.param("Ada,ada@home.example,,fr", "language", id="no pages in it"),
        pytest.param("Ada,BEN@home.example,,", "email", id="twice"),
        pytest.param('"Ada,ada@home.example,,', "line", id="quotation mark"),
        pytest.param('Ada "the" ,"a"b@home.example,,', "line", id="text behind one"),
    ],
)
def test_a_bad_line_is_told_by_its_number_and_spoils_no_other(line: str, field: str) -> None:
    text = f"name,mail,role,language\nBen,ben@home.example,,\n{line}\n\nCas,cas@home.example,,\n"
    found = read_list(text)
    assert [one.name for one in found.guests] == ["Ben", "Cas"]
    assert [(bad.line, bad.problem.field) for bad in found.bad] == [(3, field)]
    assert len(found.bad[0].text) <= 60 and "\n" not in found.bad[0].text


def test_a_cell_that_is_far_too_long_is_a_bad_line_and_no_fault() -> None:
    reading = read_list("naam;mail\nAda;ada@b.example\n" + "x" * 200_000)
    assert [one.line for one in reading.bad] == [3]
    assert [one.address for one in reading.guests] == ["ada@b.example"]


def test_a_line_that_ends_in_a_cell_does_not_move_the_numbers_and_names_stay_one_line() -> None:
    text = 'mail;name;notes\na@h.example;"A\r\nB\u202e";"one\ntwo"\nnobody;x;y\n'
    found = read_list(text)
    assert [(one.line, one.name) for one in found.guests] == [(2, "A B")]
    assert [bad.line for bad in found.bad] == [5]


def test_two_addresses_in_a_line_without_names_of_columns_are_not_lost_in_silence() -> None:
    found = read_list("Ada <ada@home.example>, Ben <ben@home.example>\n")
    assert (found.guests, [bad.line for bad in found.bad]) == ((), [1])


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        pytest.param(b"PK\x03\x04rest", "spreadsheet", id="xlsx, ods"),
        pytest.param(b"\xd0\xcf\x11\xe0rest", "spreadsheet", id="xls"),
        pytest.param(b"a\0b", "no text", id="NUL"),
        pytest.param(b"\x81\x8d", "no text", id="no encoding"),
        pytest.param(b"x" * (MAX_BYTES + 1), "larger than 500 kB", id="large"),
        pytest.param(b" \r\n;;;\n", "nobody", id="empty"),
        pytest.param(b"name,e-mail\n", "nobody", id="only names of columns"),
        pytest.param(b"".join(b"a%d@h.example\n" % n for n in range(5000)), "1000", id="5000"),
        pytest.param(
            b"".join(b"a%d@h.example\n" % n for n in range(MAX_PEOPLE + 1)), "1000", id="1001"
        ),
        pytest.param(b'"x\n' * 5000, "1000", id="5000 quotation marks"),
    ],
)
def test_what_is_no_list_is_refused_with_what_to_do(raw: bytes, told: str) -> None:
    with pytest.raises(UnreadableList) as refused:
        read_list(decode_list(raw))
    assert told in refused.value.public


def test_the_largest_list_is_read_whole() -> None:
    found = read_list("e-mail\n" + "".join(f"a{n}@h.example\n" for n in range(MAX_PEOPLE)))
    assert len(found.guests) == MAX_PEOPLE and found.bad == ()


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader_and_what_it_reads_is_safe(text: str) -> None:
    try:
        found = read_list(text)
    except UnreadableList:
        return
    for one in found.guests:
        assert one.name.isprintable() and len(one.name) <= MAX_NAME
        assert one.address.isprintable() and " " not in one.address


NAMES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=30)


@given(st.lists(NAMES.filter(lambda name: name[0] not in "=+@|-"), min_size=1, max_size=5))
def test_what_a_form_carries_is_read_as_the_same(names: list[str]) -> None:
    written = [
        Guest(line=n + 2, name=name, address=f"p{n}@h.example", role="moderator", language="nl")
        for n, name in enumerate(names)
    ]
    tidied = read_list(write_list(written)).guests
    assert read_list(write_list(tidied)).guests == tidied
    assert [one.address for one in tidied] == [one.address for one in written]


def test_the_preview_says_of_every_line_what_becomes_of_it() -> None:
    reading = read_list(
        "e-mail,role\nnew@h.example,\nMember@h.example,owner\nasked@h.example,\nno@h.example,\n"
        "owner@h.example,owner\nbad@trash.example,\nnobody,\n"
    )
    trash = Problem("email", "Nobody joins here with it.")
    found = preview(
        reading,
        Known(
            members=frozenset({"member@h.example"}),
            invited=frozenset({"asked@h.example"}),
            unwilling=frozenset({"no@h.example"}),
        ),
        may_give=_below_owner,
        refused={"trash.example": trash},
    )
    assert [one.line for one in found.new] == [2]
    assert [one.line for one in found.members] == [3]
    assert [one.line for one in found.invited] == [4]
    assert [one.line for one in found.unwilling] == [5]
    assert [(bad.line, bad.problem.field) for bad in found.bad] == [
        (6, "role"), (7, "email"), (8, "email"),
    ]  # fmt: skip
    assert found.bad[1] == BadLine(7, "bad@trash.example", trash)


def _below_owner(role: Role) -> bool:
    return role != "owner"
