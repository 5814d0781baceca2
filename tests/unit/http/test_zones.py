"""What time zones are called."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fedinet.http.zones import clock_name, zone_choices, zone_name
from fedinet.kernel.zones import zone_names


@pytest.mark.parametrize(
    ("zone", "english", "dutch"),
    [
        ("Europe/Brussels", "Brussels, Belgium", "Brussel, België"),
        ("Asia/Kolkata", "Kolkata, India", "Calcutta, India"),
        ("Asia/Singapore", "Singapore", "Singapore"),
        ("UTC", "UTC", "UTC"),
    ],
)
def test_a_zone_is_called_by_city_and_country(zone: str, english: str, dutch: str) -> None:
    assert (zone_name(zone, "en"), zone_name(zone, "nl")) == (english, dutch)


def test_a_clock_says_which_of_two_equal_hours_it_shows() -> None:
    first = datetime(2027, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Brussels"))
    assert clock_name(first, "nl") == "Midden-Europese zomertijd, UTC+02:00"
    assert clock_name(first.replace(fold=1), "nl") == "Midden-Europese standaardtijd, UTC+01:00"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_zone_can_be_chosen_once_and_what_was_chosen_stays(language: str) -> None:
    offered = zone_choices(language, "")
    names = [name for _, name in offered]
    cities = [name.partition(",")[0] for name in names]
    assert cities.index("Belém") < cities.index("Belize") < cities.index("Bermuda")
    assert len(set(names)) == len(names)
    assert {zone_name(zone, language) for zone in zone_names()} == set(names)
    assert ("Asia/Calcutta", zone_name("Asia/Kolkata", language)) in zone_choices(
        language, "Asia/Calcutta"
    )
