"""What policy does to a post on its way in: quieter, without pictures or links, warned of. Pure."""

from dataclasses import replace

from fedinet.markup.sanitise import without_links
from fedinet.policy.model import Effect
from fedinet.posts.arrivals import Arrival
from fedinet.vocab.activity import PUBLIC, is_public

_QUIETER = frozenset({Effect.LIMIT, Effect.UNLIST})


def soften(arrival: Arrival, effects: frozenset[Effect]) -> Arrival:
    """Apply the effects that concern what a post says and where it is listed."""
    if Effect.STRIP_MEDIA in effects:
        arrival = replace(arrival, attachments=())
    if Effect.REMOVE_LINKS in effects:
        about = replace(arrival.about, link="", online_url="")
        arrival = replace(arrival, html=without_links(arrival.html), about=about)
    if Effect.MARK_SENSITIVE in effects:
        arrival = replace(arrival, sensitive=True)
    if not _QUIETER.isdisjoint(effects) and any(map(is_public, arrival.to)):
        to = tuple(uri for uri in arrival.to if not is_public(uri))
        arrival = replace(arrival, to=to, cc=(*arrival.cc, PUBLIC))
    return arrival
