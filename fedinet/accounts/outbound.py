"""What members' ActivityPub clients do with their own actor: Update.

Source: https://www.w3.org/TR/activitypub/#update-activity-outbox
"""

from fedinet.accounts.commands import update_profile
from fedinet.accounts.model import MAX_BIO, MAX_NAME
from fedinet.actors.model import ProfileChange
from fedinet.client.dispatch import OutboundTable
from fedinet.client.model import Done, NotYours, Posted, Refusal
from fedinet.db.query import Tx
from fedinet.markup.outline import without_headings
from fedinet.markup.sanitise import clean_html, clean_name, plain_text
from fedinet.vocab.activity import Document

handlers = OutboundTable()


@handlers.on("Update", "Actor", scope="write:accounts")
async def update_own(tx: Tx, posted: Posted) -> Done:
    """Change one's own name, text and rules; keys that are not given stay, null empties.

    Raises:
        NotYours: another actor.
        Refusal: only named.
    """
    if posted.activity.object_uri != posted.author.uri:
        raise NotYours("not_your_object", "This actor is not you")
    said = posted.activity.object_document
    if said is None:
        raise Refusal("no_changes", "Update needs its object embedded, with what changes")
    await update_profile(tx, posted.author.id, _change(said), uri=posted.uri, now=posted.now)
    return Done(uri=posted.uri, object_uri=posted.author.uri, is_delivered=True)


def _change(said: Document) -> ProfileChange:
    html = None
    if "summary" in said:
        html = without_headings(clean_html(_text(said, "summary") or ""))[:MAX_BIO]
    return ProfileChange(
        name=clean_name(_text(said, "name") or "")[:MAX_NAME] if "name" in said else None,
        summary_html=html,
        summary_source=None if html is None else plain_text(html),
        approves_followers=_flag(said, "manuallyApprovesFollowers"),
        discoverable=_flag(said, "discoverable"),
        indexable=_flag(said, "indexable"),
    )


def _text(said: Document, key: str) -> str | None:
    value = said.get(key)
    return value if isinstance(value, str) else None


def _flag(said: Document, key: str) -> bool | None:
    value = said.get(key)
    return value if isinstance(value, bool) else None
