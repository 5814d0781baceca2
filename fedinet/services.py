"""What a process holds open, from start to stop, and how it is opened.

Everything else gets its parts of it as arguments.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeAlias

from fedinet import __version__
from fedinet.actors.keys import Signer
from fedinet.actors.remote import ActorSource
from fedinet.actors.store import ACTORS_CHANNEL
from fedinet.actors.verify import Verifier
from fedinet.allies.looking import Nodes
from fedinet.db.listen import Listener
from fedinet.db.pool import open_pool
from fedinet.db.query import Pool
from fedinet.digests.readers import Desk
from fedinet.digests.retelling import retell
from fedinet.joining.letters import Post
from fedinet.kernel.ids import Domain
from fedinet.kernel.names import NodeUris
from fedinet.mail.jobs import PostOffice, open_office
from fedinet.mail.model import MailKind
from fedinet.mail.server import mail_settings
from fedinet.media.files import open_files
from fedinet.media.library import Library
from fedinet.net.fetch import Fetcher, Use
from fedinet.node.push_keys import PushKeys
from fedinet.node.secrets import SecretBox, open_box
from fedinet.node.store import NODE_CHANNEL
from fedinet.policy.ask import Policy
from fedinet.policy.model import Scope
from fedinet.policy.store import POLICY_CHANNEL
from fedinet.posts.remote import PostSource
from fedinet.push.jobs import Bell
from fedinet.settings import BadSettings, Settings
from fedinet.threads.backfill import Backfill
from fedinet.transfers.jobs import Bringing

Role: TypeAlias = Literal["web", "worker", "command"]
POOL_SIZE: Mapping[Role, int] = {"web": 10, "worker": 10, "command": 3}
"""Connections per process, besides one for LISTEN and session locks."""


_SCOPES: Final[Mapping[Use, Scope]] = {
    "document": Scope.FETCH,
    "media": Scope.MEDIA,
    "delivery": Scope.OUTBOUND,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What one process holds open, from start to stop."""

    settings: Settings
    uris: NodeUris
    pool: Pool
    listener: Listener
    box: SecretBox
    fetcher: Fetcher
    open_fetcher: Fetcher
    """Asks no policy: for the keys of who appeals, and for push services."""
    push_keys: PushKeys
    signer: Signer
    actors: ActorSource
    posts: PostSource
    backfill: Backfill
    verifier: Verifier
    library: Library
    policy: Policy
    appeal_verifier: Verifier

    @property
    def digests(self) -> Desk:
        return Desk(pool=self.pool, box=self.box, house_zone=self.settings.time_zone)

    @property
    def bell(self) -> Bell:
        return Bell(
            pool=self.pool,
            fetcher=self.open_fetcher,
            box=self.box,
            keys=self.push_keys,
            uris=self.uris,
            house_zone=self.settings.time_zone,
        )

    async def post_office(self) -> PostOffice:
        """With the mail server that holds now: stewards change it on a page."""
        settings = await mail_settings(self.pool, self.box, self.settings)
        overview = partial(retell, self.digests)
        kinds = (MailKind.NEWS, MailKind.DAILY, MailKind.WEEKLY)
        return open_office(self.pool, self.box, self.uris, settings, dict.fromkeys(kinds, overview))

    @property
    def joining_post(self) -> Post:
        return Post(box=self.box)

    @property
    def bringing(self) -> Bringing:
        return Bringing(
            pool=self.pool,
            actors=self.actors,
            posts=self.posts,
            policy=self.policy,
            uris=self.uris,
            ours=frozenset({self.settings.account_domain, self.uris.origin.domain}),
        )

    @property
    def nodes(self) -> Nodes:
        return Nodes(self.pool, self.fetcher, self.actors, self.uris)


@asynccontextmanager
async def open_services(settings: Settings, role: Role) -> AsyncGenerator[Services]:
    """Open everything a process of this role needs; the database must be migrated and pinned.

    Raises:
        Overloaded: the database does not answer.
        WrongSecretKey: the data folder has no ``secret.key``.
    """
    if settings.database_url is None:
        raise BadSettings("Set DATABASE_URL: only `fedinet serve` runs a PostgreSQL of its own.")
    direct = settings.direct_database_url or settings.database_url
    async with AsyncExitStack() as stack:
        name = f"fedinet {role}"
        pool = await stack.enter_async_context(
            open_pool(settings.database_url, size=POOL_SIZE[role], name=name)
        )
        listener = await stack.enter_async_context(Listener(direct, name=f"{name} listen"))
        policy = Policy(pool, settings.uris)
        listener.on(POLICY_CHANNEL, policy.current.forget)
        listener.on(POLICY_CHANNEL, policy.alerts.forget)
        fetcher = await stack.enter_async_context(
            Fetcher(
                user_agent=f"fedinet/{__version__} (+{settings.origin})",
                allow_private_networks=settings.allow_private_networks,
                permit=partial(_permit, policy),
            )
        )
        # Refused servers may still appeal: their keys, and nothing else of them, are read by this.
        open_fetcher = await stack.enter_async_context(
            Fetcher(
                user_agent=f"fedinet/{__version__} (+{settings.origin})",
                allow_private_networks=settings.allow_private_networks,
            )
        )
        box = open_box(settings.data, create=False)
        push_keys = PushKeys(pool, box)
        listener.on(NODE_CHANNEL, push_keys.forget)
        signer = Signer(pool, settings.uris, box)
        actors = ActorSource(
            pool, fetcher, signer, settings.uris, settings.account_domain, policy=policy
        )
        verifier = Verifier(pool, actors, settings.uris)
        anybody = ActorSource(pool, open_fetcher, signer, settings.uris, settings.account_domain)
        appeal_verifier = Verifier(pool, anybody, settings.uris)
        listener.on(ACTORS_CHANNEL, signer.forget)
        listener.on(ACTORS_CHANNEL, appeal_verifier.forget)
        listener.on(ACTORS_CHANNEL, verifier.forget)
        posts = PostSource(pool, actors, settings.uris, policy=policy)
        yield Services(
            settings=settings,
            uris=settings.uris,
            pool=pool,
            listener=listener,
            box=box,
            fetcher=fetcher,
            open_fetcher=open_fetcher,
            push_keys=push_keys,
            signer=signer,
            actors=actors,
            posts=posts,
            backfill=Backfill(pool, actors, posts, settings.uris),
            verifier=verifier,
            library=Library(pool, open_files(settings), settings),
            policy=policy,
            appeal_verifier=appeal_verifier,
        )


async def _permit(policy: Policy, use: Use, domain: Domain) -> None:
    await policy.permit(_SCOPES[use], domain)
