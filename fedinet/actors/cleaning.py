"""What other servers say of their actors, made fit to be stored and shown. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from fedinet.actors.model import MAX_FIELDS, ProfileField
from fedinet.kernel.errors import Malformed
from fedinet.markup.names import clean_name
from fedinet.markup.outline import without_headings
from fedinet.markup.sanitise import clean_html
from fedinet.signing.keys import PublicKey, read_multikey, read_public_pem
from fedinet.vocab.actor import RemoteActor
from fedinet.vocab.keys import RemoteKey


@dataclass(frozen=True, slots=True)
class ReadKey:
    """A key that the actor lists, and that we can check signatures with."""

    id: str
    key: PublicKey
    until: datetime | None = None


def cleaned(actor: RemoteActor) -> RemoteActor:
    """Remove everything active or misleading from the texts."""
    bio = without_headings(clean_html(actor.summary_html))
    return replace(actor, name=clean_name(actor.name), summary_html=bio)


def cleaned_fields(actor: RemoteActor) -> tuple[ProfileField, ...]:
    return tuple(
        ProfileField(clean_name(name), without_headings(clean_html(value)))
        for name, value in actor.fields[:MAX_FIELDS]
    )


def readable_keys(actor: RemoteActor) -> tuple[ReadKey, ...]:
    """Leave out the keys that we cannot use: too short, or of a kind we do not know."""
    found: list[ReadKey] = []
    for remote in actor.keys:
        key = _read(remote)
        if key is not None:
            found.append(ReadKey(remote.id, key, remote.until))
    return tuple(found)


def _read(remote: RemoteKey) -> PublicKey | None:
    try:
        if remote.pem is not None:
            return read_public_pem(remote.pem)
        return None if remote.multibase is None else read_multikey(remote.multibase)
    except (Malformed, UnicodeEncodeError):
        return None
