"""Titles, times and places of things, as those who write them say it."""

from typing import Any

import pytest

from fedinet.vocab.about import NOTHING, About, read_about


def about(document: dict[str, Any], kind: str = "Event") -> About:
    return read_about(document, kind=kind, title="", link="")


@pytest.mark.parametrize(
    ("document", "starts", "ends", "zone"),
    [
        pytest.param({"startTime": "2027-01-14T18:00:00+01:00"}, "2027-01-14T18:00:00+01:00", None,
                     "", id="an offset"),
        pytest.param({"startTime": "2027-01-14T17:00:00Z", "timezone": "Europe/Berlin",
                      "endTime": "2027-01-14T19:00:00Z"}, "2027-01-14T18:00:00+01:00",
                     "2027-01-14T20:00:00+01:00", "Europe/Berlin", id="a zone"),
        pytest.param({"startTime": "2027-01-14T17:00:00Z", "timezone": "../../etc/passwd"},
                     "2027-01-14T17:00:00+00:00", None, "", id="a zone that is none"),
        pytest.param({"startTime": "2027-01-14T17:00:00Z", "timezone": "Mars/Olympus"},
                     "2027-01-14T17:00:00+00:00", None, "", id="an unknown zone"),
        pytest.param({"startTime": "2027-01-14T17:00:00Z", "endTime": "2027-01-14T16:00:00Z"},
                     "2027-01-14T17:00:00+00:00", None, "", id="an end before the start"),
        pytest.param({"startTime": "2027-01-14T17:00:00Z", "endTime": "2027-01-14T18:00:00Z",
                      "displayEndTime": False}, "2027-01-14T17:00:00+00:00", None, "",
                     id="an end that is not to be shown"),
        pytest.param({"startTime": ["2027-01-14"]}, "2027-01-14T00:00:00+00:00", None, "",
                     id="a day"),
        pytest.param({"startTime": "soon", "timezone": "Europe/Berlin"}, None, None, "", id="none"),
        pytest.param({"startTime": "9999-12-31T23:59:59Z", "timezone": "Asia/Tokyo"},
                     "9999-12-31T23:59:59+00:00", None, "", id="the end of time"),
    ],
)  # fmt: skip
def test_when(document: dict[str, Any], starts: str | None, ends: str | None, zone: str) -> None:
    read = about(document)

    assert [None if at is None else at.isoformat() for at in (read.starts_at, read.ends_at)] == [
        starts, ends]  # fmt: skip
    assert read.zone == zone


BERLIN = {"type": "PostalAddress", "streetAddress": "Rungestr. 20", "postalCode": "10179",
          "addressLocality": "Berlin", "addressRegion": None}  # fmt: skip


@pytest.mark.parametrize(
    ("location", "place"),
    [
        pytest.param({"type": "Place", "name": "c-base", "address": BERLIN},
                     "c-base, Rungestr. 20, 10179, Berlin", id="name and address"),
        pytest.param({"type": "Place", "name": "c-base", "address": "Berlin"}, "c-base, Berlin",
                     id="an address in words"),
        pytest.param(BERLIN, "Rungestr. 20, 10179, Berlin", id="an address alone"),
        pytest.param("The old mill", "The old mill", id="words"),
        pytest.param([{"type": "VirtualLocation", "url": "https://meet.example/x"},
                      {"type": "Place", "name": "Hall"}], "Hall", id="several"),
        pytest.param({"type": "Place", "latitude": 52.5126, "longitude": 13.42}, "52.513, 13.42",
                     id="on the map"),
        pytest.param({"type": "Place", "name": "Ghent", "country": "Belgium"}, "Ghent, Belgium",
                     id="a country (Pixelfed)"),
        pytest.param({"type": "Place", "name": ""}, "", id="nothing"),
        pytest.param("https://b.example/places/1", "", id="an address of a document"),
        pytest.param(7, "", id="a number"),
    ],
)  # fmt: skip
def test_where(location: object, place: str) -> None:
    assert about({"location": location}).place == place


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"location": {"type": "VirtualLocation", "url": "https://meet.example/x"}},
                     id="FEP-8a8e"),
        pytest.param({"attachment": [{"type": "Link", "href": "https://meet.example/x",
                                      "name": "Website"}]}, id="Mobilizon"),
        pytest.param({"externalParticipationUrl": "https://meet.example/x"}, id="tickets"),
    ],
)  # fmt: skip
def test_where_to_take_part_from_afar(document: dict[str, Any]) -> None:
    assert about(document).online_url == "https://meet.example/x"
    assert about(document, kind="Article") == NOTHING


@pytest.mark.parametrize(
    ("document", "state"),
    [
        ({"eventStatus": "EventCancelled"}, "cancelled"),
        ({"eventStatus": "https://schema.org/EventPostponed"}, "postponed"),
        ({"ical:status": "CANCELLED"}, "cancelled"),
        ({"status": "TENTATIVE"}, "tentative"),
        ({"status": "CONFIRMED"}, ""),
        ({"status": ["CANCELLED"]}, ""),
    ],
)
def test_whether(document: dict[str, Any], state: str) -> None:
    assert about(document).state == state


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("PT1H2M3S", 3723),
        ("PT187S", 187),
        ("P1DT1M", 86460),
        (42.7, 42),
        ("PT0S", None),
        ("P", None),
        (True, None),
        (-3, None),
        ("1:02", None),
        ("PT999999999S", None),
    ],
)
def test_how_long(duration: object, seconds: int | None) -> None:
    assert about({"duration": duration}, kind="Video").duration_s == seconds


def test_a_place_says_where_it_is() -> None:
    place = {"type": "Place", "name": "c-base", "latitude": 52.5, "longitude": 13.4}

    assert about(place, kind="Place").place == "52.5, 13.4"
