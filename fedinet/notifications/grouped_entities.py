"""Groups of notifications as apps know them: what they name is sent once, beside them.

Source: https://docs.joinmastodon.org/methods/grouped_notifications/; where its words and
Mastodon 4.3-4.7 differ (numbers and strings), what Mastodon sends.
"""

from collections.abc import Mapping, Sequence

import msgspec
from aiohttp import web

from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.http.json import timestamp
from fedinet.kernel.ids import ActorId
from fedinet.notifications.entities import gather_parts
from fedinet.notifications.grouped_store import Figures
from fedinet.notifications.model import Notification
from fedinet.notifications.wanted import WORDS


class PartialAccount(msgspec.Struct, frozen=True):
    """As much of an account as a row of small pictures needs."""

    id: str
    acct: str
    locked: bool
    bot: bool
    url: str
    avatar: str
    avatar_static: str


async def render_groups(
    request: web.Request,
    conn: Conn,
    owner: Viewer,
    told: Sequence[Notification],
    figures: Mapping[str, Figures],
    *,
    partial: bool = False,
) -> dict[str, object]:
    """The GroupedNotificationsResults entity; what shows nothing any more is left out.

    ``partial``: only the last one of each group is a whole account.
    """
    ids = [actor_id for one in told for actor_id in figures[one.key].actor_ids]
    parts = await gather_parts(request, conn, owner, told, {*ids, *(one.actor_id for one in told)})
    shown = [one for one in told if parts.has(one)]
    samples = {
        one.key: [number for number in figures[one.key].actor_ids if number in parts.accounts]
        for one in shown
    }
    everybody = dict.fromkeys(number for sample in samples.values() for number in sample)
    whole = (
        dict.fromkeys(number for sample in samples.values() for number in sample[:1])
        if partial
        else everybody
    )
    more: dict[str, object] = {}
    if partial:
        more["partial_accounts"] = [
            msgspec.json.decode(parts.accounts[number], type=PartialAccount)
            for number in everybody
            if number not in whole
        ]
    return {
        "accounts": [parts.accounts[number] for number in whole],
        **more,
        "statuses": [
            parts.statuses[number]
            for number in dict.fromkeys(one.post_id for one in shown)
            if number is not None
        ],
        "notification_groups": [
            _group(one, figures[one.key], samples[one.key]) | parts.more(one) for one in shown
        ],
    }


def _group(one: Notification, figures: Figures, sample: Sequence[ActorId]) -> dict[str, object]:
    about = {} if one.post_id is None else {"status_id": str(one.post_id)}
    return {
        "group_key": one.key,
        "notifications_count": figures.number,
        "type": WORDS[one.kind],
        "most_recent_notification_id": figures.newest,
        "page_min_id": str(figures.page_oldest),
        "page_max_id": str(figures.page_newest),
        "latest_page_notification_at": timestamp(figures.page_newest_at),
        "sample_account_ids": [str(number) for number in sample],
        **about,
    }
