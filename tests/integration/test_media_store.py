"""Pictures in an S3-compatible store: an S3 server that others wrote, on loopback."""

import asyncio
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from fedinet.backups.journal import files_of
from fedinet.backups.journal_upkeep import copy_beside
from fedinet.backups.model import RunKind, file_name
from fedinet.cli.backup import backup
from fedinet.cli.findings import Level, look_at_media
from fedinet.kernel.errors import NotFound, Overloaded
from fedinet.media.files import LocalFiles, check_writable, new_name, open_files
from fedinet.media.serving import read_range
from fedinet.media.upkeep import upkeep_once
from fedinet.settings import Settings, load
from tests import made_files as made
from tests.integration.apps import given_app
from tests.integration.conftest import StartNode
from tests.integration.processes import free_port
from tests.integration.test_backups import runs, want, work_off
from tests.integration.test_media_posts import status_of, uploaded


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with a bucket ``fedinet``."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-c", "from moto.server import main; main()", "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        for line in server.stderr:
            if "Running on" in line:
                break
        requests.put(f"{url}/fedinet", timeout=10).raise_for_status()
        yield url
        server.kill()


def flags(s3: str) -> dict[str, str]:
    return {
        "media_store": "s3://fedinet/house",
        "media_store_endpoint": s3,
        "media_store_region": "us-east-1",
        "media_store_key": "key",
        "media_store_secret": "secret",
    }


def settings(tmp_path: Path, **given: str) -> Settings:
    return load({"origin": "http://localhost:8000", "data": str(tmp_path), **given}, {})


async def test_a_node_keeps_its_pictures_in_a_bucket(start_node: StartNode, s3: str) -> None:
    node = await start_node(**flags(s3))
    ada = await given_app(node, "ada")
    media = await uploaded(ada)
    status = await ada.publish("Bread", media_ids=[media["id"]])
    assert not (node.services.settings.data / "media").exists()
    async with node.http.get(media["url"]) as answer:
        whole = await answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    async with node.http.get(media["url"], headers={"Range": "bytes=2-9"}) as answer:
        assert (answer.status, await answer.read()) == (206, whole[2:10])
        assert answer.headers["Content-Range"] == f"bytes 2-9/{len(whole)}"
    assert await status_of(node.http, media["url"], headers={"Range": "bytes=99999999-"}) == 416
    assert objects(s3, "house/media/") == 2
    await ada.call("DELETE", f"/api/v1/statuses/{status['id']}")
    await node.pool.execute("UPDATE media SET created_at = now() - interval '2 days'")
    files = node.services.library.files
    while await upkeep_once(node.pool, files, node.services.settings):
        pass
    assert objects(s3, "house/") == 0


async def test_backups_go_to_a_bucket_with_the_journal_beside_them(
    start_node: StartNode, s3: str, tmp_path: Path
) -> None:
    given = {name.replace("media", "backup"): text for name, text in flags(s3).items()}
    node = await start_node(**given | {"backup_store": "s3://fedinet/copies"})
    settings = node.services.settings
    ada = await given_app(node, "ada")
    status = await ada.publish("Bread")
    await ada.call("DELETE", f"/api/v1/statuses/{status['id']}")
    await node.drain()
    old = file_name(settings.account_domain, datetime.now(UTC) - timedelta(days=90))
    given_object(s3, f"copies/{old}")
    await want(node.pool, RunKind.MAKE)
    await want(node.pool, RunKind.VERIFY)
    await work_off(settings)
    [made] = await runs(node, RunKind.MAKE)
    [drill] = await runs(node, RunKind.VERIFY)
    assert (made.why, drill.why, drill.file, drill.members) == ("", "", made.file, 1)
    assert objects(s3, "copies/") == 1 and not files_in(settings.data / "backups")
    await asyncio.to_thread(copy_beside, settings)
    assert objects(s3, "copies/journal/") == 1
    words = [word for name, text in given.items() for word in (f"--{name.replace('_', '-')}", text)]
    words += ["--backup-store", "s3://fedinet/copies", "--data", str(tmp_path / "elsewhere")]
    run = CliRunner().invoke(
        backup,
        ["fetch", "latest", str(tmp_path / "here"), "--origin", str(settings.origin), *words],
    )
    assert run.exit_code == 0, run.output
    [file] = (tmp_path / "here").glob("*.fedinet")
    assert file.stat().st_size == made.size
    assert len(files_of(tmp_path / "here" / "journal")) == 1
    lost = replace(settings, backup_store="s3://nobody/copies")
    await want(node.pool, RunKind.MAKE)
    await work_off(lost)
    [failed, *_] = await runs(node, RunKind.MAKE)
    assert failed.failed and "does not answer, or refuses us" in failed.why
    assert not files_in(settings.data / "backups")


async def test_a_large_file_goes_in_and_out_in_parts(tmp_path: Path, s3: str) -> None:
    for store in (open_files(settings(tmp_path, **flags(s3))), open_files(settings(tmp_path))):
        name, content = new_name("mp4"), bytes(range(256)) * 50_000
        await store.put(name, io.BytesIO(content), "video/mp4")
        assert await store.size(name) == len(content)
        pieces = [piece async for piece in store.read(name, 7, len(content) - 3)]
        assert b"".join(pieces) == content[7:-3] and len(pieces) > 1
        await store.delete([name, name])
        with pytest.raises(NotFound):
            await store.size(name)


async def test_check_says_whether_the_store_can_be_written(tmp_path: Path, s3: str) -> None:
    for given in (flags(s3), {}):
        [finding] = await look_at_media(settings(tmp_path, **given))
        assert finding.level is Level.FINE, finding
    (tmp_path / "cache").rename(tmp_path / "was")
    (tmp_path / "cache").write_text("a file where a folder belongs")
    lost = flags(s3) | {"media_store": "s3://nobody"}
    for given in (lost, {}):
        [finding] = await look_at_media(settings(tmp_path, **given))
        assert finding.level is Level.PROBLEM and finding.todo


async def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
            raise OSError("the disk is full")

    store = LocalFiles(tmp_path / "media", tmp_path / "cache")
    with pytest.raises(Overloaded):
        await store.put(new_name("jpeg"), Breaks(made.photograph()), "image/jpeg")
    assert not files_in(tmp_path)
    await check_writable(store)
    assert not files_in(tmp_path)


def given_object(s3: str, key: str) -> None:
    requests.put(f"{s3}/fedinet/{key}", b"old", timeout=10).raise_for_status()


def objects(s3: str, prefix: str) -> int:
    """How many objects the bucket has below a prefix."""
    return requests.get(f"{s3}/fedinet?prefix={prefix}", timeout=10).text.count("<Key>")


def files_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*.*"))


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("", (0, 100)),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=-5", (95, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=50-5000", (50, 100)),
        ("bytes=0-1,5-6", (0, 100)),
        ("lines=0-9", (0, 100)),
        ("bytes=-", (0, 100)),
        ("bytes=100-", None),
        ("bytes=9-3", None),
        ("bytes=-0", None),
    ],
)
def test_a_range_is_read_as_rfc_9110_says(asked: str, span: tuple[int, int] | None) -> None:
    assert read_range(asked, 100) == span
