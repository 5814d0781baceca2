"""``fedinet demo`` as a person runs it: what there is to see, and nothing left behind."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiohttp import ClientSession, CookieJar

from tests.integration.at_hand import run_fedinet
from tests.integration.processes import free_port, is_alive, status_of
from tests.interop.fedify_peer import why_not

FEDINET = (sys.executable, "-m", "fedinet")
ENVIRON = {name: value for name, value in os.environ.items() if "FEDINET" not in name}
MOST_S = 240
"""Bounds a hopeless run; a demo takes a fraction of it."""


@dataclass
class Demo:
    process: "subprocess.Popen[str]"
    facts: dict[str, Any]

    @property
    def origins(self) -> dict[str, str]:
        """Addresses by the name of the community."""
        return {one["name"]: one["origin"] for one in self.facts["communities"]}

    def everything(self) -> list[psutil.Process]:
        """All processes that the demo has started, itself not counted."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=MOST_S)
        return self.process.returncode


def start(folder: Path, port: int, *words: str) -> Demo:
    process = run(folder, port, *words)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=MOST_S)[1]
    return Demo(process, json.loads(line))


def run(folder: Path, port: int, *words: str) -> "subprocess.Popen[str]":
    command = [*FEDINET, "demo", "--data", str(folder), "--port", str(port), "--json", *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRON
    )


@pytest.fixture(scope="module")
def port() -> int:
    return four_free_ports()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "demo-data"


@pytest.fixture(scope="module")
def words() -> tuple[str, ...]:
    """The guest, from a server that others wrote, comes where that can be had."""
    return ("--no-guest",) if why_not() else ()


@pytest.fixture(scope="module")
def started(folder: Path, port: int, words: tuple[str, ...]) -> Iterator[list[Demo]]:
    """Every run so far, the present one last."""
    runs = [start(folder, port, *words)]
    yield runs
    if runs[-1].process.poll() is None:
        runs[-1].stop(signal.SIGTERM)


@pytest.fixture
def demo(started: list[Demo], folder: Path, port: int, words: tuple[str, ...]) -> Demo:
    """One that runs, whichever tests came before: some of them end it."""
    if started[-1].process.poll() is not None:
        started.append(start(folder, port, *words))
    return started[-1]


async def test_visitors_find_posts_of_the_community_and_nothing_that_is_not_theirs(
    demo: Demo,
) -> None:
    async with ClientSession() as visitor:
        loods = await page(visitor, demo.origins["De Loods"], "/@maartje")
        wetland = await page(visitor, demo.origins["Wetland Fieldnotes"], "/@greta")
    assert "sleutels liggen in het kastje" not in loods  # this community only
    assert "student grant covers 600" not in wetland  # a letter
    assert "First night with the loggers" in wetland
    assert "6 mm between two and five" in wetland  # as edited


async def test_members_find_each_community_in_each_other_one(demo: Demo) -> None:
    async with ClientSession(cookie_jar=CookieJar()) as browser:  # one for all: ports tell apart
        for name, member in MEMBERS.items():
            await sign_in(browser, demo.origins[name], member, demo.facts["password"])
        homes = {name: await whole_home(browser, demo.origins[name]) for name in MEMBERS}
    for name, signs in SIGNS_AT_HOME.items():
        for sign in signs:
            assert sign in homes[name], f"{sign!r} at {name}"
        days = set(re.findall(r'<h2 class="day">\s*(\S+)', homes[name]))
        assert len(days) >= 3, f"a few days of talk stand under {days} at {name}"
        late = re.search(r"(Written|Geschreven) <time", homes[name])
        assert late is None, f"what was shared stands where it was shared at {name}"


async def test_answers_from_three_communities_stand_in_one_conversation(demo: Demo) -> None:
    origin = demo.origins["Wetland Fieldnotes"]
    async with ClientSession(cookie_jar=CookieJar()) as browser:
        await sign_in(browser, origin, "greta", demo.facts["password"])
        profile = await page(browser, origin, "/@rukmini")
        thread = re.search(r'href="[^"]*(/@rukmini/\d+)"', profile)
        assert thread is not None
        conversation = await page(browser, origin, thread[1])
    for sign in ("would your people come", "Name a Saturday in April", "mud alone", "1954"):
        assert sign in conversation


async def test_requests_that_nobody_has_answered_wait(demo: Demo) -> None:
    origin = demo.origins["De Loods"]
    async with ClientSession(cookie_jar=CookieJar()) as browser:
        await sign_in(browser, origin, "maartje", demo.facts["password"])
        assert "Mei Tanaka-Ross" in await page(browser, origin, "/requests")


@pytest.mark.interop
async def test_the_guest_is_read_and_answered(
    demo: Demo, port: int, words: tuple[str, ...]
) -> None:
    if words:
        pytest.skip(str(why_not()))
    assert demo.facts["guest"] == f"solveig@127.0.0.1:{port + 3}", demo.facts["note"]
    origin, password = demo.origins["De Loods"], demo.facts["password"]
    async with ClientSession(cookie_jar=CookieJar()) as browser:
        await sign_in(browser, origin, "joris", password)
        assert "A number that admits it is frozen" in await page(browser, origin, "/")
        assert "Solveig Aune" in await page(browser, origin, "/people/followers")
        assert "Solveig Aune" in await page(browser, origin, "/notifications")


