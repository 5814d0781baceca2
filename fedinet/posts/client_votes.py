"""Votes that members' ActivityPub clients cast: the Create of a Note with a name, no post.

Source: FEP-9967
"""

from fedinet.client.model import Done, Posted
from fedinet.db.query import Tx
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.polls.commands import vote_by_name
from fedinet.posts import store
from fedinet.vocab.activity import Document
from fedinet.vocab.context import ACTIVITY_CONTEXT
from fedinet.vocab.poll import RemoteVote, parse_votes


async def cast_vote(tx: Tx, posted: Posted) -> Done | None:
    """Vote in the poll that the Note answers; None where it answers no poll.

    Raises:
        Unprocessable: the vote does not count.
    """
    votes = parse_votes(posted.activity)
    post_id = await store.find_post_id_by_uri(tx, votes[0].question) if len(votes) == 1 else None
    if post_id is None:
        return None
    asked = await vote_by_name(tx, posted.author, post_id, votes[0].name, now=posted.now)
    if asked is None:
        return None
    document = _create(posted, votes[0])
    if not asked.is_local:
        audience = Audience(actors=(asked.author_id,), direct=True)
        await enqueue(tx, posted.author.id, audience, document)
    return Done(
        uri=posted.uri,
        object_uri=f"{posted.uri}#vote",
        told=frozenset({asked.author_id}),
        document=document,
    )


def _create(posted: Posted, vote: RemoteVote) -> Document:
    note = posted.activity.object_document or {}
    hidden = ("@context", "bto", "bcc")
    said = {key: value for key, value in posted.document.items() if key not in hidden}
    own = {key: value for key, value in note.items() if key not in hidden}
    ours = {"id": f"{posted.uri}#vote", "attributedTo": posted.author.uri, "name": vote.name}
    return {
        "@context": ACTIVITY_CONTEXT,
        **said,
        "id": posted.uri,
        "object": {**own, **posted.addressed.fields(), **ours},
    }
