"""Services become an application: the web side, and the worker side.

What they are made of is in ``wiring``; here is only how it runs.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from itertools import chain
from typing import Final

from aiohttp import web

from fedinet.accounts.context import ASKING, ENTER, SHOW_OUT, WHY_SHUT_OUT
from fedinet.accounts.entities import ACCOUNTS, AccountEntities
from fedinet.accounts.passwords import PASSWORDS, Passwords
from fedinet.actors.verify import Verified
from fedinet.actors.witness import Witness
from fedinet.allies.context import SIGNER
from fedinet.allies.jobs import keep_checking
from fedinet.appeals.context import APPEAL_TAG, APPEAL_VERIFIER
from fedinet.appeals.upkeep import forget_appeals
from fedinet.backups.erasures_store import ERASURES_CHANNEL
from fedinet.backups.journal_upkeep import journal_of, keep_journal, write_once
from fedinet.backups.upkeep import keep_backups
from fedinet.cards.jobs import forget_cards
from fedinet.charter.upkeep import keep_imprint
from fedinet.client.context import DOCUMENTS
from fedinet.client.context import OUTBOUND as OUTBOUND_TABLE
from fedinet.desk.upkeep import forget_matters
from fedinet.digests.upkeep import keep_writing
from fedinet.discovery.api import COUNTS, Counts
from fedinet.federation.trial import TRYING
from fedinet.follows.freezing import keep_severing
from fedinet.follows.listening import FollowerWatch
from fedinet.health.upkeep import keep_counting, keep_looking
from fedinet.http import assets, manifest, offline, operations
from fedinet.http.admission import admit
from fedinet.http.allowance import ALLOWANCES, Allowances
from fedinet.http.apps import in_order, with_slashes
from fedinet.http.assets import Assets
from fedinet.http.context import (
    ACTORS,
    ASSETS,
    BOX,
    FETCHER,
    HOME,
    LATELY,
    NODE,
    PAGES,
    POLICY,
    POOL,
    PUSH_FETCHER,
    PUSH_KEYS,
    SETTINGS,
    URIS,
    VERIFIER,
)
from fedinet.http.middleware import MIDDLEWARES
from fedinet.http.multipart import MAX_BODY_BYTES, UPLOADS
from fedinet.http.node import CurrentNode
from fedinet.http.pages import Pages
from fedinet.http.ready import READY, ReadyAnswers, tidy_changes
from fedinet.http.tokens import TOKENS, Tokens
from fedinet.http.upkeep import sweep
from fedinet.inbox import receive
from fedinet.inbox.graduating import keep_graduating
from fedinet.inbox.judge import Judge
from fedinet.inbox.run import run_inbox
from fedinet.inbox.store import INBOX_CHANNEL
from fedinet.inbox.upkeep import let_in_the_met
from fedinet.inbox.work import process_once
from fedinet.invitations.context import ELSEWHERE, FIND_EXPECTED, HAS_PLACE, TAKE_PLACE
from fedinet.invitations.listed.sending import keep_inviting
from fedinet.joining.context import elsewhere
from fedinet.joining.places import is_open, take_place
from fedinet.joining.places_store import find_expected
from fedinet.joining.upkeep import keep_joining
from fedinet.joining.ways_store import is_asking
from fedinet.lockdown.upkeep import forget_ended
from fedinet.mail.upkeep import tidy_mail
from fedinet.media.context import COPIES, LIBRARY
from fedinet.media.copies import Copies
from fedinet.media.passes import PASSES, Passes
from fedinet.media.upkeep import run_upkeep, upkeep_once
from fedinet.moderation.acts_store import why_frozen, why_suspended
from fedinet.moderation.shut_out import show_out
from fedinet.moderation.upkeep import keep_looks, keep_visitors
from fedinet.oauth.upkeep import forget_apps
from fedinet.outbox.enqueue import OUTGOING_CHANNEL
from fedinet.outbox.fanout import fan_out_once
from fedinet.outbox.hosts_store import DELIVERIES_CHANNEL, host_seen
from fedinet.outbox.run import deliver_once, run_outbox
from fedinet.policy.floods.upkeep import look_for_floods
from fedinet.policy.lists.jobs import keep_lists
from fedinet.policy.reminders import keep_reminding
from fedinet.policy.servers.asking import keep_asking
from fedinet.policy.upkeep import end_rules
from fedinet.polls.context import WHY_MISSING
from fedinet.posts.context import ON_PUBLISHED, WHY_FROZEN
from fedinet.posts.documents import list_documents
from fedinet.posts.entities import FRAGMENTS, PostFragments
from fedinet.posts.later import LATER
from fedinet.posts.own import missing
from fedinet.posts.upkeep import count_stored, forget_keys
from fedinet.profiles.refreshing import Freshness
from fedinet.queue.effects import run_signals, run_signals_once
from fedinet.queue.jobs import JOBS_CHANNEL, Job, run_jobs, run_jobs_once
from fedinet.queue.signals import SIGNALS_CHANNEL
from fedinet.queue.upkeep import forget_failed
from fedinet.scheduled.writing import WritingLater
from fedinet.search.find import FINDER, Finder
from fedinet.security.door import enter
from fedinet.security.upkeep import forget_unfinished
from fedinet.services import Services
from fedinet.signing.message import SignedMessage
from fedinet.streaming.api import end_streams, run_hub
from fedinet.threads.upkeep import forget_forwarded
from fedinet.timelines.commands import place_own_post
from fedinet.timelines.web import list_lately, show_home
from fedinet.transfers.upkeep import keep_imports
from fedinet.welcome.upkeep import keep_welcoming
from fedinet.wiring.afterwards import EFFECTS, JOBS, OWED, SLOW
from fedinet.wiring.handlers import HANDLERS, OUTBOUND
from fedinet.wiring.routes import ROUTES, UPLOAD_PATHS

Step = Callable[[], Awaitable[int]]


_FIRST_ROUTES: Final = (operations.routes, offline.routes, assets.routes, manifest.routes)


def make_web_app(services: Services) -> web.Application:
    """Assemble the whole web side; needs no worker to answer."""
    app = web.Application(middlewares=[*MIDDLEWARES, admit], client_max_size=MAX_BODY_BYTES)
    app[SETTINGS] = services.settings
    app[URIS] = services.uris
    app[POOL] = services.pool
    app[BOX] = services.box
    app[FETCHER] = services.fetcher
    app[PUSH_FETCHER] = services.open_fetcher
    app[PUSH_KEYS] = services.push_keys
    app[SIGNER] = services.signer
    app[ACTORS] = services.actors
    app[VERIFIER] = services.verifier
    app[POLICY] = services.policy
    app[APPEAL_VERIFIER] = services.appeal_verifier
    app[APPEAL_TAG] = services.box.tag
    app[COUNTS] = Counts()
    app[OUTBOUND_TABLE] = OUTBOUND
    app[DOCUMENTS] = list_documents
    app[PASSWORDS] = Passwords()
    _answer_slices(app)
    app[NODE] = CurrentNode(services.pool)
    app[LATER] = WritingLater()
    app[FINDER] = Finder(services.pool, services.uris, services.actors, services.posts)
    app[ASSETS] = Assets()
    app[COPIES] = Copies(
        services.pool, services.fetcher, services.library, services.uris, services.settings
    )
    app.on_cleanup.append(_close_copies)
    app[PASSES] = Passes(services.box.tag)
    app[ACCOUNTS] = AccountEntities(services.uris, app[ASSETS])
    app[FRAGMENTS] = PostFragments(services.uris, app[PASSES])
    app[PAGES] = Pages(app[ASSETS])
    app[READY] = ReadyAnswers()
    app[TOKENS] = Tokens(services.pool)
    app[ALLOWANCES] = Allowances(services.settings)
    app[LIBRARY] = services.library
    app[TRYING] = asyncio.Semaphore(1)
    app[UPLOADS] = UPLOAD_PATHS
    app.cleanup_ctx.append(partial(_door, services))
    app.cleanup_ctx.append(partial(run_hub, services.listener))
    app.on_shutdown.append(end_streams)
    app.router.add_routes(in_order(with_slashes(chain(*_FIRST_ROUTES, receive.routes(), *ROUTES))))
    return app


def _answer_slices(app: web.Application) -> None:
    """What slices ask of those above them, which they may not import."""
    app[ENTER] = enter
    app[ON_PUBLISHED] = place_own_post
    app[HOME] = show_home
    app[ASKING] = is_asking
    app[TAKE_PLACE] = take_place
    app[HAS_PLACE] = is_open
    app[FIND_EXPECTED] = find_expected
    app[ELSEWHERE] = elsewhere
    app[WHY_SHUT_OUT] = why_suspended
    app[WHY_FROZEN] = why_frozen
    app[WHY_MISSING] = missing
    app[SHOW_OUT] = show_out
    app[LATELY] = list_lately


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Run every loop until ``stop`` is set; each ends its present step first."""
    pool, settings = services.pool, services.settings
    wake = partial(_wake, services)
    direct_url = settings.direct_database_url or settings.database_url
    assert direct_url is not None  # noqa: S101  # services cannot be open without one
    async with asyncio.TaskGroup() as loops:
        start = loops.create_task
        start(run_signals(pool, EFFECTS, stop, wake=wake(SIGNALS_CHANNEL)))
        start(run_jobs(pool, _jobs(services), stop, wake=wake(JOBS_CHANNEL), slow=SLOW))
        start(forget_failed(pool, stop, owed=OWED))
        start(sweep(pool, settings, stop))
        start(tidy_changes(pool, stop))
        start(keep_writing(services.digests, stop))
        start(tidy_mail(pool, services.box, settings, services.uris, stop))
        start(keep_inviting(services.post_office, stop, hourly=settings.invitation_mails))
        start(forget_keys(pool, stop))
        start(count_stored(pool, stop))
        start(forget_forwarded(pool, stop))
        start(end_rules(pool, stop))
        start(look_for_floods(pool, stop))
        start(keep_lists(pool, stop))
        start(keep_asking(pool, services.fetcher, stop, scheme=services.uris.origin.scheme))
        start(keep_severing(pool, stop))
        start(forget_matters(pool, stop))
        start(keep_imprint(pool, stop))
        start(keep_checking(pool, stop))
        start(forget_appeals(pool, stop))
        start(keep_reminding(pool, stop))
        start(keep_joining(pool, services.joining_post, stop))
        start(keep_welcoming(pool, stop))
        start(keep_imports(pool, stop))
        start(let_in_the_met(pool, services.box, stop, scheme=services.uris.origin.scheme))
        start(
            keep_graduating(
                pool,
                services.box,
                services.policy.current,
                stop,
                scheme=services.uris.origin.scheme,
            )
        )
        start(forget_apps(pool, stop))
        start(forget_unfinished(pool, settings, stop))
        start(forget_cards(pool, stop))
        start(forget_ended(pool, stop))
        start(keep_counting(pool, stop))
        start(keep_looking(pool, settings, services.fetcher.clocks, stop))
        start(keep_visitors(pool, stop))
        start(keep_looks(pool, stop))
        start(keep_backups(pool, settings, stop))
        start(keep_journal(pool, settings, services.box, stop, wake=wake(ERASURES_CHANNEL)))
        start(run_upkeep(pool, services.library.files, settings, stop))
        start(
            run_inbox(
                pool,
                HANDLERS,
                services.actors,
                stop,
                direct_url=direct_url,
                heard=host_seen,
                wake=wake(INBOX_CHANNEL),
                witness=Witness(services.verifier),
                judge=_judge(services),
                log_days=settings.inbound_log_days,
            )
        )
        start(
            run_outbox(
                pool,
                services.uris,
                services.fetcher,
                services.signer,
                stop,
                written=wake(OUTGOING_CHANNEL),
                fanned_out=wake(DELIVERIES_CHANNEL),
                proof_keys=services.signer,
            )
        )


