"""Long lists taken out as JSON Lines, a stretch at a time."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
from aiohttp import web

from fedinet.db.query import Conn
from fedinet.http.context import POOL

Row = TypeVar("Row")


async def stream_lines(
    request: web.Request,
    filename: str,
    read: Callable[[Conn, int], Awaitable[Sequence[Row]]],
    *,
    key: Callable[[Row], int],
    line: Callable[[Row], object],
) -> web.StreamResponse:
    """Answer with one JSON document a line: what ``line`` makes of each row.

    ``read`` gives the next rows after a key, in its order; none: that was all.
    Source of the form: https://jsonlines.org
    """
    answer = web.StreamResponse(
        headers={
            "Content-Type": "application/jsonl; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{filename}"',
        }
    )
    await answer.prepare(request)
    after = 0
    while True:  # a connection for each stretch: who reads slowly holds none
        async with request.app[POOL].acquire() as conn:
            rows = await read(conn, after)
        if not rows:
            break
        await answer.write(b"".join(msgspec.json.encode(line(row)) + b"\n" for row in rows))
        after = key(rows[-1])
    await answer.write_eof()
    return answer
