"""Follow and its relatives as they stand on the wire, and as peers write them."""

from typing import Any

import pytest

from fedinet.follows import activities
from fedinet.follows.activities import NamedFollow
from fedinet.kernel.ids import ActorUri
from fedinet.vocab.activity import parse_activity, reduce_foreign

ADA = ActorUri("https://home.example/users/ada")
BO = ActorUri("https://b.example/users/bo")
SENT = "https://b.example/users/bo#follows/12"


def test_a_follow_is_addressed_to_whom_it_follows() -> None:
    document = activities.follow(ADA, BO, uri="https://home.example/activities/1")

    assert document == {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": "https://home.example/activities/1",
        "type": "Follow",
        "actor": ADA,
        "object": BO,
        "to": [BO],
    }


@pytest.mark.parametrize("answer", [activities.accept_follow, activities.reject_follow])
def test_an_answer_embeds_the_follow_as_it_was_sent(answer: Any) -> None:
    document = answer(BO, ADA, uri=SENT)

    assert document["actor"] == ADA and document["to"] == [BO]
    assert document["id"].startswith("https://home.example/activities/")
    assert document["object"] == {"id": SENT, "type": "Follow", "actor": BO, "object": ADA}


def test_a_follow_that_had_no_id_is_answered_without_one() -> None:
    assert "id" not in activities.accept_follow(BO, ADA, uri="")["object"]  # pyright: ignore[reportOperatorIssue]


OURS = "https://home.example/activities/1"


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        pytest.param(OURS, NamedFollow(OURS), id="only its id"),
        pytest.param(
            {"id": OURS, "type": "Follow", "actor": ADA, "object": BO},
            NamedFollow(OURS, ADA, BO, is_embedded=True),
            id="embedded",
        ),
        pytest.param(
            {"type": "Follow", "actor": {"id": ADA, "type": "Person"}, "object": [BO]},
            NamedFollow(None, ADA, BO, is_embedded=True),
            id="without id, with objects",
        ),
        pytest.param(
            [{"id": OURS, "type": ["Follow"], "actor": ADA, "object": BO}],
            NamedFollow(OURS, ADA, BO, is_embedded=True),
            id="in arrays",
        ),
        pytest.param({"id": OURS, "type": "Join"}, NamedFollow(OURS), id="something else"),
        pytest.param({}, NamedFollow(), id="nothing"),
    ],
)
def test_what_an_accept_is_about_is_read_in_every_shape(about: Any, expected: NamedFollow) -> None:
    accept = parse_activity({"id": f"{BO}#a", "type": "Accept", "actor": BO, "object": about})

    assert activities.read_follow(reduce_foreign(accept)) == expected
