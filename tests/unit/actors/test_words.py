"""What of somebody's profile stands under their name."""

from dataclasses import replace

import pytest

from fedinet.actors.words import headline, in_short, namesakes
from tests.unit.posts.test_activities import an_actor


@pytest.mark.parametrize(
    ("bio", "line"),
    [
        pytest.param("<p>Carpenter &amp; <b>joiner</b></p>", "Carpenter & joiner", id="short"),
        pytest.param("<p>Boat builder.</p><p>And so on</p>", "Boat builder", id="first line"),
        pytest.param("Boat builder. " + "Steam. " * 20, "Boat builder", id="first sentence"),
        pytest.param(
            "Maps from the air and then on my knees, because the air is wrong, and often so.",
            "Maps from the air and then on my knees",
            id="before a comma",
        ),
        pytest.param("Sailmaker: " + "cloth " * 20, "Sailmaker", id="before a colon"),
        pytest.param(
            "木と煉瓦の建築家です。" + "家を建てます。" * 20,
            "木と煉瓦の建築家です",
            id="of other scripts",
        ),
        pytest.param("Engineer :rust: in Ghent", "Engineer in Ghent", id="pictures of names"),
        pytest.param(
            "Prof. dr. ir. X. " + "who writes long sentences " * 5, "", id="titles end none"
        ),
        pytest.param(
            "I sit at tables between " + "the plan and " * 9, "", id="no half of a phrase"
        ),
        pytest.param("a" * 500, "", id="one word"),
        pytest.param("", "", id="nothing"),
        pytest.param("🎉🎉🎉 yes 🎉🎉🎉", "", id="a storm"),
        pytest.param("@ada@b.example", "", id="the handle of another"),
        pytest.param("\uff20willem", "", id="a handle by another sign"),
        pytest.param("\u3164\u2800" * 9, "", id="letters that show nothing"),
        pytest.param("Carpenter \u202edrow", "Carpenter drow", id="turned around"),
        pytest.param("Rust:and:more .", "Rust:and:more", id="no emoji inside of a word"),
        pytest.param("https://b.example/ada", "", id="an address"),
    ],
)
def test_it_is_short_and_whole_or_nothing(bio: str, line: str) -> None:
    assert headline(bio) == line


def test_a_bio_without_blanks_is_begun_and_not_left_out() -> None:
    assert in_short(f"<p>{'木と煉瓦の建築家です。' * 20}</p>").startswith(
        "木と煉瓦の建築家です。木と"
    )


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        pytest.param("ADA Lovelace", True, id="case"),
        pytest.param("\uff21da Lovelace", True, id="letters of another width"),
        pytest.param("Ada\u200d Love\u200clace", True, id="joiners"),
        pytest.param("Ada Lovelace\ufe0f\U000e0041", True, id="what chooses a shape"),
        pytest.param("Ada\u00a0Lovelace", True, id="another blank"),
        pytest.param("Ada Lovelace jr.", False, id="somebody else"),
    ],
)
def test_names_that_look_alike_are_told_apart(other: str, alike: bool) -> None:
    ada, forged, bo = (
        replace(an_actor(number, f"u{number}", "b.example"), name=name)
        for number, name in enumerate(("Ada Lovelace", other, "Bo"))
    )

    assert namesakes([ada, forged, bo, bo]) == ({0, 1} if alike else set())
