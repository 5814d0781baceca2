"""Settings: where they come from, and which are refused."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from fedinet.settings import OPTIONS, BadSettings, load, read_file

PUBLIC = {"origin": "https://community.example"}


def test_flags_win_over_variables_and_these_over_the_file() -> None:
    toml = {"origin": "https://file.example", "web": 2, "workers": 2}
    environ = {"FEDINET_ORIGIN": "https://variable.example", "FEDINET_WEB": "3"}
    settings = load({"origin": "https://flag.example", "web": None}, environ, toml)
    assert (str(settings.origin), settings.web, settings.workers) == ("https://flag.example", 3, 2)


def test_an_empty_variable_was_not_given() -> None:
    assert load(PUBLIC, {"FEDINET_ACCOUNT_DOMAIN": ""}).account_domain == "community.example"


def test_names_end_in_the_account_domain_where_there_is_one() -> None:
    settings = load({**PUBLIC, "account_domain": "Example.ORG."}, {})
    assert (settings.account_domain, settings.origin.domain) == ("example.org", "community.example")


def test_database_url_is_understood_under_its_usual_name() -> None:
    settings = load(PUBLIC, {"DATABASE_URL": "postgresql://db.internal/fedinet"})
    assert settings.database_url == "postgresql://db.internal/fedinet"


def test_secrets_do_not_show() -> None:
    secret = "a-token-that-nobody-sees"
    given = {**PUBLIC, "metrics_token": secret, "database_url": f"postgresql://u:{secret}@h/d"}
    assert secret not in repr(load(given, {}))


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        pytest.param({}, "--origin", id="no origin"),
        pytest.param({"origin": "community.example"}, "--origin", id="no scheme"),
        pytest.param({"origin": "https://community.example/feed"}, "path", id="a path"),
        pytest.param(
            {"origin": "https://ada@community.example"}, "--origin", id="user information"
        ),
        pytest.param({"origin": "http://community.example"}, "not encrypted", id="http in public"),
        pytest.param({**PUBLIC, "listen": "8000"}, "HOST:PORT", id="listen without a host"),
        pytest.param({**PUBLIC, "listen": "[::1]:70000"}, "HOST:PORT", id="no such port"),
        pytest.param({**PUBLIC, "web": "0"}, "between", id="no web process"),
        pytest.param({**PUBLIC, "workers": "many"}, "not a whole number", id="not a number"),
        pytest.param(
            {**PUBLIC, "trusted_proxies": "10.0.0.1/8"}, "host bits", id="crooked network"
        ),
        pytest.param({**PUBLIC, "smtp_user": "ada"}, "together", id="a name without a password"),
        pytest.param(
            {**PUBLIC, "smtp_host": "smtp.example", "smtp_security": "none"},
            "unencrypted",
            id="mail that others can read",
        ),
        pytest.param({**PUBLIC, "smtp_security": "ssl"}, "starttls", id="no such encryption"),
        pytest.param({**PUBLIC, "mail_from": "Ada <a@b.example>"}, "one e-mail", id="two things"),
        pytest.param({**PUBLIC, "metrics_token": "short"}, "16", id="token to be guessed"),
        pytest.param(
            {**PUBLIC, "database_url": "mysql://x"}, "postgresql://", id="another database"
        ),
        pytest.param({**PUBLIC, "log_json": "perhaps"}, "yes or no", id="neither yes nor no"),
        pytest.param(
            {**PUBLIC, "allow_private_networks": "10.0.0.0/8"}, "intranet", id="public and private"
        ),
        pytest.param(
            {"origin": "http://localhost:8000", "listen": "0.0.0.0:8000"},
            "127.0.0.1",
            id="a loopback origin for everybody",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(given: dict[str, object], hint: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load(given, {})
    assert hint in refused.value.public


def test_a_whole_intranet_may_be_private() -> None:
    given = {**PUBLIC, "allow_private_networks": "10.0.0.0/8, fd00::/8", "intranet": "yes"}
    networks = load(given, {}).allow_private_networks
    assert networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def test_plain_http_is_for_loopback_and_listed_networks() -> None:
    assert load({"origin": "http://localhost:8000"}, {}).is_development
    listed = {"origin": "http://10.1.2.3:8000", "allow_private_networks": ["10.0.0.0/8"]}
    assert load(listed, {}).is_development


def test_an_unknown_key_in_the_file_is_a_mistake() -> None:
    with pytest.raises(BadSettings, match="orign"):
        load({}, {}, {"orign": "https://community.example"})


def test_the_file_is_that_of_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "fedinet.toml").write_text('origin = "https://community.example"\n')
    assert read_file({"data": str(tmp_path)}, {}) == {"origin": "https://community.example"}
    assert read_file({"data": str(tmp_path / "nothing")}, {}) == {}


@pytest.mark.parametrize("content", [b"origin = ", b"\xff\xfe", b"[a]\n[a]\n"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(BadSettings, match=r"own\.toml"):
        read_file({}, {"FEDINET_CONFIG": str(path)})


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="does not exist"):
        read_file({}, {"FEDINET_CONFIG": str(tmp_path / "absent.toml")})


def test_every_option_says_what_it_is() -> None:
    assert all(option.says and option.variable.startswith("FEDINET_") for option in OPTIONS)


@pytest.mark.parametrize(
    ("of_machine", "zone"),
    [("Europe/Brussels", "Europe/Brussels"), ("Etc/UTC", "UTC"), ("CET-1CEST", "UTC")],
)
def test_the_community_lives_where_its_machine_does(
    monkeypatch: pytest.MonkeyPatch, of_machine: str, zone: str
) -> None:
    monkeypatch.setenv("TZ", of_machine)
    origin = {"origin": "https://a.example"}
    assert load(origin, {}).time_zone == zone
    assert load(origin | {"time_zone": "Asia/Tokyo"}, {}).time_zone == "Asia/Tokyo"
