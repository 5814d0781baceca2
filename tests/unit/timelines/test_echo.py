"""The line that says who answered: as one says it, in both languages."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fedinet.emojis.model import Emoji
from fedinet.http.assets import Assets
from fedinet.http.pages import Pages
from fedinet.kernel.ids import ActorId
from fedinet.timelines.echo import echo_of, voices
from tests.unit.posts.test_activities import an_actor

ADA, BO, CY, DEE, EVE = range(1, 6)


@pytest.mark.parametrize(
    ("heard", "reader", "english", "dutch"),
    [
        ([BO], ADA, "Bo replied.", "Bo heeft geantwoord."),
        ([BO, CY], ADA, "Bo and Cy replied.", "Bo en Cy hebben geantwoord."),
        ([BO, CY, DEE], ADA, "Bo, Cy and Dee replied.", "Bo, Cy en Dee hebben geantwoord."),
        ([DEE, BO, CY, EVE], ADA, "Dee, Bo and others", "Dee, Bo en anderen hebben geantwoord."),
        ([BO, CY, BO], None, "Bo and Cy replied.", "Bo en Cy hebben geantwoord."),
        ([ADA], ADA, "You replied.", "Je hebt geantwoord."),
        ([BO, ADA], ADA, "You and Bo replied.", "Jij en Bo hebben geantwoord."),
        ([BO, CY, DEE, ADA], ADA, "You, Bo and others", "Jij, Bo en anderen hebben geantwoord."),
    ],
)
def test_who_answered_is_said_by_name(
    heard: Sequence[int], reader: int | None, english: str, dutch: str
) -> None:
    assert english in line(heard, reader, "en").replace("<bdi>", "").replace("</bdi>", "")
    assert dutch in line(heard, reader, "nl").replace("<bdi>", "").replace("</bdi>", "")


def test_a_name_keeps_its_direction_and_its_emoji_and_its_face_is_silent() -> None:
    shown = line([BO, CY], None, "en", cy="<שלום> :bread:")
    assert '<span class="faces" aria-hidden="true">' in shown
    assert "<bdi>Bo</bdi> and <bdi>&lt;שלום&gt; <img" in shown
    assert 'alt=":bread:"' in shown
    assert shown.count('class="avatar') == 2


def line(heard: Sequence[int], reader: int | None, language: str, *, cy: str = "Cy") -> str:
    names = {ADA: "Ada", BO: "Bo", CY: cy, DEE: "Dee", EVE: "Eve"}
    bread = (Emoji(shortcode="bread", id=1),)
    actors = {
        ActorId(number): replace(an_actor(number, "x", "home.example"), name=name, emojis=bread)
        for number, name in names.items()
    }
    me = None if reader is None else ActorId(reader)
    echo = echo_of(voices([ActorId(one) for one in heard], me), me, actors)
    environment = Pages(Assets())._environment(language)  # pyright: ignore[reportPrivateUsage]  # the macros of every page
    page = environment.from_string(
        '{% from "macros.html" import post_echo with context %}{{ post_echo(echo, "/@ada/1") }}'
    )
    return page.render(echo=echo, lang=language, dir="ltr")
