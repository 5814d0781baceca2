"""The text of the demo: complete, in order, and playable as written."""

import re
from datetime import timedelta

import msgspec
import pytest

from fedinet.accounts.model import (
    MAX_BIO,
    MAX_COMMUNITY_NAME,
    MAX_FIELD_NAME,
    MAX_FIELD_VALUE,
    MAX_NAME,
    MAX_PURPOSE,
)
from fedinet.actors.model import check_username
from fedinet.audiences.model import Visibility
from fedinet.demo.model import BadCast, Community, Person, Scene, Script, check, name_people
from fedinet.demo.script import edition, read_script


def test_three_communities_of_six_to_ten_people_with_a_character_of_their_own() -> None:
    communities = read_script().communities
    assert len(communities) == 3
    for kind in ("name", "purpose", "hue", "key"):
        assert len({getattr(community, kind) for community in communities}) == 3
    assert {community.language for community in communities} >= {"en", "nl"}
    for community in communities:
        assert 6 <= len(community.people) <= 10
        assert community.people[0].role == "owner"


def test_everything_in_it_passes_the_rules_of_the_forms() -> None:
    script = read_script()
    for community in script.communities:
        assert len(community.name) <= MAX_COMMUNITY_NAME
        assert len(community.purpose) <= MAX_PURPOSE
    for person in script.people().values():
        assert check_username(person.username) == person.username
        assert len(person.name) <= MAX_NAME
        assert 0 < len(person.bio) <= MAX_BIO
        for name, value in person.fields.items():
            assert len(name) <= MAX_FIELD_NAME
            assert len(value) <= MAX_FIELD_VALUE


def test_it_shows_every_audience_and_everything_that_people_do() -> None:
    script = read_script()
    scenes = script.scenes
    without_stewards = set(Visibility) - {Visibility.ALLIES}
    assert {scene.to for scene in scenes} == without_stewards
    for wanted in ("answers", "edits", "note", "likes", "boosts", "language"):
        assert any(getattr(scene, wanted) for scene in scenes), wanted
    assert any(re.search(r"#\w", scene.text) for scene in scenes)
    people = script.people().values()
    assert all(any(p.asks for p in c.people) for c in script.communities), "open requests"
    assert all(any(s.by == p.username for s in scenes) for p in people if p != script.guest)


def test_people_are_named_as_those_would_who_write() -> None:
    assert name_people("{ada} and {bo}!", {"ada": "@ada", "bo": "@bo@b.example"}) == (
        "@ada and @bo@b.example!"
    )


def test_the_edition_is_that_of_the_text() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", edition())


@pytest.mark.parametrize(
    ("ago", "age"),
    [
        ("2d 4h", timedelta(days=2, hours=4)),
        ("1d", timedelta(days=1)),
        ("3h 5m", timedelta(hours=3, minutes=5)),
        ("35m", timedelta(minutes=35)),
    ],
)
def test_times_are_read_as_people_write_them(ago: str, age: timedelta) -> None:
    assert scene(ago=ago).age == age


@pytest.mark.parametrize("ago", ["", "soon", "4", "2h 1d", "-1h"])
def test_a_time_that_is_none_is_refused(ago: str) -> None:
    with pytest.raises(BadCast, match="not a time"):
        _ = scene(ago=ago).age


ADA, BO, CY = "ada", "bo", "cy"


@pytest.mark.parametrize(
    ("scenes", "complaint"),
    [
        pytest.param([{"by": "nobody"}], "unknown", id="an author whom nobody knows"),
        pytest.param([{"text": "for {nobody}"}], "unknown", id="a mention of nobody"),
        pytest.param([{"answers": "later"}], "before it happens", id="an answer to nothing"),
        pytest.param([{"id": "a"}, {"id": "a"}], "two scenes", id="two of one name"),
        pytest.param([{"ago": "1h"}, {"ago": "2h"}], "order of time", id="backwards in time"),
        pytest.param([{"likes": (CY,)}], "cannot have seen", id="a like from where it never came"),
        pytest.param(
            [{"to": Visibility.COMMUNITY, "likes": (BO,)}],
            "cannot have seen",
            id="a community's own post liked from outside",
        ),
        pytest.param(
            [{"to": Visibility.FOLLOWERS, "boosts": (CY,)}],
            "cannot have seen",
            id="a post to followers shared by a stranger",
        ),
        pytest.param(
            [{"id": "a", "to": Visibility.MENTIONED}, {"by": BO, "answers": "a"}],
            "cannot have seen",
            id="an answer to a letter to somebody else",
        ),
        pytest.param([{"by": "guest"}], "the guest", id="the guest before the visit"),
    ],
)
def test_a_script_that_could_not_be_played_is_refused(
    scenes: list[dict[str, object]], complaint: str
) -> None:
    with pytest.raises(BadCast, match=complaint):
        check(script(*(scene(**given) for given in scenes)))


def test_a_script_that_can_be_played_is_not() -> None:
    check(
        script(
            scene(id="a", likes=(BO,), boosts=(BO,)),
            scene(id="b", by=BO, answers="a", text="for {cy}", likes=(ADA, CY)),
            scene(id="c", to=Visibility.MENTIONED, text="{bo}"),
            scene(by=BO, answers="c", to=Visibility.MENTIONED),
        )
    )


def test_a_person_twice_is_refused() -> None:
    twice = msgspec.structs.replace(script(), guest=person(ADA))
    with pytest.raises(BadCast, match="two people"):
        check(twice)


def scene(**given: object) -> Scene:
    return Scene(**{"ago": "1h", "by": ADA, "text": "Hello.", **given})  # pyright: ignore[reportArgumentType]


def person(name: str, *follows: str) -> Person:
    return Person(username=name, name=name, bio="Somebody.", follows=follows)


def script(*scenes: Scene) -> Script:
    """Bo, next door, follows ada; cy, in a third place, follows nobody."""
    homes = {"here": person(ADA), "there": person(BO, ADA), "away": person(CY)}
    communities = tuple(
        Community(
            key=key, name=key, purpose="", language="en", time_zone="UTC", hue=1, people=(who,)
        )
        for key, who in homes.items()
    )
    return Script(
        communities=communities,
        scenes=scenes,
        guest=person("guest"),
        guest_followers=(),
        guest_scenes=(),
    )
