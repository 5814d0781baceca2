"""How the column ``card`` of the statement that reads posts becomes a card."""

import msgspec

from fedinet.cards.model import Card, ShownCard

_decode = msgspec.json.Decoder(Card).decode


def card_of(stored: list[str] | None) -> ShownCard | None:
    if stored is None:
        return None
    card_id, version, said = stored
    return ShownCard(int(card_id), int(version), _decode(said))
