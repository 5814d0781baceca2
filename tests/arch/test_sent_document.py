"""The judges of what is sent without being asked for see what is wrong with it."""

import pytest

from fedinet.streaming.model import Event
from tests.contract.bundle import bundle
from tests.contract.sent import event_faults, frame_faults, push_faults

PUSH = {
    "access_token": "x",
    "preferred_locale": "en",
    "notification_id": 1,
    "notification_type": "mention",
    "icon": "",
    "title": "",
    "body": "",
}


def test_every_event_is_documented_and_no_other() -> None:
    assert set(bundle()["x-streamed-events"]) == set(Event)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (b'{"stream":["user"],"event":"delete","payload":"12"}', None),
        (b'{"stream":["hashtag","Bread"],"event":"delete","payload":"12"}', None),
        (b'{"stream":["user"],"event":"filters_changed"}', None),
        (b'{"stream":["user"],"event":"notifications_merged","payload":"1"}', None),
        (b'{"stream":["user"],"event":"filters_changed","payload":"1"}', "is not of type"),
        (b'{"stream":["user"],"event":"delete","payload":"{}"}', "does not match"),
        (b'{"stream":["user"],"event":"update","payload":"{}"}', "required property"),
        (b'{"stream":["user"],"event":"update"}', "is not of type"),
        (b'{"stream":["hashtag"],"event":"delete","payload":"12"}', "no name of a stream"),
        (b'{"stream":["attic"],"event":"delete","payload":"12"}', "no name of a stream"),
        (b'{"stream":["user"],"event":"surprise","payload":"12"}', "not documented"),
        (b'{"stream":["user"],"event":"delete","payload":"12","more":1}', "unknown field"),
    ],
)
def test_a_frame_that_is_not_as_documented_is_told(frame: bytes, said: str | None) -> None:
    faults = frame_faults(frame)
    assert (faults == []) if said is None else said in faults[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b":thump\n\n", None),
        (b"event: delete\ndata: 12\n\n", None),
        (b"event: filters_changed\ndata: undefined\n\n", None),
        (b"event: delete\ndata: 12\n", "no event"),
        (b'event: notification\ndata: {"id":"1"}\n\n', "required property"),
    ],
)
def test_an_event_that_is_not_as_documented_is_told(data: bytes, said: str | None) -> None:
    faults = event_faults(data)
    assert (faults == []) if said is None else said in faults[0]


def test_a_push_message_that_is_not_as_documented_is_told() -> None:
    assert not push_faults(PUSH)
    for wrong in ({"notification_id": "1"}, {"notification_type": "ring"}, {"more": 1}):
        assert push_faults(PUSH | wrong), wrong