def worker_steps(services: Services) -> tuple[Step, ...]:
    """The same work, one round at a time, in the order in which it flows. For tests."""
    pool = services.pool
    return (
        partial(
            process_once,
            pool,
            HANDLERS,
            services.actors,
            witness=Witness(services.verifier),
            judge=_judge(services),
        ),
        partial(run_signals_once, pool, EFFECTS),
        partial(run_jobs_once, pool, _jobs(services)),
        partial(upkeep_once, pool, services.library.files, services.settings),
        partial(write_once, pool, journal_of(services.settings, services.box)),
        partial(fan_out_once, pool, services.uris, proof_keys=services.signer),
        partial(deliver_once, pool, services.fetcher, services.signer),
    )


async def _door(services: Services, app: web.Application) -> AsyncGenerator[None]:
    watch, freshness = FollowerWatch(services.pool, services.uris), Freshness(services.pool)

    async def listen(sender: Verified, message: SignedMessage) -> None:
        await watch.heard(sender, message)
        await freshness.heard(sender, message)

    async with receive.open_door(
        services.pool,
        services.uris,
        services.verifier,
        services.policy,
        listener=listen,
    ) as door:
        app[receive.DOOR] = door
        yield


async def _close_copies(app: web.Application) -> None:
    await app[COPIES].close()


def _judge(services: Services) -> Judge:
    return Judge(services.pool, services.policy, services.box)


def _wake(services: Services, channel: str) -> asyncio.Event:
    event = asyncio.Event()
    services.listener.on(channel, lambda _: event.set())
    return event


def _jobs(services: Services) -> dict[str, Job]:
    """Give the jobs what they need besides the pool that every job is called with."""

    def bound(kind: str) -> Job:
        return lambda _pool, payload: JOBS[kind](services, payload)

    return {kind: bound(kind) for kind in JOBS}
