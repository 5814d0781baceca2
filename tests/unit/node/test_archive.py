"""The file of a backup: whole, or refused."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from fedinet.node.archive import ArchiveWriter, BadArchive, Header, unpack
from fedinet.node.sealed_stream import MAGIC, OpeningReader, SealingWriter

HEADER = Header(1, "0.1.0", "https://community.example", 18, "2026-11-23T02:00:00+00:00")
PIECE = 1024 * 1024


def test_what_was_packed_comes_out(tmp_path: Path) -> None:
    out = tmp_path / "out"
    packed = given_archive(tmp_path)
    assert unpack(io.BytesIO(packed), out, told=ignored) == HEADER
    assert (out / "database.dump").read_bytes() == b"dump" * 1000
    assert (out / "media" / "ab" / "cat.jpg").read_bytes() == b"cat"


def test_progress_is_told_to_the_last_byte(tmp_path: Path) -> None:
    told: list[int] = []
    unpack(io.BytesIO(given_archive(tmp_path)), tmp_path / "out", told=told.append)
    assert sum(told) == len(b"dump" * 1000) + len(b"cat")


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    packed = given_archive(tmp_path).replace(b"dumpdump", b"dumpdumm", 1)
    with pytest.raises(BadArchive, match="damaged"):
        unpack(io.BytesIO(packed), tmp_path / "out", told=ignored)


@pytest.mark.parametrize("kept", [0, 100, 1000, 6000])
def test_a_file_that_was_cut_is_noticed(tmp_path: Path, kept: int) -> None:
    with pytest.raises(BadArchive):
        unpack(io.BytesIO(given_archive(tmp_path)[:kept]), tmp_path / "out", told=ignored)


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/outside", "media/../../outside", "media", "pg/PG_VERSION"]
)
def test_nothing_lands_where_it_does_not_belong(tmp_path: Path, name: str) -> None:
    packed = given_tar([("header.json", header_bytes()), (name, b"evil"), ("manifest.json", b"{}")])
    with pytest.raises(BadArchive, match="unexpected"):
        unpack(io.BytesIO(packed), tmp_path / "out", told=ignored)
    assert not (tmp_path / "outside").exists()


def test_a_file_with_holes_is_refused(tmp_path: Path) -> None:
    """A few bytes that would become a terabyte on the disk."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, content in (("header.json", header_bytes()), ("media/bomb", b"0\n")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if name == "media/bomb":
                member.pax_headers = {
                    "GNU.sparse.major": "0", "GNU.sparse.minor": "1",
                    "GNU.sparse.map": "0,0", "GNU.sparse.size": str(PIECE),
                }  # fmt: skip
            tar.addfile(member, io.BytesIO(content))
    with pytest.raises(BadArchive, match="unexpected"):
        unpack(io.BytesIO(buffer.getvalue()), tmp_path / "out", told=ignored)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"format": 2, "fedinet": "9.0", "shape": "new"}, "newer. Update first"),
        ({"format": "1", "fedinet": "0.1"}, "not a whole"),
        (
            {"format": 1, "fedinet": "0.1", "origin": 7, "postgres": 18, "made_at": ""},
            "not a whole",
        ),
        (
            {"format": 1, "fedinet": "0.1", "origin": "x", "postgres": 18, "made_at": "now"},
            "not a whole",
        ),
        (
            {"format": 1, "fedinet": "0.1", "origin": "x", "postgres": 18, "made_at": "2026-11-29"},
            "when it was made",
        ),
        ([], "not a whole"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path: Path, header: object, said: str) -> None:
    packed = given_tar([("header.json", json.dumps(header).encode()), ("manifest.json", b"{}")])
    with pytest.raises(BadArchive, match=said):
        unpack(io.BytesIO(packed), tmp_path / "out", told=ignored)


def test_a_link_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w|") as tar:
        link = tarfile.TarInfo("secret.key")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(BadArchive, match="unexpected"):
        unpack(io.BytesIO(buffer.getvalue()), tmp_path / "out", told=ignored)


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(("readme.txt", b"hello"), id="no header"),
        pytest.param(("header.json", b"[]"), id="header of another shape"),
        pytest.param(("header.json", b"{"), id="header that is no JSON"),
        pytest.param(("header.json", b'{"format": 1}'), id="header without facts"),
    ],
)
def test_what_is_no_backup_is_refused(tmp_path: Path, first: tuple[str, bytes]) -> None:
    with pytest.raises(BadArchive):
        unpack(io.BytesIO(given_tar([first])), tmp_path / "out", told=ignored)


def test_a_backup_of_a_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    newer = header_bytes(format=2)
    with pytest.raises(BadArchive, match="Update first"):
        unpack(io.BytesIO(given_tar([("header.json", newer)])), tmp_path / "out", told=ignored)


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_is_sealed_opens_with_its_passphrase(size: int) -> None:
    plain = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert opened(sealed(plain), "a passphrase") == plain


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(BadArchive, match="passphrase"):
        opened(sealed(b"private"), "another one")


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda whole: whole[:-1], id="cut by a byte"),
        pytest.param(lambda whole: whole[: 32 + PIECE + 16], id="cut between pieces"),
        pytest.param(lambda whole: whole[:20], id="cut in the head"),
        pytest.param(
            lambda whole: whole[:32] + whole[32 + PIECE + 16 :], id="without its first piece"
        ),
        pytest.param(lambda whole: whole[:-5] + bytes(5), id="changed at the end"),
    ],
)
def test_a_spoiled_file_opens_nothing(spoil) -> None:
    with pytest.raises(BadArchive):
        opened(spoil(sealed(b"p" * (2 * PIECE + 7))), "a passphrase")


def given_archive(folder: Path) -> bytes:
    source = folder / "source"
    source.mkdir()
    (source / "dump").write_bytes(b"dump" * 1000)
    (source / "cat").write_bytes(b"cat")
    buffer = io.BytesIO()
    archive = ArchiveWriter(buffer, HEADER)
    archive.add("database.dump", source / "dump", told=ignored)
    archive.add("media/ab/cat.jpg", source / "cat", told=ignored)
    archive.finish()
    return buffer.getvalue()


def given_tar(members: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w|") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def header_bytes(**changes: object) -> bytes:
    facts = {"format": 1, "fedinet": "9", "origin": "https://a.example", "postgres": 18}
    return json.dumps({**facts, "made_at": HEADER.made_at, **changes}).encode()


def sealed(plain: bytes) -> bytes:
    buffer = io.BytesIO()
    with SealingWriter(buffer, "a passphrase") as writer:
        writer.write(plain)
    return buffer.getvalue()


def opened(whole: bytes, passphrase: str) -> bytes:
    source = io.BytesIO(whole)
    assert source.read(len(MAGIC)) == MAGIC
    return io.BufferedReader(OpeningReader(source, passphrase)).read()


def ignored(_count: int) -> None:
    pass
