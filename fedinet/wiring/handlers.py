"""Who handles an activity: of other servers, and of members' own clients."""

from typing import Final

from fedinet.accounts import outbound as accounts_outbound
from fedinet.allies import inbound as allies_inbound
from fedinet.client import outbound as client_outbound
from fedinet.client.dispatch import OutboundTable
from fedinet.client.dispatch import merge as merge_outbound
from fedinet.follows import blocks_inbound
from fedinet.follows import inbound as follows_inbound
from fedinet.follows import outbound as follows_outbound
from fedinet.groups import inbound as groups_inbound
from fedinet.inbox import early_undos, not_offered
from fedinet.inbox.dispatch import HandlerTable, merge
from fedinet.moderation import inbound as moderation_inbound
from fedinet.moves import inbound as moves_inbound
from fedinet.pins import inbound as pins_inbound
from fedinet.pins import outbound as pins_outbound
from fedinet.posts import inbound as posts_inbound
from fedinet.posts import outbound as posts_outbound
from fedinet.profiles import inbound as profiles_inbound
from fedinet.quotes import inbound as quotes_inbound
from fedinet.reactions import emoji_inbound as reactions_emoji_inbound
from fedinet.reactions import inbound as reactions_inbound
from fedinet.reactions import outbound as reactions_outbound
from fedinet.threads.forwarding import forward_on
from fedinet.timelines.commands import place_own_post

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
