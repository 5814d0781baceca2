"""What a proof is enough for, when somebody else than the actor brings an activity."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from fedinet.inbox.hearsay import attested, is_transferable
from fedinet.vocab.activity import Document, parse_activity

NOW = datetime(2026, 5, 1, tzinfo=UTC)
BO = "https://b.example/users/bo"
CREATE = {
    "id": "https://b.example/creates/1",
    "type": "Create",
    "actor": BO,
    "object": {"id": "https://b.example/notes/1", "type": "Note"},
}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param({}, True, id="a post"),
        pytest.param({"type": "Announce"}, True, id="a boost"),
        pytest.param({"type": "Delete"}, True, id="a deletion"),
        pytest.param({"type": "Undo", "object": {"type": "Like"}}, True, id="a like taken back"),
        pytest.param({"type": "Undo", "object": {"type": "Follow"}}, False, id="an unfollow"),
        pytest.param({"type": "Undo", "object": {"type": "Block"}}, False, id="an unblock"),
        pytest.param({"type": "Undo", "object": BO + "/1"}, False, id="who knows what, taken back"),
        pytest.param(
            {"type": "Undo", "object": [{"type": "Like"}, {"type": "Block"}]},
            False,
            id="an unblock behind a like taken back",
        ),
        pytest.param({"type": "Follow"}, False, id="a follow"),
        pytest.param({"type": "Accept"}, False, id="an answer"),
        pytest.param({"type": "Block"}, False, id="a block"),
        pytest.param({"type": "Move"}, False, id="a move"),
        pytest.param({"type": "Flag"}, False, id="a report"),
    ],
)
def test_what_may_have_changed_since_is_not_believed_from_others(
    members: Mapping[str, object], expected: bool
) -> None:
    assert is_transferable(parse_activity({**CREATE, **members})) is expected


class Says:
    """A witness that attests one document."""

    def __init__(self, document: Document | None) -> None:
        self.document = document

    async def attested(self, body: bytes, *, actor: str, now: datetime) -> Document | None:
        assert (body, actor, now) == (b"...", BO, NOW)
        return self.document


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(CREATE, True, id="the same"),
        pytest.param({**CREATE, "to": ["https://a.example/users/ada"]}, True, id="more of it"),
        pytest.param(None, False, id="nothing"),
        pytest.param({**CREATE, "id": "https://b.example/creates/2"}, False, id="another"),
        pytest.param({**CREATE, "type": "Follow"}, False, id="of another type"),
        pytest.param({**CREATE, "type": "Delete"}, False, id="the opposite"),
        pytest.param({**CREATE, "actor": "https://b.example/users/eve"}, False, id="of another"),
        pytest.param({**CREATE, "type": None}, False, id="nonsense"),
    ],
)
async def test_what_is_attested_has_to_be_what_was_brought(
    document: Document | None, expected: bool
) -> None:
    found = await attested(Says(document), b"...", parse_activity(CREATE), NOW)
    assert (found is not None) is expected
