"""Work of a lockdown that takes its time: new signing keys for everybody."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fedinet.db.pool import transaction
from fedinet.db.query import Pool
from fedinet.kernel.errors import Malformed
from fedinet.lockdown.commands import ROTATE_ACTORS, rotate_some
from fedinet.node.secrets import SecretBox
from fedinet.queue.jobs import enqueue_job


async def rotate_actors(pool: Pool, box: SecretBox, payload: Mapping[str, object]) -> None:
    """Rotate some, and promise the next. Run twice, some get new keys twice, which harms nobody.

    Raises:
        Malformed: not a payload of this job.
    """
    after = payload.get("after")
    if not isinstance(after, int):
        raise Malformed(f"{ROTATE_ACTORS} with {payload}")
    last = await rotate_some(pool, box, after, now=datetime.now(UTC))
    if last is not None:
        async with transaction(pool) as tx:
            await enqueue_job(tx, ROTATE_ACTORS, {"after": last}, unique_key=str(last))
