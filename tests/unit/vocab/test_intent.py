"""Joining, inviting and offering, in the dialects of those who do it."""

from typing import Any

import pytest

from fedinet.kernel.errors import Malformed
from fedinet.vocab.activity import each_object, parse_activity, reduce_foreign
from fedinet.vocab.intent import parse_intent

ME = "https://b.example/users/bo"
EVENT = "https://a.example/events/1"
ANNE = "https://a.example/users/anne"


@pytest.mark.parametrize(
    ("document", "about", "people", "message"),
    [
        pytest.param(
            {"type": "Join", "object": EVENT, "participationMessage": "Me too"},
            EVENT,
            (),
            "Me too",
            id="Mobilizon joins",
        ),
        pytest.param({"type": "Join", "target": EVENT}, EVENT, (), "", id="FEP-8a8e, by target"),
        pytest.param(
            {"type": "Leave", "object": {"id": EVENT, "type": "Event"}},
            EVENT,
            (),
            "",
            id="embedded",
        ),
        pytest.param(
            {"type": "Invite", "object": [ANNE, {"id": ANNE}], "target": {"id": EVENT}},
            EVENT,
            (ANNE,),
            "",
            id="AS2 invites people to an event",
        ),
        pytest.param(
            {"type": "Invite", "object": EVENT, "to": ANNE}, EVENT, (ANNE,), "", id="Friendica"
        ),
        pytest.param(
            {"type": "Offer", "object": {"type": "Relationship"}, "target": ANNE, "content": "Hi"},
            f"{ME}/1",
            (ANNE,),
            "Hi",
            id="what is offered has no id of its own",
        ),
    ],
)
def test_an_intent_says_about_what_and_whom(
    document: dict[str, Any], about: str, people: tuple[str, ...], message: str
) -> None:
    intent = parse_intent(parse_activity({"id": f"{ME}/1", "actor": ME, **document}))

    assert (intent.object, intent.people, intent.message) == (about, people, message)


@pytest.mark.parametrize("named", [None, [], "about:blank", {"type": "Event"}])
def test_an_intent_about_nothing_is_malformed(named: object) -> None:
    with pytest.raises(Malformed):
        parse_intent(parse_activity({"type": "Join", "actor": ME, "object": named}))


def test_of_several_types_the_one_of_an_activity_counts() -> None:
    activity = parse_activity({"type": ["ex:Nice", "Like"], "actor": ME, "object": EVENT})

    assert activity.type == "Like"


def test_an_activity_with_several_objects_is_each_of_them_and_has_an_end() -> None:
    foreign = {"type": "Note", "id": f"{EVENT}/note", "content": "hearsay"}
    activity = parse_activity({"type": "Undo", "actor": ME, "object": [f"{ME}/2", foreign]})
    many = parse_activity(
        {"type": "Undo", "actor": ME, "object": [f"{ME}/{n}" for n in range(999)]}
    )

    assert [one.object for one in each_object(reduce_foreign(activity))] == [
        f"{ME}/2",
        f"{EVENT}/note",
    ]
    assert len(list(each_object(many))) == 20


def test_of_an_announced_activity_the_references_stay() -> None:
    like = {"type": "Like", "id": f"{EVENT}#l", "actor": ANNE, "object": EVENT, "content": "x"}
    announce = reduce_foreign(parse_activity({"type": "Announce", "actor": ME, "object": like}))

    assert announce.object == {key: like[key] for key in ("type", "id", "actor", "object")}
    assert announce.object_type == "Like"
