"""The file a backup is: a tar that may be encrypted, with a checksum for every member.

``header.json`` comes first and says what it is; ``manifest.json`` comes last
and holds the SHA-256 of everything between, so writing and reading are one
pass. Nothing is believed before the manifest has agreed.
"""

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

import msgspec

from fedinet.kernel.errors import FedinetError
from fedinet.node.secrets import KEY_FILE

FORMAT: Final = 1
HEADER: Final = "header.json"
MANIFEST: Final = "manifest.json"
DUMP: Final = "database.dump"
CONFIGURATION: Final = "fedinet.toml"
MEDIA: Final = "media"
_SINGLE: Final = frozenset({DUMP, KEY_FILE, CONFIGURATION})
_CHUNK: Final = 1024 * 1024
_MAX_JSON: Final = 256 * 1024 * 1024


class BadArchive(FedinetError):
    """Not a backup of ours, damaged, or of a newer release."""

    def __init__(self, text: str) -> None:
        super().__init__(text, public=text)


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself before anything is unpacked."""

    format: int
    fedinet: str
    origin: str
    postgres: int
    made_at: str


class _Release(msgspec.Struct, frozen=True):
    """What every release will say first, whatever it says besides."""

    format: int
    fedinet: str


class ArchiveWriter:
    """Writes members in the order they come. ``finish`` adds the manifest."""

    def __init__(self, target: IO[bytes], header: Header) -> None:
        self._tar = tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115  # closed by finish
        self._sums: dict[str, str] = {}
        self._add_bytes(HEADER, json.dumps(asdict(header)).encode())

    def add(self, name: str, path: Path, *, told: Callable[[int], object]) -> None:
        """Add a file; ``told`` hears the bytes read so far, piece by piece."""
        with path.open("rb") as source:
            size = path.stat().st_size
            reader = _Hashing(source, told, limit=size)
            member = tarfile.TarInfo(name)
            member.size, member.mode = size, 0o600
            self._tar.addfile(member, cast(IO[bytes], reader))
        self._sums[name] = reader.hexdigest

    def finish(self) -> None:
        self._add_bytes(MANIFEST, json.dumps(self._sums, sort_keys=True).encode())
        self._tar.close()

    def _add_bytes(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o600
        self._tar.addfile(member, io.BytesIO(content))
        if name != MANIFEST:
            self._sums[name] = sha256(content).hexdigest()


def unpack(source: IO[bytes], folder: Path, *, told: Callable[[int], object]) -> Header:
    """Unpack into an empty folder, and verify every checksum. One pass.

    Raises:
        BadArchive: anything is missing, damaged, unexpected or too new. What was
            unpacked by then must be thrown away.
    """
    sums: dict[str, str] = {}
    header: Header | None = None
    manifest: Mapping[str, str] | None = None
    try:
        with tarfile.open(fileobj=source, mode="r|") as tar:
            for member in tar:
                is_file = member.isreg() and not member.issparse()  # one with holes fills a disk
                content = tar.extractfile(member) if is_file else None
                if content is None or manifest is not None:
                    raise BadArchive(f"The backup holds something unexpected: {member.name!r}")
                if member.name == MANIFEST:
                    manifest = cast(Mapping[str, str], json.loads(content.read(_MAX_JSON)))
                elif header is None:
                    raw = content.read(_MAX_JSON)
                    header = _header(member.name, raw)
                    sums[HEADER] = sha256(raw).hexdigest()
                else:
                    sums[member.name] = _unpack_one(member.name, content, folder, told)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BadArchive(f"This is not a whole fedinet backup: {error}") from error
    if header is None or manifest is None or manifest != sums:
        raise BadArchive("The backup is damaged: its contents do not match its manifest.")
    return header


class _Hashing:
    """A reader that hashes and reports what passes through."""

    def __init__(self, source: IO[bytes], told: Callable[[int], object], *, limit: int) -> None:
        self._source = source
        self._told = told
        self._left = limit
        self._hash = sha256()

    def read(self, size: int) -> bytes:
        piece = self._source.read(min(size, self._left))
        self._left -= len(piece)
        self._hash.update(piece)
        self._told(len(piece))
        return piece

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _header(name: str, raw: bytes) -> Header:
    if name != HEADER:
        raise BadArchive("This is not a fedinet backup.")
    said = msgspec.json.decode(raw, type=_Release)
    if said.format > FORMAT:
        raise BadArchive(
            f"This backup was made by fedinet {said.fedinet[:40]}, which is newer. Update first."
        )
    header = msgspec.json.decode(raw, type=Header)
    if datetime.fromisoformat(header.made_at).tzinfo is None:
        raise BadArchive("The backup does not say when it was made.")
    return header


def _unpack_one(name: str, content: IO[bytes], folder: Path, told: Callable[[int], object]) -> str:
    parts = PurePosixPath(name).parts
    is_media = len(parts) > 1 and parts[0] == MEDIA and ".." not in parts
    if name not in _SINGLE and not is_media:
        raise BadArchive(f"The backup holds something unexpected: {name!r}")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = sha256()
    with target.open("xb") as written:
        target.chmod(0o600)
        while piece := content.read(_CHUNK):
            digest.update(piece)
            told(len(piece))
            written.write(piece)
    return digest.hexdigest()
