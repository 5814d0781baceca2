"""Rules of the door: addresses, languages, scopes, where a form leads, moments in words."""

import gettext
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from fedinet.http.agents import browser_name
from fedinet.http.apps import in_order
from fedinet.http.assets import Assets
from fedinet.http.clients import forwarded_address, limit_key
from fedinet.http.cookies import session_cookie, set_cookie, visitor_cookie
from fedinet.http.dates import moment
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.frozen import stays_open
from fedinet.http.i18n import direction, pick_language
from fedinet.http.json import timestamp
from fedinet.http.pages import Pages, hue_of, initials
from fedinet.http.redirects import safe_next
from fedinet.http.surfaces import Surface, surface_of
from fedinet.http.tokens import allows, check_scopes
from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.problems import Problem
from fedinet.kernel.uris import origin_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def test_addresses_without_a_name_in_them_are_tried_first() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response()

    paths = ("/@{name}", "/{any}/feed", "/", "/people")
    ordered = in_order([web.get(path, answer) for path in paths])
    assert [one.path for one in ordered if isinstance(one, web.RouteDef)] == [
        *("/", "/people", "/@{name}", "/{any}/feed")
    ]


@pytest.mark.parametrize(
    ("peer", "header", "expected"),
    [
        pytest.param("203.0.113.5", "198.51.100.1", "203.0.113.5", id="a stranger is not believed"),
        pytest.param("10.0.0.2", "198.51.100.1", "198.51.100.1", id="our proxy is"),
        pytest.param("10.0.0.2", "1.1.1.1, 198.51.100.1", "198.51.100.1", id="what it saw counts"),
        pytest.param("10.0.0.2", "198.51.100.1, 10.0.0.3", "198.51.100.1", id="two proxies"),
        pytest.param("10.0.0.2", "", "10.0.0.2", id="no header"),
        pytest.param("10.0.0.2", "rubbish", "10.0.0.2", id="rubbish"),
        pytest.param("", "198.51.100.1", "198.51.100.1", id="a unix socket is ours"),
        pytest.param("::ffff:203.0.113.5", "1.1.1.1", "203.0.113.5", id="mapped"),
        pytest.param("fd00::1%eth0", "2001:db8::7", "2001:db8::7", id="scoped"),
    ],
)
def test_clients_are_counted_by_the_address_nearest_to_us(
    peer: str, header: str, expected: str
) -> None:
    assert forwarded_address(peer, header, PROXIES) == ip_address(expected)


def test_ipv6_is_counted_by_network() -> None:
    assert limit_key(ip_address("2001:db8::1:2:3:4")) == "2001:db8::/64"
    assert limit_key(ip_address("198.51.100.1")) == "198.51.100.1"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("/write?to=ada", "/write?to=ada"),
        ("/@ada/12#reply", "/@ada/12#reply"),
        (None, "/"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/ /evil.example", "/"),
        ("/\nx", "/"),
        ("/sign-in?next=/", "/"),
        ("/" + "a" * 60_000, "/"),
    ],
)
def test_next_is_a_path_of_ours(raw: str | None, expected: str) -> None:
    assert safe_next(raw) == expected


@pytest.mark.parametrize(
    ("granted", "needed", "allowed"),
    [
        (["write"], "write:statuses", True),
        (["write:statuses"], "write:statuses", True),
        (["write:statuses"], "write:media", False),
        (["read"], "write:statuses", False),
        (["follow"], "write:follows", True),
        (["follow"], "read:blocks", True),
        (["follow"], "write:statuses", False),
        (["admin:read"], "admin:read:accounts", True),
        (["read"], "admin:read", False),
        ([], "read", False),
    ],
)
def test_a_scope_covers_its_parts(granted: list[str], needed: str, allowed: bool) -> None:
    assert allows(granted, needed) is allowed


def test_unknown_scopes_are_refused() -> None:
    assert check_scopes("read write,follow read") == ("read", "write", "follow")
    for wrong in ("", "read everything", "READ"):
        with pytest.raises(Unprocessable):
            check_scopes(wrong)


def test_surfaces_are_told_by_the_path() -> None:
    assert surface_of("/api/v1/statuses") is Surface.API
    assert surface_of("/oauth/authorize") is Surface.PAGE
    assert surface_of("/inbox") is Surface.FEDERATION
    assert surface_of("/users/ada/inbox") is Surface.FEDERATION
    assert surface_of("/actor/outbox") is Surface.FEDERATION
    assert surface_of("/@ada") is Surface.PAGE
    assert surface_of("/health") is Surface.OPERATIONS


