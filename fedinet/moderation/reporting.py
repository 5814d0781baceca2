"""A member reports somebody: to the stewards here, and to the server of who is reported."""

from collections.abc import Sequence
from typing import Final

from fedinet.actors.model import Actor
from fedinet.actors.store import find_actor_by_uri
from fedinet.db.query import Tx
from fedinet.kernel.errors import TooManyRequests, Unprocessable
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import NodeUris, new_activity_uri
from fedinet.kernel.problems import N_
from fedinet.moderation import activities, reports_store
from fedinet.moderation.model import MAX_OPEN_OF_ONE, MAX_POSTS, Category, Report, check_comment
from fedinet.moderation.reports_store import NewReport
from fedinet.outbox.audience import Audience
from fedinet.outbox.enqueue import enqueue
from fedinet.posts.reach import as_viewer
from fedinet.posts.store import list_visible

_LATER_S: Final = 3600


async def report(
    tx: Tx,
    uris: NodeUris,
    reporter: Actor,
    target: Actor,
    *,
    post_ids: Sequence[PostId],
    comment: str,
    category: Category,
    forward: bool,
) -> Report:
    """Store a report; with ``forward`` the node tells the other server, and not by whom.

    Only posts of the target count, and of these what the reporter may see.

    Raises:
        Unprocessable: of oneself, or too long.
        TooManyRequests: too many of theirs are open.
    """
    if target.id == reporter.id:
        raise Unprocessable("report of oneself", public=N_("You cannot report yourself"))
    if await reports_store.count_open_of(tx, reporter.id, most=MAX_OPEN_OF_ONE) >= MAX_OPEN_OF_ONE:
        raise TooManyRequests(
            f"{reporter.username}: {MAX_OPEN_OF_ONE} open", retry_after_s=_LATER_S
        )
    visible = await list_visible(tx, as_viewer(reporter), post_ids[:MAX_POSTS])
    about = tuple(sorted(post.id for post in visible.values() if post.author_id == target.id))
    node = await find_actor_by_uri(tx, uris.node_actor)
    goes_out = forward and not target.is_local and node is not None
    uri = new_activity_uri(uris.node_actor) if goes_out else ""
    new = NewReport(
        reporter_id=reporter.id,
        target_id=target.id,
        uri=uri,
        category=category,
        comment=check_comment(comment),
        post_ids=about,
        forwarded=goes_out,
    )
    report_id = await reports_store.insert_report(tx, new)
    if goes_out and node is not None:
        named = await reports_store.list_uris(tx, about, target.id)
        told = activities.flag(node.uri, target.uri, named, uri=uri, comment=new.comment)
        await enqueue(tx, node.id, Audience(actors=(target.id,), direct=True), told)
    made = await reports_store.find_report(tx, report_id)
    assert made is not None  # noqa: S101  # inserted above
    return made