def test_other_commands_work_on_its_nodes(demo: Demo) -> None:
    data = demo.facts["communities"][0]["data"]
    command = ("admin", "token", "--username", "maartje", "--data", data, "--json")
    done = run_fedinet(command, environ=ENVIRON, stdin="", timeout_s=MOST_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["access_token"]


@pytest.mark.usefixtures("demo")
def test_a_second_one_from_the_same_folder_says_so(folder: Path, port: int) -> None:
    assert "runs from" in refused(folder, port)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    first = four_free_ports()
    with socket.create_server(("127.0.0.1", first + 1)):
        said = refused(tmp_path / "another", first)
    assert f"Port {first + 1} is taken" in said
    assert "--port" in said
    assert not (tmp_path / "another" / "pg").exists()


async def test_ctrl_c_leaves_no_process_and_the_second_start_has_nothing_to_do(
    demo: Demo, folder: Path, port: int, words: tuple[str, ...]
) -> None:
    left = demo.everything()
    key_of_guest = None if words else await public_key_of_guest(port)
    assert len(left) >= 3 * 3 + 1  # parent, web and worker of each, and PostgreSQL
    assert demo.stop(signal.SIGINT) == 0
    assert [process for process in left if is_alive(process.pid)] == []
    assert all(not status_of(f"{origin}/health") for origin in demo.origins.values())
    again = start(folder, port, *words)
    try:
        assert again.facts["password"] == demo.facts["password"]
        assert again.facts["guest"] == demo.facts["guest"]
        assert words or await public_key_of_guest(port) == key_of_guest
        assert not again.facts["is_new"]
        assert status_of(f"{again.origins['De Loods']}/health") == 200
    finally:
        left = again.everything()
        assert again.stop(signal.SIGTERM) == 0
    assert [process for process in left if is_alive(process.pid)] == []


def test_a_demo_never_moves_to_other_ports(started: list[Demo], folder: Path) -> None:
    if started[-1].process.poll() is None:
        started[-1].stop(signal.SIGINT)
    assert "--fresh" in refused(folder, four_free_ports())


def test_a_stop_in_the_middle_leaves_nothing_either(tmp_path: Path) -> None:
    process = run(tmp_path / "d", four_free_ports(), "--no-guest")
    wait_for(lambda: (tmp_path / "d" / "pg" / "postmaster.pid").exists())
    left = psutil.Process(process.pid).children(recursive=True)
    assert left
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=MOST_S)
    assert process.returncode == 0
    assert [one for one in left if is_alive(one.pid)] == []


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1.txt").write_text("It was a dark and stormy night.")
    assert "thesis" in refused(tmp_path, four_free_ports(), "--fresh")
    assert (tmp_path / "thesis" / "chapter-1.txt").exists()


MEMBERS = {"De Loods": "maartje", "Wetland Fieldnotes": "greta", "The Engine Room": "halina"}
SIGNS_AT_HOME = {
    "De Loods": ("sleutels liggen in het kastje", "drumming snipe", "31 fields"),
    "Wetland Fieldnotes": ("First night with the loggers", "Vier behuizingen", "why_missing"),
    "The Engine Room": ("agenda", "Dinsdag open werkplaats", "one day at Mossholm"),
}


async def sign_in(browser: ClientSession, origin: str, member: str, password: str) -> None:
    form = await page(browser, origin, "/sign-in")
    hidden = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    fields = {**hidden, "login": member, "password": password}
    async with browser.post(f"{origin}/sign-in", data=fields) as answer:
        assert answer.status == 200
        assert answer.url.path == "/", await answer.text()


async def public_key_of_guest(port: int) -> str:
    headers = {"Accept": "application/activity+json"}
    async with (
        ClientSession(f"http://127.0.0.1:{port + 3}", headers=headers) as http,
        http.get("/users/solveig") as answer,
    ):
        return (await answer.json(content_type=None))["publicKey"]["publicKeyPem"]


async def whole_home(browser: ClientSession, origin: str) -> str:
    """Home, page after page."""
    pages, path = "", "/"
    for _ in range(10):
        pages += await page(browser, origin, path)
        older = re.search(r'href="(/\?max_id=\d+)"', pages[-4000:])
        if older is None or older[1] == path:
            break
        path = older[1]
    return pages


async def page(browser: ClientSession, origin: str, path: str) -> str:
    async with asyncio.timeout(30), browser.get(f"{origin}{path}") as answer:
        assert answer.status == 200, path
        return await answer.text()


def refused(folder: Path, port: int, *words: str) -> str:
    """Start one that cannot be; returns what it says."""
    command = ("demo", "--data", str(folder), "--port", str(port), "--json", "--no-guest", *words)
    done = run_fedinet(command, environ=ENVIRON, stdin="", timeout_s=MOST_S)
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)["error"]


def four_free_ports() -> int:
    """The first of four in a row that nobody has, and one below."""
    return free_port(5) + 1


def wait_for(fact: Any) -> None:
    deadline = time.monotonic() + MOST_S
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.02)
