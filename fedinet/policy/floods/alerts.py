"""What stewards do with alerts."""

from datetime import datetime

from fedinet.db.query import Tx
from fedinet.desk.model import MatterKind
from fedinet.desk.telling import settle_matter
from fedinet.policy.floods.alerts_store import Alert, end_alert


async def put_away(tx: Tx, alert_id: int, *, by: str, now: datetime) -> Alert | None:
    """End an alert, and take it off the stewards' desk. None: it is over already."""
    ended = await end_alert(tx, alert_id, by=by, now=now)
    if ended is not None:
        await settle_matter(tx, MatterKind.FLOOD, matter_of(ended))
    return ended


def matter_of(alert: Alert) -> str:
    """What tells an alert apart on the stewards' desk."""
    return f"{alert.kind}:{alert.subject}"
