"""What happens after the commit, and the work that can wait."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from fedinet.accounts.jobs import ask_again, reset_asked
from fedinet.accounts.resets import RESET_ASKED
from fedinet.allies.asking_room import ASK_ROOM, ask_room
from fedinet.allies.commands import CHECK_ALLY
from fedinet.allies.jobs import check_ally
from fedinet.announcements.commands import LOOK_AT as LOOK_AT_ANNOUNCEMENT
from fedinet.announcements.commands import look_at as look_at_announcement
from fedinet.cards.jobs import LOOK_AT_LINKS, READ_PAGE, look_at_links, read_page_of
from fedinet.conversations import effects as conversations_effects
from fedinet.digests.jobs import WRITE_AT_ONCE, WRITE_PLANNED, write_at_once, write_planned
from fedinet.follows import effects as follows_effects
from fedinet.follows.freezing import settle_follows
from fedinet.follows.jobs import SYNCHRONISE, synchronise
from fedinet.groups.jobs import CARRY, carry
from fedinet.joining.jobs import FILL_ROOM, fill
from fedinet.leaving import jobs as leaving_jobs
from fedinet.leaving.commands import CLOSE_ACCOUNT, ERASE_MEMBER
from fedinet.lockdown.commands import ROTATE_ACTORS
from fedinet.lockdown.jobs import rotate_actors
from fedinet.mail.commands import SEND_MAIL
from fedinet.mail.jobs import send_mail
from fedinet.mail.proving import MAIL_PROVEN
from fedinet.media.jobs import MAKE_ROOM, make_room
from fedinet.moderation import effects as moderation_effects
from fedinet.moves.commands import CARRY_OVER
from fedinet.moves.jobs import carry_over
from fedinet.notifications import effects as notifications_effects
from fedinet.pins import effects as pins_effects
from fedinet.pins.jobs import FETCH_PINNED, LOOK_AT_FEATURED, fetch_pinned, look_at_featured
from fedinet.policy.commands import SETTLE_FOLLOWS
from fedinet.policy.lists.changes import READ_LIST
from fedinet.policy.lists.jobs import read_list_job
from fedinet.polls.promises import END_POLL, REFRESH_POLL, TELL_COUNTS
from fedinet.posts import card_effects
from fedinet.posts.jobs import FETCH_PARENT, fetch_parent
from fedinet.posts.poll_jobs import end_poll, refresh_poll, tell_counts
from fedinet.profiles.farewell import ERASE_ACTOR
from fedinet.profiles.jobs import erase_actor
from fedinet.profiles.refreshing import REFRESH_ACTOR, refresh_actor
from fedinet.push.jobs import PUSH, push
from fedinet.queue.signals import Effect
from fedinet.quotes import effects as quotes_effects
from fedinet.quotes.jobs import CHECK_QUOTE, FETCH_QUOTING, check_quote, fetch_quoting
from fedinet.reactions import effects as reactions_effects
from fedinet.reactions.jobs import FETCH_BOOSTED, fetch_boosted
from fedinet.scheduled.jobs import PUBLISH, publish_scheduled
from fedinet.search import effects as search_effects
from fedinet.security.mailed import SIGN_IN_ASKED, send_link
from fedinet.services import Services
from fedinet.streaming import effects as streaming_effects
from fedinet.threads import effects as threads_effects
from fedinet.threads.jobs import FETCH_THREAD, fetch_thread
from fedinet.timelines import effects as timelines_effects
from fedinet.timelines.commands import place_own_post
from fedinet.transfers.commands import BRING
from fedinet.transfers.jobs import bring
from fedinet.welcome import effects as welcome_effects
from fedinet.wiring.handlers import HANDLERS


def _by_signal(*slices: Mapping[type, Effect]) -> Mapping[type, Sequence[Effect]]:
    """Put the slices' effects together, each signal's in the order of the slices."""
    together: dict[type, list[Effect]] = {}
    for effects in slices:
        for kind, effect in effects.items():
            together.setdefault(kind, []).append(effect)
    return together


# After the commit: signal -> the effects that hear of it.
EFFECTS: Mapping[type, Sequence[Effect]] = _by_signal(
    streaming_effects.FIRST,
    follows_effects.EFFECTS,
    timelines_effects.EFFECTS,
    conversations_effects.EFFECTS,
    reactions_effects.EFFECTS,
    quotes_effects.EFFECTS,
    pins_effects.EFFECTS,
    moderation_effects.EFFECTS,
    notifications_effects.EFFECTS,
    search_effects.EFFECTS,
    card_effects.EFFECTS,
    threads_effects.EFFECTS,
    welcome_effects.EFFECTS,
    streaming_effects.EFFECTS,
)

# Deferred work: kind -> what does it.
ServiceJob: TypeAlias = Callable[[Services, Mapping[str, object]], Awaitable[None]]


async def _send_mail(services: Services, payload: Mapping[str, object]) -> None:
    await send_mail(await services.post_office(), payload)


SLOW: Mapping[str, int] = {BRING: 2}
"""Kinds that hold so many places at most, of the eight of a process: servers let them wait."""

OWED: frozenset[str] = frozenset({CLOSE_ACCOUNT, ERASE_MEMBER, ERASE_ACTOR, ROTATE_ACTORS})
"""Kinds that nobody promises again, and that somebody relies on: given up, they are not forgotten
but stay until they are tried again and done."""

JOBS: Mapping[str, ServiceJob] = {
    FETCH_PARENT: lambda services, payload: fetch_parent(services.posts, payload),
    FETCH_THREAD: lambda services, payload: fetch_thread(services.backfill, payload),
    FETCH_BOOSTED: lambda services, payload: fetch_boosted(services.pool, services.posts, payload),
    CARRY: lambda services, payload: carry(
        services.pool, services.actors, services.policy, HANDLERS, payload
    ),
    FILL_ROOM: lambda services, payload: fill(services.pool, services.joining_post, payload),
    FETCH_PINNED: lambda services, payload: fetch_pinned(services.pool, services.posts, payload),
    LOOK_AT_FEATURED: lambda services, payload: look_at_featured(
        services.pool, services.posts, services.actors, payload
    ),
    CHECK_QUOTE: lambda services, payload: check_quote(
        services.pool, services.posts, services.actors, payload
    ),
    FETCH_QUOTING: lambda services, payload: fetch_quoting(services.pool, services.posts, payload),
    TELL_COUNTS: lambda services, payload: tell_counts(services.pool, payload),
    END_POLL: lambda services, payload: end_poll(services.pool, payload),
    REFRESH_POLL: lambda services, payload: refresh_poll(services.pool, services.actors, payload),
    PUBLISH: lambda services, payload: publish_scheduled(
        services.pool, services.actors, services.uris, place_own_post, payload
    ),
    ERASE_ACTOR: lambda services, payload: erase_actor(services.pool, payload),
    CLOSE_ACCOUNT: lambda services, payload: leaving_jobs.close_when_due(services.pool, payload),
    ERASE_MEMBER: lambda services, payload: leaving_jobs.erase_member(services.pool, payload),
    MAKE_ROOM: lambda services, payload: make_room(services.pool, payload),
    ROTATE_ACTORS: lambda services, payload: rotate_actors(services.pool, services.box, payload),
    REFRESH_ACTOR: lambda services, payload: refresh_actor(services.pool, services.actors, payload),
    BRING: lambda services, payload: bring(services.bringing, payload),
    CARRY_OVER: lambda services, payload: carry_over(
        services.pool, payload, policy=services.policy
    ),
    SETTLE_FOLLOWS: lambda services, payload: settle_follows(
        services.pool, services.policy.current, payload
    ),
    LOOK_AT_LINKS: lambda services, payload: look_at_links(
        services.pool, services.fetcher, services.uris, payload
    ),
    READ_PAGE: lambda services, payload: read_page_of(
        services.pool, services.fetcher, services.uris, payload
    ),
    MAIL_PROVEN: lambda services, payload: ask_again(services.pool, services.box, payload),
    RESET_ASKED: lambda services, payload: reset_asked(services.pool, services.box, payload),
    SEND_MAIL: _send_mail,
    SIGN_IN_ASKED: lambda services, payload: send_link(services.pool, services.box, payload),
    WRITE_PLANNED: lambda services, payload: write_planned(services.digests, payload),
    WRITE_AT_ONCE: lambda services, payload: write_at_once(services.digests, payload),
    PUSH: lambda services, payload: push(services.bell, payload),
    ASK_ROOM: lambda services, payload: ask_room(services.nodes, payload),
    CHECK_ALLY: lambda services, payload: check_ally(services.nodes, payload),
    READ_LIST: lambda services, payload: read_list_job(
        services.pool, services.fetcher, services.settings, payload
    ),
    LOOK_AT_ANNOUNCEMENT: lambda services, payload: look_at_announcement(services.pool, payload),
    SYNCHRONISE: lambda services, payload: synchronise(services.pool, services.actors, payload),
}
