"""What `deploy/` promises: every command and setting in it exists, and the image builds."""

import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from fedinet.cli.root import cli
from fedinet.settings import OPTIONS, load

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
VARIABLES = {option.variable for option in OPTIONS} | {"FEDINET_BACKUP_PASSPHRASE"}
IMAGE_ONLY = {"FEDINET_DOMAIN", "FEDINET_UPSTREAM"}


@pytest.fixture
def compose() -> dict[str, Any]:
    return yaml.safe_load((TOP / "docker-compose.yml").read_text())


def test_compose_runs_a_database_a_web_a_worker_and_a_proxy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "migrate", "web", "worker", "proxy"}
    assert all({"image"} <= set(service) for service in services.values())
    assert services["proxy"]["ports"][:2] == ["80:80", "443:443"]
    assert not [name for name in ("database", "web", "worker") if "ports" in services[name]]


@pytest.mark.parametrize("name", ["migrate", "web", "worker"])
def test_compose_gives_each_role_a_valid_command(compose: dict[str, Any], name: str) -> None:
    check_command(compose["services"][name]["command"])


@pytest.mark.parametrize("name", ["migrate", "web", "worker"])
def test_compose_gives_each_role_settings_that_load(compose: dict[str, Any], name: str) -> None:
    env = {"FEDINET_DOMAIN": "community.example", "POSTGRES_PASSWORD": "secret"}
    filled = {
        key: fill(value, env) for key, value in compose["services"][name]["environment"].items()
    }
    settings = load({}, filled)
    assert str(settings.origin) == "https://community.example"
    assert settings.database_url == "postgresql://fedinet:secret@database/fedinet"


def test_compose_believes_its_own_proxy_alone(compose: dict[str, Any]) -> None:
    subnet = compose["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    for name in ("web", "worker"):
        assert compose["services"][name]["environment"]["FEDINET_TRUSTED_PROXIES"] == subnet


def test_compose_waits_for_what_each_service_needs(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for needed, condition in service.get("depends_on", {}).items():
            assert needed in services, name
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in services[needed]
            else:
                assert services[needed]["restart"] == "no"


def test_compose_keeps_data_in_volumes_that_it_declares(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (TOP / source).exists(), volume


def test_compose_asks_for_what_it_cannot_guess(compose: dict[str, Any]) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (TOP / "docker-compose.yml").read_text()))
    offered = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "env.example").read_text(), re.M))
    assert asked == offered
    assert compose["name"] == "fedinet"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_runs_commands_that_exist(path: Path) -> None:
    lines = re.findall(r"/opt/fedinet/bin/fedinet ([^'\n]*)", uncommented(path))
    assert lines
    for line in lines:
        check_command(shlex.split(re.sub(r"\$\([^)]*\)", "NOW", line).replace("%i", "8001")))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_has_the_sections_it_needs(path: Path) -> None:
    sections = re.findall(r"^\[(\w+)\]$", path.read_text(), re.M)
    kind = path.suffix.removeprefix(".").capitalize()
    assert sections[:2] == ["Unit", kind]
    if kind == "Service" and "Type=oneshot" not in path.read_text():
        assert "\nKillMode=mixed\n" in path.read_text(), "PostgreSQL ends after its users"
        assert sections[2:] == ["Install"]


@pytest.mark.parametrize("path", [*FILES, TOP / "docker-compose.yml"], ids=str)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    assert set(re.findall(r"FEDINET_[A-Z_]+", path.read_text())) <= VARIABLES | IMAGE_ONLY


def test_the_proxies_pass_the_path_and_the_host_as_they_came() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text()
    assert re.search(r"proxy_pass http://fedinet;", nginx), "no path after the upstream"
    assert "proxy_set_header Host $host;" in nginx
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in nginx
    assert nginx.count("{") == nginx.count("}")
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert "rewrite" not in caddy
    assert caddy.count("{") == caddy.count("}")


def test_the_image_starts_with_a_valid_command_as_an_ordinary_user() -> None:
    steps = dict_of_steps()
    assert json.loads(steps["ENTRYPOINT"][-1]) == ["fedinet"]
    check_command(json.loads(steps["CMD"][-1]))
    assert steps["USER"] == ["fedinet"]
    assert "--no-setup-link" in steps["CMD"][-1], "the output of a container is a log"


def test_the_image_builds_from_what_it_copies(tmp_path: Path, database_url: str) -> None:
    """The steps of the Dockerfile in a clean folder: copy, build the wheel, run from it alone."""
    source, wheels, installed = (tmp_path / name for name in ("src", "wheels", "installed"))
    for words in dict_of_steps()["COPY"][:-1]:
        *names, target = words.split()
        for name in names:
            copy(TOP / name, source / target / ("" if (TOP / name).is_dir() else name))
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), "."]
    run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *build], source)
    with zipfile.ZipFile(next(wheels.glob("fedinet-*.whl"))) as wheel:
        wheel.extractall(installed)
    migrate = ["-m", "fedinet", "migrate", "--data", str(tmp_path / "data"), "--json"]
    environ = {"PYTHONPATH": str(installed), "DATABASE_URL": database_url}
    migrate += ["--origin", "https://community.example"]
    said = run([sys.executable, "-P", *migrate], tmp_path, environ)
    assert json.loads(said)["origin"] == "https://community.example"
    assert list((installed / "fedinet" / "_schemas" / "contexts").iterdir())
    assert list((installed / "fedinet" / "http" / "templates").iterdir())


def check_command(words: list[str]) -> None:
    """Parse a command line with all its flags, without running it."""
    done = CliRunner().invoke(cli, [*words, "--help"])
    assert done.exit_code == 0, done.output
    assert isinstance(cli, click.Group)


def uncommented(path: Path) -> str:
    return "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))


def fill(value: str, env: dict[str, str]) -> str:
    """What compose makes of ``${NAME:?…}`` and ``${NAME:-…}``."""
    return re.sub(r"\$\{([A-Z_]+)[^}]*\}", lambda match: env.get(match[1], ""), value)


def dict_of_steps() -> dict[str, list[str]]:
    """Instruction -> arguments, of all stages in order."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    steps: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            word, _, rest = line.partition(" ")
            steps.setdefault(word, []).append(rest)
    return steps


def copy(source: Path, target: Path) -> None:
    for path in tree(source):
        place = target / path.relative_to(source) if source.is_dir() else target
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(path.read_bytes())


def tree(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    else:
        yield from (
            path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )


def run(command: list[str], folder: Path, environ: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