def test_cookies_of_a_public_node_are_locked_to_its_host() -> None:
    origin = origin_of("https://guild.example")
    response = web.Response()
    set_cookie(response, origin, session_cookie(origin), "value")
    cookie = response.cookies[session_cookie(origin)].OutputString()
    assert cookie.startswith("__Host-session=value")
    assert "Secure" in cookie
    assert "HttpOnly" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert visitor_cookie(origin) == "__Host-visitor"


def test_two_development_nodes_on_one_host_do_not_share_cookies() -> None:
    ports = {session_cookie(origin_of(f"http://localhost:{port}")) for port in (8001, 8002)}
    assert len(ports) == 2


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=7), "16 November 2026"),
        (timedelta(days=-1), "24 November 2026"),
    ],
)
def test_moments_are_relative_within_a_week(age: timedelta, expected: str) -> None:
    texts = gettext.NullTranslations()
    shown = moment(
        NOON - age,
        now=NOON,
        zone=ZoneInfo("UTC"),
        words="UTC",
        text=texts.gettext,
        plural=texts.ngettext,
    )
    assert shown.endswith(f">{expected}</time>")
    assert shown.startswith('<time datetime="2026-11-')
    assert (' title="' in shown) == ("2026<" not in shown), "paper shows a date"


def test_timestamps_have_three_digits_and_a_z() -> None:
    assert timestamp(datetime(2026, 1, 2, 3, 4, 5, 6789, UTC)) == "2026-01-02T03:04:05.006Z"


def test_the_language_is_always_a_shipped_one() -> None:
    assert pick_language("en", "xx", "yy") == "en"
    assert pick_language(None, "xx;q=0.9, EN-gb;q=0.1, ;;;q=z", "") == "en"
    assert pick_language("xx", "", "yy") == "en"
    assert (direction("ar-EG"), direction("en")) == ("rtl", "ltr")


def test_initials_stand_for_people_without_a_picture() -> None:
    names = ["Noor Haddad", "willem", "Aïcha van den Berg", "🎉", "", "(admin) Joris"]
    assert [initials(name) for name in names] == ["NH", "W", "AB", "🎉", "?", "J"]


def test_letters_have_one_of_the_colours_that_are_known_to_be_readable() -> None:
    found = {hue_of(name) for name in ("Noor", "Willem", "Aïcha", "🎉", "", "Elif", "Joris", "Bo")}
    assert found <= {"sea", "moss", "amber", "rose", "plum", "iris"} and len(found) > 2
    assert hue_of("Noor") == hue_of("Noor")


def test_a_form_shows_what_was_typed_but_no_password() -> None:
    form = Form({"name": "Ada", "password": "secret"}, (Problem("name", "No %(x)s", {"x": "A"}),))
    assert (form.value("name"), form.value("password")) == ("Ada", "")
    problem = form.problem("name")
    assert problem is not None
    assert problem.english == "No A"
    assert not form.is_on("box", default=True)  # a box that was sent unticked stays so
    assert Form().is_on("box", default=True)


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
            "Firefox, Linux",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0"
            " Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        pytest.param("See https://evil.example/", "", id="nothing that a stranger wrote"),
        ("https://evil.example/ Firefox", "Firefox"),
        ("", ""),
    ],
)
def test_a_browser_is_named_as_its_owner_would(user_agent: str, expected: str) -> None:
    assert browser_name(user_agent) == expected


@pytest.mark.parametrize(
    ("path", "is_open"),
    [
        ("/sign-out", True),
        ("/settings/sessions", True),
        ("/reset-password", True),
        ("/settings/notices", True),
        ("/settings/passkeys/options", True),
        ("/settings/leaving/archive", True),
        ("/api/v1/markers", True),
        ("/api/v1/notifications/clear", True),
        ("/users/ada/proxy", True),
        ("/oauth/authorize", True),
        ("/settings", False),
        ("/settings/pictures", False),
        ("/write", False),
        ("/notifications-of-others", False),
        ("/users/ada/outbox", False),
        ("/api/v1/statuses", False),
        ("/api/v2/media", False),
        ("/admin/people/1", False),
    ],
)
def test_who_is_frozen_keeps_what_concerns_themselves(path: str, *, is_open: bool) -> None:
    assert stays_open(path) is is_open


def test_a_choice_that_is_a_number_is_chosen() -> None:
    environment = Pages(Assets())._environment("en")  # pyright: ignore[reportPrivateUsage]  # the macros of every page
    page = environment.from_string(
        '{% from "macros.html" import select with context %}'
        '{{ select(form, "n", "N", [(7, "seven"), (8, "eight")], value=7) }}'
    )
    shown = page.render(form=EMPTY_FORM, lang="en", dir="ltr")
    assert '<option value="7" selected>' in shown and shown.count("selected") == 1
