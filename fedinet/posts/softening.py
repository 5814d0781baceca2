"""What policy does to a post on its way in: quieter, without pictures, behind a warning. Pure."""

from dataclasses import replace

from fedinet.policy.model import Effect
from fedinet.posts.arrivals import Arrival
from fedinet.vocab.activity import PUBLIC, is_public

_QUIETER = frozenset({Effect.LIMIT, Effect.UNLIST})
_SILENT = frozenset({Effect.LIMIT, Effect.NO_NOTIFICATION})


def soften(arrival: Arrival, effects: frozenset[Effect]) -> Arrival:
    """Apply the effects that concern what a post says and where it is listed."""
    if Effect.STRIP_MEDIA in effects:
        arrival = replace(arrival, attachments=())
    if Effect.MARK_SENSITIVE in effects:
        arrival = replace(arrival, sensitive=True)
    if not _QUIETER.isdisjoint(effects) and any(map(is_public, arrival.to)):
        to = tuple(uri for uri in arrival.to if not is_public(uri))
        arrival = replace(arrival, to=to, cc=(*arrival.cc, PUBLIC))
    return arrival


def is_silent(effects: frozenset[Effect]) -> bool:
    """Tell whether a post notifies only those who follow its author."""
    return not _SILENT.isdisjoint(effects)
