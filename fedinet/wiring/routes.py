"""Which addresses there are, in the order in which they are asked."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from fedinet.accounts import api as accounts_api
from fedinet.accounts import api_emails as accounts_emails
from fedinet.accounts import web as accounts_web
from fedinet.accounts import web_community as accounts_community
from fedinet.accounts import web_email as accounts_email
from fedinet.accounts import web_reset as accounts_reset
from fedinet.accounts import web_settings as accounts_settings
from fedinet.accounts import web_setup as accounts_setup
from fedinet.allies import api as allies_api
from fedinet.announcements import api as announcements_api
from fedinet.announcements import web as announcements_web
from fedinet.appeals import api as appeals_api
from fedinet.appeals import web as appeals_web
from fedinet.backups import web as backups_web
from fedinet.cards import web as cards_web
from fedinet.charter import api as charter_api
from fedinet.charter import web as charter_web
from fedinet.charter import web_contact as charter_contact
from fedinet.charter import web_desk as charter_desk
from fedinet.charter import web_law as charter_law
from fedinet.client import api as client_api
from fedinet.client import api_inbox as client_inbox
from fedinet.client import api_proxy as client_proxy
from fedinet.conversations import api as conversations_api
from fedinet.conversations import web as conversations_web
from fedinet.digests import web as digests_web
from fedinet.digests import web_week as digests_week
from fedinet.digests import web_zone as digests_zone
from fedinet.discovery import api as discovery_api
from fedinet.discovery import api_instance as discovery_instance
from fedinet.discovery import web as discovery_web
from fedinet.federation.pages import FEDERATION_PAGES
from fedinet.feeds import api as feeds_api
from fedinet.feeds import web as feeds_web
from fedinet.filters import api as filters_api
from fedinet.filters import api_v1 as filters_v1
from fedinet.filters import web as filters_web
from fedinet.first_day import web as first_day_web
from fedinet.follows import api as follows_api
from fedinet.follows import api_client as follows_client
from fedinet.follows import api_domains as follows_domains
from fedinet.follows import web as follows_web
from fedinet.follows import web_allies as follows_allies
from fedinet.follows import web_cuts as follows_cuts
from fedinet.follows import web_domains as follows_servers
from fedinet.health import web as health_web
from fedinet.house_emoji import web as house_emoji_web
from fedinet.invitations import web as invitations_web
from fedinet.invitations.listed import web as invitations_listed
from fedinet.joining import web as joining_web
from fedinet.joining import web_desk as joining_desk
from fedinet.joining import web_ways as joining_ways
from fedinet.leaving import web as leaving_web
from fedinet.leaving import web_shut_out as leaving_shut_out
from fedinet.lists import api as lists_api
from fedinet.lists import web as lists_web
from fedinet.lockdown import web as lockdown_web
from fedinet.mail import web as mail_web
from fedinet.mail import web_leaving as mail_leaving
from fedinet.media import api as media_api
from fedinet.media import api_profile as media_profile
from fedinet.media import web as media_web
from fedinet.media import web_desk as media_desk
from fedinet.media import web_remote as media_remote
from fedinet.media import web_settings as media_settings
from fedinet.media.model import MAX_UPLOAD_BYTES
from fedinet.moderation import api as moderation_api
from fedinet.moderation import api_accounts as moderation_accounts
from fedinet.moderation import api_reports as moderation_reports
from fedinet.moderation import web as moderation_web
from fedinet.moderation import web_access as moderation_access
from fedinet.moderation import web_decisions as moderation_decisions
from fedinet.moderation import web_desk as moderation_desk
from fedinet.moderation import web_looks as moderation_looks
from fedinet.moderation import web_people as moderation_people
from fedinet.moderation import web_reasons as moderation_reasons
from fedinet.moderation import web_report as moderation_report
from fedinet.moderation import web_reporters as moderation_reporters
from fedinet.moderation import web_shut_out as moderation_shut_out
from fedinet.moderation import web_standing as moderation_standing
from fedinet.moderation import web_visitors as moderation_visitors
from fedinet.moves import web as moves_web
from fedinet.notifications import api as notifications_api
from fedinet.notifications import api_policy as notifications_policy
from fedinet.notifications import api_v2 as notifications_api_v2
from fedinet.notifications import web as notifications_web
from fedinet.notifications import web_policy as notifications_web_policy
from fedinet.oauth import api as oauth_api
from fedinet.oauth import web as oauth_web
from fedinet.people import api as people_api
from fedinet.people import web as people_web
from fedinet.pins import api as pins_api
from fedinet.pins import web as pins_web
from fedinet.polls import api as polls_api
from fedinet.polls import web as polls_web
from fedinet.posts import api as posts_api
from fedinet.posts import api_collections as posts_collections
from fedinet.posts import api_upload as posts_upload
from fedinet.posts import web as posts_web
from fedinet.posts import web_again as posts_again
from fedinet.posts import web_change as posts_change
from fedinet.posts import web_names as posts_names
from fedinet.posts import web_readers as posts_readers
from fedinet.profiles import api as profiles_api
from fedinet.profiles import web as profiles_web
from fedinet.push import api as push_api
from fedinet.quotes import api as quotes_api
from fedinet.quotes import web as quotes_web
from fedinet.reactions import api as reactions_api
from fedinet.reactions import api_documents as reactions_documents
from fedinet.reactions import api_kept as reactions_kept
from fedinet.reactions import api_outbox as reactions_outbox
from fedinet.reactions import web as reactions_web
from fedinet.scheduled import api as scheduled_api
from fedinet.scheduled import web as scheduled_web
from fedinet.search import api as search_api
from fedinet.search import web as search_web
from fedinet.security import web as security_web
from fedinet.security import web_mailed as security_mailed
from fedinet.security import web_owner_link as security_owner_link
from fedinet.security import web_passkeys as security_passkeys
from fedinet.security import web_second_step as security_second_step
from fedinet.security import web_settings as security_settings
from fedinet.streaming import api as streaming_api
from fedinet.streaming import web as streaming_web
from fedinet.tags import api as tags_api
from fedinet.tags import web as tags_web
from fedinet.timelines import api as timelines_api
from fedinet.timelines import api_publish as timelines_publish
from fedinet.timelines import api_statuses as timelines_statuses
from fedinet.timelines import web as timelines_web
from fedinet.transfers import web as transfers_web
from fedinet.transfers.model import MAX_FORM_BYTES
from fedinet.welcome import web as welcome_web
from fedinet.welcome import web_greeters as welcome_greeters

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
    posts_names.routes,
    posts_readers.routes,
    posts_change.routes,
    posts_again.routes,
    media_web.routes,
    media_remote.routes,
    media_desk.routes,
    cards_web.routes,
    media_settings.routes,
    polls_web.routes,
    reactions_documents.routes,
    reactions_outbox.routes,
    reactions_web.routes,
    quotes_web.routes,
    moderation_decisions.routes,
    moderation_desk.routes,
    moderation_looks.routes,
    moderation_access.routes,
    moderation_people.routes,
    moderation_shut_out.routes,
    moderation_reasons.routes,
    moderation_reporters.routes,
    moderation_standing.routes,
    moderation_web.routes,
    moderation_report.routes,
    moderation_visitors.routes,
    *FEDERATION_PAGES,
    mail_web.routes,
    mail_leaving.routes,
    backups_web.routes,
    lockdown_web.routes,
    first_day_web.routes,
    health_web.routes,
    security_owner_link.routes,
    announcements_web.routes,
    pins_web.routes,
    feeds_web.routes,  # before the pages whose addresses theirs continue
    timelines_web.routes,
    scheduled_web.routes,
    tags_web.routes,
    notifications_web.routes,
    notifications_web_policy.routes,
    digests_web.routes,
    digests_week.routes,
    digests_zone.routes,
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
    charter_contact.routes,
    charter_law.routes,
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
    security_mailed.routes,
    security_settings.routes,
    moves_web.routes,
    leaving_web.routes,
    leaving_shut_out.routes,
    transfers_web.routes,
    welcome_web.routes,
    welcome_greeters.routes,
    invitations_web.routes,
    invitations_listed.routes,
    joining_web.routes,
    joining_ways.routes,
    joining_desk.routes,
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
    lists_web.routes,
    people_api.routes,
    people_web.routes,
    filters_api.routes,
    filters_v1.routes,
    filters_web.routes,
    conversations_api.routes,
    conversations_web.routes,
    streaming_api.routes,
    streaming_web.routes,
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

# Addresses that take files of members, and how much; any other takes a megabyte.
_MEDIA_PATHS: Sequence[str] = (
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
UPLOAD_PATHS: Mapping[str, int] = {
    **dict.fromkeys(_MEDIA_PATHS, MAX_UPLOAD_BYTES),
    "/settings/import": MAX_FORM_BYTES,
}
