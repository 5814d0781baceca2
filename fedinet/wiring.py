"""The only module that knows every slice: explicit tables, one line per slice and surface.

``services`` has what a process holds open; everything gets its parts of it as
arguments.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

from aiohttp import web

from fedinet.accounts import api as accounts_api
from fedinet.accounts import api_emails as accounts_emails
from fedinet.accounts import outbound as accounts_outbound
from fedinet.accounts import web as accounts_web
from fedinet.accounts import web_community as accounts_community
from fedinet.accounts import web_email as accounts_email
from fedinet.accounts import web_reset as accounts_reset
from fedinet.accounts import web_settings as accounts_settings
from fedinet.accounts import web_setup as accounts_setup
from fedinet.accounts.jobs import reset_asked
from fedinet.accounts.resets import RESET_ASKED
from fedinet.allies import api as allies_api
from fedinet.allies import inbound as allies_inbound
from fedinet.allies.commands import CHECK_ALLY
from fedinet.allies.jobs import check_ally
from fedinet.announcements import api as announcements_api
from fedinet.announcements import web as announcements_web
from fedinet.announcements.commands import LOOK_AT as LOOK_AT_ANNOUNCEMENT
from fedinet.announcements.commands import look_at as look_at_announcement
from fedinet.appeals import api as appeals_api
from fedinet.appeals import web as appeals_web
from fedinet.cards import web as cards_web
from fedinet.cards.jobs import LOOK_AT_LINKS, READ_PAGE, look_at_links, read_page_of
from fedinet.charter import api as charter_api
from fedinet.charter import web as charter_web
from fedinet.charter import web_desk as charter_desk
from fedinet.client import api as client_api
from fedinet.client import api_inbox as client_inbox
from fedinet.client import api_proxy as client_proxy
from fedinet.client import outbound as client_outbound
from fedinet.client.dispatch import OutboundTable
from fedinet.client.dispatch import merge as merge_outbound
from fedinet.conversations import api as conversations_api
from fedinet.conversations import effects as conversations_effects
from fedinet.discovery import api as discovery_api
from fedinet.discovery import api_instance as discovery_instance
from fedinet.discovery import web as discovery_web
from fedinet.federation.pages import FEDERATION_PAGES
from fedinet.feeds import api as feeds_api
from fedinet.feeds import web as feeds_web
from fedinet.filters import api as filters_api
from fedinet.filters import api_v1 as filters_v1
from fedinet.follows import api as follows_api
from fedinet.follows import api_client as follows_client
from fedinet.follows import api_domains as follows_domains
from fedinet.follows import blocks_inbound
from fedinet.follows import effects as follows_effects
from fedinet.follows import inbound as follows_inbound
from fedinet.follows import outbound as follows_outbound
from fedinet.follows import web as follows_web
from fedinet.follows import web_allies as follows_allies
from fedinet.follows import web_cuts as follows_cuts
from fedinet.follows import web_domains as follows_servers
from fedinet.follows.freezing import settle_follows
from fedinet.follows.jobs import SYNCHRONISE, synchronise
from fedinet.groups import inbound as groups_inbound
from fedinet.groups.jobs import CARRY, carry
from fedinet.house_emoji import web as house_emoji_web
from fedinet.inbox import early_undos, not_offered
from fedinet.inbox.dispatch import HandlerTable, merge
from fedinet.invitations import web as invitations_web
from fedinet.leaving import jobs as leaving_jobs
from fedinet.leaving import web as leaving_web
from fedinet.leaving.commands import CLOSE_ACCOUNT, ERASE_MEMBER
from fedinet.lists import api as lists_api
from fedinet.mail import web as mail_web
from fedinet.mail.commands import SEND_MAIL
from fedinet.mail.jobs import send_mail
from fedinet.media import api as media_api
from fedinet.media import api_profile as media_profile
from fedinet.media import web as media_web
from fedinet.media import web_remote as media_remote
from fedinet.media import web_settings as media_settings
from fedinet.moderation import api as moderation_api
from fedinet.moderation import api_accounts as moderation_accounts
from fedinet.moderation import api_reports as moderation_reports
from fedinet.moderation import inbound as moderation_inbound
from fedinet.moderation import web as moderation_web
from fedinet.moderation import web_desk as moderation_desk
from fedinet.moderation import web_people as moderation_people
from fedinet.moderation import web_standing as moderation_standing
from fedinet.moves import inbound as moves_inbound
from fedinet.moves import web as moves_web
from fedinet.moves.commands import CARRY_OVER
from fedinet.moves.jobs import carry_over
from fedinet.notifications import api as notifications_api
from fedinet.notifications import api_policy as notifications_policy
from fedinet.notifications import api_v2 as notifications_api_v2
from fedinet.notifications import effects as notifications_effects
from fedinet.notifications import web as notifications_web
from fedinet.notifications import web_policy as notifications_web_policy
from fedinet.oauth import api as oauth_api
from fedinet.oauth import web as oauth_web
from fedinet.people import api as people_api
from fedinet.pins import api as pins_api
from fedinet.pins import effects as pins_effects
from fedinet.pins import inbound as pins_inbound
from fedinet.pins import outbound as pins_outbound
from fedinet.pins import web as pins_web
from fedinet.pins.jobs import FETCH_PINNED, LOOK_AT_FEATURED, fetch_pinned, look_at_featured
from fedinet.policy.commands import SETTLE_FOLLOWS
from fedinet.policy.lists.changes import READ_LIST
from fedinet.policy.lists.jobs import read_list_job
from fedinet.polls import api as polls_api
from fedinet.polls import web as polls_web
from fedinet.polls.promises import END_POLL, REFRESH_POLL, TELL_COUNTS
from fedinet.posts import api as posts_api
from fedinet.posts import api_collections as posts_collections
from fedinet.posts import api_upload as posts_upload
from fedinet.posts import card_effects
from fedinet.posts import inbound as posts_inbound
from fedinet.posts import outbound as posts_outbound
from fedinet.posts import web as posts_web
from fedinet.posts.jobs import FETCH_PARENT, fetch_parent
from fedinet.posts.poll_jobs import end_poll, refresh_poll, tell_counts
from fedinet.profiles import api as profiles_api
from fedinet.profiles import inbound as profiles_inbound
from fedinet.profiles import web as profiles_web
from fedinet.profiles.farewell import ERASE_ACTOR
from fedinet.profiles.jobs import erase_actor
from fedinet.profiles.refreshing import REFRESH_ACTOR, refresh_actor
from fedinet.push import api as push_api
from fedinet.push.jobs import PUSH, push
from fedinet.queue.signals import Effect
from fedinet.quotes import api as quotes_api
from fedinet.quotes import effects as quotes_effects
from fedinet.quotes import inbound as quotes_inbound
from fedinet.quotes import web as quotes_web
from fedinet.quotes.jobs import CHECK_QUOTE, FETCH_QUOTING, check_quote, fetch_quoting
from fedinet.reactions import api as reactions_api
from fedinet.reactions import api_documents as reactions_documents
from fedinet.reactions import api_kept as reactions_kept
from fedinet.reactions import api_outbox as reactions_outbox
from fedinet.reactions import effects as reactions_effects
from fedinet.reactions import emoji_inbound as reactions_emoji_inbound
from fedinet.reactions import inbound as reactions_inbound
from fedinet.reactions import outbound as reactions_outbound
from fedinet.reactions import web as reactions_web
from fedinet.reactions.jobs import FETCH_BOOSTED, fetch_boosted
from fedinet.scheduled import api as scheduled_api
from fedinet.scheduled import web as scheduled_web
from fedinet.scheduled.jobs import PUBLISH, publish_scheduled
from fedinet.search import api as search_api
from fedinet.search import effects as search_effects
from fedinet.search import web as search_web
from fedinet.security import web as security_web
from fedinet.security import web_passkeys as security_passkeys
from fedinet.security import web_second_step as security_second_step
from fedinet.security import web_settings as security_settings
from fedinet.services import Services
from fedinet.streaming import api as streaming_api
from fedinet.streaming import effects as streaming_effects
from fedinet.tags import api as tags_api
from fedinet.tags import web as tags_web
from fedinet.threads import effects as threads_effects
from fedinet.threads.forwarding import forward_on
from fedinet.threads.jobs import FETCH_THREAD, fetch_thread
from fedinet.timelines import api as timelines_api
from fedinet.timelines import api_publish as timelines_publish
from fedinet.timelines import api_statuses as timelines_statuses
from fedinet.timelines import effects as timelines_effects
from fedinet.timelines import web as timelines_web
from fedinet.timelines.commands import place_own_post


def _by_signal(*slices: Mapping[type, Effect]) -> Mapping[type, Sequence[Effect]]:
    """Put the slices' effects together, each signal's in the order of the slices."""
    together: dict[type, list[Effect]] = {}
    for effects in slices:
        for kind, effect in effects.items():
            together.setdefault(kind, []).append(effect)
    return together


# Inbound activities: the slices' `handlers`.
_OF_PEOPLE: Final = (
    quotes_inbound.handlers,  # before posts, which take any Delete by its id
    posts_inbound.handlers,
    reactions_inbound.handlers,
    reactions_emoji_inbound.handlers,
    follows_inbound.handlers,
    blocks_inbound.handlers,
    profiles_inbound.handlers,
    moves_inbound.handlers,
    moderation_inbound.handlers,
    pins_inbound.handlers,
    allies_inbound.handlers,
    not_offered.handlers,
)
HANDLERS: HandlerTable = merge(
    [
        *_OF_PEOPLE,
        groups_inbound.handlers_for(merge(_OF_PEOPLE)),
        early_undos.handlers,  # asked last
    ],
    afterwards=forward_on,
)

# What members' ActivityPub clients post: the slices' `outbound`. Asked in this order.
OUTBOUND: OutboundTable = merge_outbound(
    [
        accounts_outbound.handlers,
        follows_outbound.handlers,
        reactions_outbound.handlers,
        pins_outbound.handlers,
        posts_outbound.handlers(place_own_post),
        client_outbound.handlers,  # asked last
    ]
)

# After the commit: signal -> the effects that hear of it.
EFFECTS: Mapping[type, Sequence[Effect]] = _by_signal(
    streaming_effects.FIRST,
    follows_effects.EFFECTS,
    timelines_effects.EFFECTS,
    conversations_effects.EFFECTS,
    reactions_effects.EFFECTS,
    quotes_effects.EFFECTS,
    pins_effects.EFFECTS,
    notifications_effects.EFFECTS,
    search_effects.EFFECTS,
    card_effects.EFFECTS,
    threads_effects.EFFECTS,
    streaming_effects.EFFECTS,
)

# Deferred work: kind -> what does it.
ServiceJob: TypeAlias = Callable[[Services, Mapping[str, object]], Awaitable[None]]
JOBS: Mapping[str, ServiceJob] = {
    FETCH_PARENT: lambda services, payload: fetch_parent(services.posts, payload),
    FETCH_THREAD: lambda services, payload: fetch_thread(services.backfill, payload),
    FETCH_BOOSTED: lambda services, payload: fetch_boosted(services.pool, services.posts, payload),
    CARRY: lambda services, payload: carry(
        services.pool, services.actors, services.policy, HANDLERS, payload
    ),
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
    REFRESH_ACTOR: lambda services, payload: refresh_actor(services.pool, services.actors, payload),
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
    RESET_ASKED: lambda services, payload: reset_asked(services.pool, services.box, payload),
    SEND_MAIL: lambda services, payload: send_mail(services.post_office, payload),
    PUSH: lambda services, payload: push(services.bell, payload),
    CHECK_ALLY: lambda services, payload: check_ally(services.nodes, payload),
    READ_LIST: lambda services, payload: read_list_job(
        services.pool, services.fetcher, services.settings, payload
    ),
    LOOK_AT_ANNOUNCEMENT: lambda services, payload: look_at_announcement(services.pool, payload),
    SYNCHRONISE: lambda services, payload: synchronise(services.pool, services.actors, payload),
}

# Addresses: the `routes` of every api.py and web.py.
ROUTES: tuple[Sequence[web.AbstractRouteDef], ...] = (
    discovery_api.routes,
    allies_api.routes,
    discovery_web.routes,
    client_api.routes,
    client_inbox.routes,
    client_proxy.routes,
    posts_upload.routes,
    posts_api.routes,
    posts_collections.routes,
    posts_web.routes,
    media_web.routes,
    media_remote.routes,
    cards_web.routes,
    media_settings.routes,
    polls_web.routes,
    reactions_documents.routes,
    reactions_outbox.routes,
    reactions_web.routes,
    quotes_web.routes,
    moderation_desk.routes,
    moderation_people.routes,
    moderation_standing.routes,
    moderation_web.routes,
    *FEDERATION_PAGES,
    mail_web.routes,
    announcements_web.routes,
    pins_web.routes,
    feeds_web.routes,  # before the pages whose addresses theirs continue
    timelines_web.routes,
    scheduled_web.routes,
    tags_web.routes,
    notifications_web.routes,
    notifications_web_policy.routes,
    profiles_web.routes,
    appeals_api.routes,
    appeals_web.routes,
    search_web.routes,
    follows_api.routes,
    follows_web.routes,
    follows_cuts.routes,
    follows_allies.routes,
    follows_servers.routes,
    charter_web.routes,
    charter_desk.routes,
    house_emoji_web.routes,
    accounts_web.routes,
    accounts_setup.routes,
    accounts_settings.routes,
    accounts_email.routes,
    accounts_reset.routes,
    accounts_community.routes,
    security_web.routes,
    security_second_step.routes,
    security_passkeys.routes,
    security_settings.routes,
    moves_web.routes,
    leaving_web.routes,
    invitations_web.routes,
    # apps that act for members
    oauth_web.routes,
    oauth_api.routes,
    # the Mastodon client API
    discovery_instance.routes,
    charter_api.routes,
    feeds_api.routes,
    accounts_api.routes,
    accounts_emails.routes,
    follows_client.routes,
    follows_domains.routes,
    media_api.routes,
    media_profile.routes,
    polls_api.routes,
    reactions_api.routes,
    reactions_kept.routes,
    lists_api.routes,
    people_api.routes,
    filters_api.routes,
    filters_v1.routes,
    conversations_api.routes,
    streaming_api.routes,
    push_api.routes,
    quotes_api.routes,
    moderation_api.routes,
    moderation_accounts.routes,
    moderation_reports.routes,
    pins_api.routes,
    profiles_api.routes,
    timelines_api.routes,
    timelines_publish.routes,
    timelines_statuses.routes,
    scheduled_api.routes,
    tags_api.routes,
    notifications_api.routes,
    notifications_api_v2.routes,
    notifications_policy.routes,
    announcements_api.routes,
    search_api.routes,
)

# Addresses that take files of members; any other takes a megabyte.
UPLOAD_PATHS: Sequence[str] = (
    "/users/{name}/media",
    "/api/v1/media",
    "/api/v2/media",
    "/api/v1/accounts/update_credentials",
    "/api/v1/profile",
    "/settings/pictures",
    "/admin/emoji",
    "/write",
    "/@{handle}/{id}/edit",
)
