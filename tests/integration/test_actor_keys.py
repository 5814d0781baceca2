"""Keys of our actors: made, sealed, opened."""

import asyncio
from pathlib import Path

import pytest

from fedinet.actors import keys, keys_store
from fedinet.actors.model import Actor
from fedinet.db.query import Pool
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId, Domain
from fedinet.kernel.uris import origin_of
from fedinet.node.secrets import SecretBox, WrongSecretKey
from fedinet.settings import Settings
from fedinet.signing.keys import KeyKind, public_of, read_public_der

BOX = SecretBox(bytes(32))


HERE = Settings(
    data=Path("unused"),
    origin=origin_of("https://our.example"),
    account_domain=Domain("our.example"),
)


async def test_an_actor_has_an_rsa_and_an_ed25519_key_under_the_names_that_peers_expect(
    pool: Pool,
) -> None:
    ada = await given_actor(pool)

    rsa, ed25519 = await keys_store.find_keys(pool, ada.id)

    assert rsa.id == "https://our.example/users/ada#main-key"
    assert ed25519.id == "https://our.example/users/ada#ed25519-key"
    assert read_public_der(rsa.public_der).kind is KeyKind.RSA
    assert read_public_der(ed25519.public_der).kind is KeyKind.ED25519


async def test_private_keys_open_with_the_box_and_fit_their_public_halves(pool: Pool) -> None:
    ada = await given_actor(pool)
    signer = keys.Signer(pool, HERE.uris, BOX)
    for stored in await keys_store.find_keys(pool, ada.id):
        opened = await signer.signing_key(ada.id, KeyKind(stored.kind))
        assert opened.id == stored.id
        assert public_of(opened.private).der == stored.public_der


async def test_a_key_is_opened_once(pool: Pool) -> None:
    ada = await given_actor(pool)
    signer = keys.Signer(pool, HERE.uris, BOX)
    assert await signer.signing_key(ada.id) is await signer.signing_key(ada.id)
    first = await signer.signing_key(ada.id)
    signer.forget(str(ada.id))
    assert await signer.signing_key(ada.id) is not first


@pytest.mark.parametrize("of_all", [False, True])
async def test_a_process_that_hears_of_a_rotation_opens_the_new_key(
    pool: Pool, of_all: bool
) -> None:
    ada = await given_actor(pool)
    signer = keys.Signer(pool, HERE.uris, BOX)
    old = await signer.signing_key(ada.id)
    await rotate(pool, ada)

    signer.forget("" if of_all else str(ada.id))

    new = await signer.signing_key(ada.id)
    (stored, _) = await keys_store.find_keys(pool, ada.id)
    assert new.id == old.id
    assert public_of(old.private).der != public_of(new.private).der == stored.public_der


async def test_a_key_that_was_read_before_a_notice_is_not_kept(pool: Pool) -> None:
    ada = await given_actor(pool)
    signer = keys.Signer(pool, HERE.uris, BOX)
    reading = asyncio.create_task(signer.signing_key(ada.id))
    await asyncio.sleep(0)
    signer.forget(str(ada.id))
    first = await reading
    assert await signer.signing_key(ada.id) is not first


async def test_two_rotations_at_once_take_turns(pool: Pool) -> None:
    ada = await given_actor(pool)
    await asyncio.gather(*[rotate(pool, ada) for _ in range(4)])
    assert [key.kind for key in await keys_store.find_keys(pool, ada.id)] == ["rsa", "ed25519"]
    await keys.Signer(pool, HERE.uris, BOX).signing_key(ada.id)


async def test_keys_of_somebody_elsewhere_or_gone_are_not_replaced(pool: Pool) -> None:
    ada = await given_actor(pool)
    before = await keys_store.find_keys(pool, ada.id)
    for is_local in (True, False):
        gone = (
            "UPDATE actors SET is_local = $2, gone_at = CASE WHEN $2 THEN now() END WHERE id = $1"
        )
        await pool.execute(gone, ada.id, is_local)
        with pytest.raises(NotFound):
            await rotate(pool, ada)
    assert await keys_store.find_keys(pool, ada.id) == before


async def test_a_stolen_database_opens_with_no_other_secret(pool: Pool) -> None:
    ada = await given_actor(pool)
    signer = keys.Signer(pool, HERE.uris, SecretBox(bytes(31) + b"\x01"))
    with pytest.raises(WrongSecretKey):
        await signer.signing_key(ada.id)


async def test_a_sealed_key_does_not_open_in_another_row(pool: Pool) -> None:
    ada = await given_actor(pool, "ada")
    bo = await given_actor(pool, "bo")
    await pool.execute(
        """
        UPDATE actor_keys k SET private_sealed = other.private_sealed FROM actor_keys other
         WHERE k.actor_id = $1 AND other.actor_id = $2 AND k.kind = other.kind
        """,
        bo.id,
        ada.id,
    )
    with pytest.raises(WrongSecretKey):
        await keys.Signer(pool, HERE.uris, BOX).signing_key(bo.id)


async def test_there_is_one_node_actor_however_often_the_node_starts(pool: Pool) -> None:
    first = await keys.ensure_node_actor(pool, HERE, BOX)
    second = await keys.ensure_node_actor(pool, HERE, BOX)

    assert first == second
    assert (first.uri, first.kind, first.username) == (
        "https://our.example/actor",
        "Application",
        "our.example",
    )
    key = await keys.Signer(pool, HERE.uris, BOX).node_key()
    assert key.id == "https://our.example/actor#main-key"


async def test_nobody_elsewhere_has_a_signing_key_here(pool: Pool) -> None:
    signer = keys.Signer(pool, HERE.uris, BOX)
    with pytest.raises(NotFound):
        await signer.signing_key(ActorId(1))
    with pytest.raises(NotFound):
        await signer.node_key()


async def rotate(pool: Pool, actor: Actor) -> None:
    pair = await keys.generate_keys()
    async with pool.acquire() as tx, tx.transaction():
        await keys.rotate_keys(tx, actor, box=BOX, keys=pair)


async def given_actor(pool: Pool, username: str = "ada") -> Actor:
    pair = await keys.generate_keys()
    async with pool.acquire() as tx, tx.transaction():
        return await keys.create_local_actor(
            tx,
            uris=HERE.uris,
            account_domain=HERE.account_domain,
            username=username,
            kind="Person",
            box=BOX,
            keys=pair,
        )
