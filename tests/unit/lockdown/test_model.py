"""Lockdown: what may be asked for, and what stays open."""

import pytest

from fedinet.http.locked import stays_open
from fedinet.lockdown.model import HAPPENED, ROTATIONS, Happened, Rotation, check_rotations


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", set()),
        ("sessions,tokens", set()),
        ("sessions, actors,push", {Rotation.ACTORS, Rotation.PUSH}),
        ("all", set(Rotation) - {Rotation.SECRET}),
        ("all,secret", set(Rotation)),
    ],
)
def test_rotations_are_read(words: str, asked: set[Rotation]) -> None:
    assert check_rotations(words) == asked


def test_an_unknown_rotation_is_refused() -> None:
    with pytest.raises(ValueError, match="secrets"):
        check_rotations("actors,secrets")


@pytest.mark.parametrize(
    ("path", "owner", "stays"),
    [
        ("/sign-out", False, True),
        ("/lockdown/enter", False, True),
        ("/lockdown/enter/x", True, False),
        ("/admin/lockdown", False, False),
        ("/admin/lockdown", True, True),
        ("/settings/again", True, True),
        ("/settings/again", False, False),
        ("/sign-in", True, False),
        ("/oauth/token", True, False),
        ("/inbox", True, False),
    ],
)
def test_only_lifting_stays_open(path: str, *, owner: bool, stays: bool) -> None:
    assert stays_open(path, is_owner=owner) is stays


def test_every_word_has_a_sentence() -> None:
    assert set(HAPPENED) == set(Happened) and set(ROTATIONS) == set(Rotation) - {Rotation.SECRET}
