"""What becomes of accounts by what people do here. Never the network."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fedinet.accounts import activities, store
from fedinet.accounts.addresses import ask_to_confirm
from fedinet.accounts.model import NewAccount
from fedinet.accounts.signals import ApprovalLifted
from fedinet.actors import store as actors
from fedinet.actors.activities import actor_document
from fedinet.actors.keys import KeyPair, create_local_actor
from fedinet.actors.keys import rotate_keys as replace_keys
from fedinet.actors.keys_store import find_keys
from fedinet.actors.model import Actor, ProfileChange
from fedinet.db.query import Tx
from fedinet.kernel.errors import Gone, Unprocessable
from fedinet.kernel.ids import AccountId, ActorId, Domain, ObjectUri
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.problems import Invalid, Problem
from fedinet.mail.model import Recipient
from fedinet.node.opening import open_node
from fedinet.node.secrets import SecretBox
from fedinet.node.store import lock_node, use_setup_link
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.queue.signals import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every new actor needs to know of its node."""

    uris: NodeUris
    account_domain: Domain
    box: SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Community:
    """The answers of the set-up form."""

    name: str
    purpose: str
    language: str
    hue: int
    time_zone: str


class AlreadySetUp(Gone):
    """The set-up form of a node that somebody set up meanwhile."""


class DeadSetupLink(Gone):
    """The set-up link is unknown, used, or older than an hour."""


async def create_account(
    tx: Tx,
    new: NewAccount,
    *,
    house: House,
    keys: KeyPair | None = None,
    email_confirmed: bool = False,
) -> tuple[AccountId, ActorId]:
    """Make a person with an actor, keys and an account, and ask them to confirm their address.

    ``keys``: ``generate_keys``, made before. ``email_confirmed``: they came by a link that was
    sent there, and are not asked again; who gave the address without reading it loses it.

    Raises:
        Invalid: the name was given before, or the e-mail address is in use.
    """
    try:
        actor = await create_local_actor(
            tx,
            uris=house.uris,
            account_domain=house.account_domain,
            username=new.username,
            kind="Person",
            box=house.box,
            keys=keys,
            name=new.name,
        )
    except Unprocessable as error:
        raise Invalid(Problem.told_by(error, "username")) from error
    if new.email is not None and email_confirmed:
        account_id = await store.insert_account(tx, actor.id, replace(new, email=None))
        await store.take_unconfirmed(tx, new.email, but_not_of=account_id)
        await store.update_email(tx, account_id, new.email, now=datetime.now(UTC))
        return account_id, actor.id
    account_id = await store.insert_account(tx, actor.id, new)
    if new.email is not None:
        to = Recipient(
            account_id=account_id,
            address=new.email,
            language=new.language,
            handle=f"@{new.username}",
        )
        await ask_to_confirm(tx, to, box=house.box, now=datetime.now(UTC))
    return account_id, actor.id


async def set_up(
    tx: Tx, token: str, community: Community, owner: NewAccount, *, house: House, keys: KeyPair
) -> AccountId:
    """Use the set-up link: make its owner, name the community and open the node.

    Two at once queue at the node's row; one is the owner, the other hears it.

    Raises:
        AlreadySetUp: somebody was faster, or it was long ago.
        DeadSetupLink: the link opens nothing.
        Invalid: the owner's name or address cannot be had.
    """
    if await lock_node(tx):
        raise AlreadySetUp("set up already")
    if not await use_setup_link(tx, token):
        raise DeadSetupLink("unknown, used or expired set-up link")
    account_id, _ = await create_account(tx, owner, house=house, keys=keys)
    await open_node(
        tx,
        name=community.name,
        purpose=community.purpose,
        language=community.language,
        hue=community.hue,
        time_zone=community.time_zone,
        now=datetime.now(UTC),
    )
    return account_id


async def update_profile(
    tx: Tx,
    actor_id: ActorId,
    change: ProfileChange,
    *,
    now: datetime,
    uri: ObjectUri | None = None,
) -> Actor:
    """Change one's own profile, and promise to tell the followers.

    ``uri``: the id of the Update, where that is given already. Who lifts the
    approval of followers lets in who waits for it.

    Raises:
        NotFound: not one of ours.
    """
    before = await actors.get_actor(tx, actor_id)
    actor = await actors.update_local_profile(tx, actor_id, change)
    if before.approves_followers and not actor.approves_followers:
        await announce(tx, ApprovalLifted(actor.id))
    await tell_followers(tx, actor, now, uri)
    return actor


async def rotate_keys(
    tx: Tx, actor: Actor, *, box: SecretBox, keys: KeyPair, now: datetime
) -> Actor:
    """Replace the keys of one of ours, and promise to tell the followers.

    What waits to be delivered is signed by the new key: bodies are kept, signatures are not.

    Raises:
        NotFound: not one of ours, or gone.
    """
    rotated = await replace_keys(tx, actor, box=box, keys=keys)
    if rotated.followers_uri is not None:  # the node actor has nobody to tell
        await tell_followers(tx, rotated, now)
    return rotated


async def tell_followers(tx: Tx, actor: Actor, now: datetime, uri: ObjectUri | None = None) -> None:
    """Promise an Update of one of ours, as it is now, to its followers."""
    keys = await find_keys(tx, actor.id)
    update = activities.update_actor(
        actor, actor_document(actor, keys), update_uri=uri or new_activity_uri(actor.uri), now=now
    )
    await enqueue(tx, actor.id, Audience(followers=True), update)
