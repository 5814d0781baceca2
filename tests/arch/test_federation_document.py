"""FEDERATION.md says what the code does: every activity, object type and reason is in it."""

import re
from pathlib import Path

import pytest

from fedinet.wiring.handlers import HANDLERS

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "FEDERATION.md").read_text()


@pytest.mark.parametrize("activity_type", sorted({key[0] for key in HANDLERS}))
def test_every_activity_with_a_handler_is_listed(activity_type: str) -> None:
    assert f"`{activity_type}`" in DOCUMENT


@pytest.mark.parametrize(
    "object_type", sorted({key[1] for key in HANDLERS} - {"?", "*", "Actor", "Tombstone"})
)
def test_every_object_type_with_a_handler_is_listed(object_type: str) -> None:
    assert f"`{object_type}`" in DOCUMENT


def reasons() -> set[str]:
    sources = [path.read_text() for path in (ROOT / "fedinet").rglob("*.py")]
    found = [
        re.findall(r'(?:Dropped|FollowRefused|MoveRefused|NoPost)\(\s*"([a-z_]+)"', text)
        for text in sources
    ]
    return {reason for some in found for reason in some}


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_every_reason_is_listed(reason: str) -> None:
    assert f"`{reason}`" in DOCUMENT
