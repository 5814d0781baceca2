"""Whether a name is asked about that begins with a handle of somebody else."""

from dataclasses import replace

import pytest

from fedinet.markup.compose import find_mentions
from fedinet.posts.naming import (
    Offered,
    addressed,
    beginnings,
    doubtful_names,
    offer,
    read_name,
)
from tests.unit.posts.test_readership import actor


@pytest.mark.parametrize(
    ("called", "told", "asked"),
    [
        pytest.param(("Bram Bakker",), "Bram", "Bram Bakker", id="somebody else is called so"),
        pytest.param(("Bram Bakker",), "bram  BAKKÉR", None, id="so is who is told"),
        pytest.param((), "Bram", None, id="nobody is called so"),
        pytest.param(("Bram Bakkersma",), "Bram", None, id="a beginning is no name"),
        pytest.param(("Bram",), "Cy", None, id="a handle alone is plain"),
    ],
)
def test_who_is_called_so_is_meant_too_where_a_handle_leads_to_another(
    called: tuple[str, ...], told: str, asked: str | None
) -> None:
    who = replace(actor(1, "bram"), name=told)
    people = [replace(actor(2, "p"), name=name) for name in called]
    found = {"bram": who}
    [(written, leads_to)] = doubtful_names("@Bram Bakker's loaf, @bram", found)
    assert doubtful_names("@Bramble Bakker @bram-jan de", found) == ()
    ways = [(name, read_name(name)) for name in beginnings(written) if " " in name]
    offered = offer([(name, read, people) for name, read in ways if read], leads_to)
    assert offered == (None if asked is None else Offered(asked, (*people, who)))


@pytest.mark.parametrize(
    ("text", "to"),
    [
        ("@bo @cy Tea?", ("bo", "cy")),
        ("Tea? Ask @bo, or @cy", ("bo",)),
        ("@bo @bo’s car, what of @cy?", ("bo",)),
        ("@bo @ home, @cy knows", ("bo",)),
        ("No name", ()),
    ],
)
def test_a_letter_is_to_the_names_with_which_it_begins(text: str, to: tuple[str, ...]) -> None:
    assert addressed(text, find_mentions(text)) == to
