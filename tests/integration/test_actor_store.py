"""Local actors as rows: names, profiles, suspension."""

import asyncpg
import pytest

from fedinet.actors import keys_store, store
from fedinet.actors.model import NewKey, ProfileChange, ProfileField
from fedinet.db.query import Tx
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId, Domain, KeyUri
from fedinet.kernel.names import NodeUris
from fedinet.kernel.uris import origin_of

URIS = NodeUris(origin_of("https://social.our.example"))
OURS = Domain("our.example")


async def test_a_local_actor_has_its_uris_under_our_origin_and_its_handle_at_the_account_domain(
    tx: Tx,
) -> None:
    ada = await store.get_actor(tx, await given_local(tx, "ada"))

    assert ada.uri == "https://social.our.example/users/ada"
    assert ada.page_url == "https://social.our.example/@ada"
    assert ada.shared_inbox_url == "https://social.our.example/inbox"
    assert (ada.handle, ada.full_handle) == ("ada", "ada@our.example")
    assert ada.approves_followers
    assert await store.find_local_by_name(tx, "ADA") == ada
    assert await store.find_by_handle(tx, "Ada", OURS) == ada
    assert await store.find_actor_by_uri(tx, ada.uri) == ada


async def test_a_name_is_never_given_twice_even_after_its_owner_left(tx: Tx) -> None:
    await store.mark_gone(tx, await given_local(tx, "ada"))

    with pytest.raises(Unprocessable, match="name taken"):
        await given_local(tx, "ada")


async def test_a_profile_change_keeps_what_it_does_not_name_and_raises_the_revision(
    tx: Tx,
) -> None:
    ada = await given_local(tx, "ada")
    fields = (ProfileField("Work", "<p>Potter</p>"),)
    await store.update_local_profile(tx, ada, ProfileChange(name="Ada L.", fields=fields))

    changed = await store.update_local_profile(tx, ada, ProfileChange(approves_followers=False))

    assert (changed.name, changed.fields, changed.approves_followers) == ("Ada L.", fields, False)
    assert changed.revision == 3


async def test_a_remote_or_missing_profile_cannot_be_changed_here(tx: Tx) -> None:
    with pytest.raises(NotFound):
        await store.update_local_profile(tx, ActorId(1), ProfileChange(name="x"))


async def test_a_gone_actor_keeps_its_row_and_loses_what_it_said_of_itself(tx: Tx) -> None:
    ada = await given_local(tx, "ada")
    await store.update_local_profile(tx, ada, ProfileChange(name="Ada", summary_html="<p>x</p>"))

    await store.mark_gone(tx, ada)

    gone = await store.get_actor(tx, ada)
    assert (gone.is_gone, gone.name, gone.summary_html) == (True, "", "")


async def test_suspension_is_set_lifted_and_repeatable(tx: Tx) -> None:
    ada = await given_local(tx, "ada")
    for suspended in (True, True, False):
        await store.set_suspended(tx, ada, suspended=suspended)
        assert (await store.get_actor(tx, ada)).is_suspended is suspended
    with pytest.raises(NotFound):
        await store.set_suspended(tx, ActorId(1), suspended=True)


async def test_keys_are_listed_rsa_first_and_found_by_id(tx: Tx) -> None:
    ada = await given_local(tx, "ada")
    await keys_store.insert_keys(
        tx,
        ada,
        [NewKey(KeyUri("u#e"), "ed25519", b"2"), NewKey(KeyUri("u#m"), "rsa", b"1", b"sealed")],
    )

    assert [key.kind for key in await keys_store.find_keys(tx, ada)] == ["rsa", "ed25519"]
    found = await keys_store.find_key(tx, "u#m")
    assert found is not None and found.private_sealed == b"sealed"
    assert await keys_store.find_key(tx, "u#other") is None


async def test_a_change_reaches_every_process(database_url: str) -> None:
    listener = await asyncpg.connect(database_url)
    heard: list[object] = []
    await listener.add_listener(store.ACTORS_CHANNEL, lambda *args: heard.append(args[3]))
    sender = await asyncpg.connect(database_url)
    async with sender.transaction():
        ada = await given_local(sender, "ada")
        await store.set_suspended(sender, ada, suspended=True)
    await listener.fetchval("SELECT 1")
    await sender.close()
    await listener.close()

    assert heard == [str(ada)]


@pytest.mark.parametrize(
    ("account_domain", "name"),
    [("our.example", "our.example"), ("localhost:8000", "localhost"), ("[::1]:8000", "1")],
)
def test_the_node_actor_is_named_after_the_host(account_domain: str, name: str) -> None:
    assert store.node_username(Domain(account_domain)) == name


async def given_local(tx: Tx, username: str) -> ActorId:
    return await store.insert_local_actor(
        tx, uris=URIS, account_domain=OURS, username=username, kind="Person"
    )
