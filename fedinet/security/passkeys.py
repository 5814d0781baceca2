"""What browsers are asked for passkeys, and whether an answer holds. Pure, but for the challenge.

Source: https://www.w3.org/TR/webauthn-3/ sections 7.1 and 7.2; the checking is
that of the library ``webauthn``.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fedinet.kernel.ids import AccountId
from fedinet.kernel.uris import Origin

MAX_PASSKEYS: Final = 20
MAX_NAME: Final = 60
CHALLENGE_LIVES: Final = timedelta(minutes=5)

_MAX_ANSWER: Final = 16_384
_MAX_CREDENTIAL_ID: Final = 1023
_TIMEOUT_MS: Final = 240_000
_FORMATS: Final = (AttestationFormat.NONE, AttestationFormat.PACKED)
"""We ask for no proof of the make of a device; browsers then send none, or the key's own."""
_UNREADABLE: Final = (
    *(WebAuthnException, ValueError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, EOFError, RecursionError, struct.error, UnsupportedAlgorithm),
)
"""What the library says of bytes that somebody made up."""


@dataclass(frozen=True, slots=True)
class Site:
    """Whom a passkey is made for: it works at no other address."""

    origin: Origin
    name: str

    @property
    def rp_id(self) -> str:
        return self.origin.host


@dataclass(frozen=True, slots=True)
class Passkey:
    """One of a member's; ``name`` is what they call it."""

    id: int
    account_id: AccountId
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a browser made for us."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def options_to_add(
    site: Site,
    challenge: bytes,
    *,
    handle: bytes,
    username: str,
    display_name: str,
    existing: Iterable[bytes],
) -> str:
    """Ask for a new passkey, as JSON. ``handle``: 32 bytes that say nothing of who it is."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=handle,
        user_name=username,
        user_display_name=display_name,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_descriptors(existing),
    )
    return options_to_json(options)


def options_to_enter(site: Site, challenge: bytes, *, allowed: Iterable[bytes] | None) -> str:
    """Ask for one of these passkeys after a password; for any, with proof who holds it, alone."""
    wanted = UserVerificationRequirement
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=None if allowed is None else _descriptors(allowed),
        user_verification=wanted.REQUIRED if allowed is None else wanted.PREFERRED,
    )
    return options_to_json(options)


def answered_challenge(answer: str, *, new: bool) -> bytes | None:
    """The challenge that an answer says it is for; None where it cannot be read."""
    if len(answer) > _MAX_ANSWER:
        return None
    parse = parse_registration_credential_json if new else parse_authentication_credential_json
    try:
        return parse_client_data_json(parse(answer).response.client_data_json).challenge
    except _UNREADABLE:
        return None


def answering_credential(answer: str) -> bytes:
    """Which passkey an answer says it is of. The answer was read before."""
    return parse_authentication_credential_json(answer).raw_id


def check_new(answer: str, challenge: bytes, site: Site) -> NewPasskey | None:
    """Read a new passkey; None where it was made for another challenge or another site."""
    try:
        credential = parse_registration_credential_json(answer)
        if parse_attestation_object(credential.response.attestation_object).fmt not in _FORMATS:
            return None
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=str(site.origin),
        )
    except _UNREADABLE:
        return None
    if not 0 < len(found.credential_id) <= _MAX_CREDENTIAL_ID:
        return None
    return NewPasskey(found.credential_id, found.credential_public_key, found.sign_count)


def check_use(
    answer: str, challenge: bytes, site: Site, passkey: Passkey, *, verified: bool
) -> int | None:
    """Return how often the passkey has signed by now; None where the answer does not hold.

    ``verified``: the device must have seen who holds it (finger, face, PIN). One whose count
    does not grow was copied, and holds no more.
    """
    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=str(site.origin),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=verified,
        )
    except _UNREADABLE:
        return None
    return found.new_sign_count


def _descriptors(ids: Iterable[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each) for each in ids]
