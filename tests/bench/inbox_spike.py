"""The floor: an inbox that does the least that could be called one, in one SQL statement.

Checks the signature with a key it has, the digest and the id, cleans the HTML,
stores post and 20 timeline rows in group commits, and answers 202. No queue, no
log, no audiences, no relevance, no failures. ``spike.py URL`` -> ``ready PORT``.
"""

import asyncio
import base64
import hashlib
import re
import sys
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec
import nh3
import uvloop
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

SCHEMA = """
    CREATE TABLE key (id text PRIMARY KEY, der bytea NOT NULL);
    CREATE TABLE seen (activity text PRIMARY KEY);
    CREATE TABLE post (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                       uri text UNIQUE, author text, html text);
    CREATE TABLE tl (owner bigint, post bigint, PRIMARY KEY (owner, post));
"""
STORE = """
    WITH s AS (
        INSERT INTO seen SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING activity
    ), p AS (
        INSERT INTO post (uri, author, html)
        SELECT a.uri, a.author, a.html
          FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
               AS a(activity, uri, author, html)
          JOIN s USING (activity)
        RETURNING id
    )
    INSERT INTO tl SELECT owner, p.id FROM p, generate_series(1, 20) AS owner
"""
PARAMETER = re.compile(r'(\w+)="([^"]*)"')


class Note(msgspec.Struct):
    id: str
    content: str
    attributedTo: str


class Create(msgspec.Struct):
    id: str
    type: str
    actor: str
    object: Note


@dataclass
class Spike:
    pool: Any
    keys: dict[str, RSAPublicKey]
    waiting: list[tuple[tuple[str, str, str, str], asyncio.Future[None]]] = field(
        default_factory=list[Any]
    )
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    decoder: msgspec.json.Decoder[Create] = field(
        default_factory=lambda: msgspec.json.Decoder(Create)
    )
    cleaner: nh3.Cleaner = field(default_factory=nh3.Cleaner)

    async def post_inbox(self, request: web.Request) -> web.Response:
        body = await request.read()
        fields = dict(PARAMETER.findall(request.headers["Signature"]))
        digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
        if request.headers["Digest"] != digest:
            return web.Response(status=401)
        lines = [
            f"{name}: post {request.raw_path}"
            if name == "(request-target)"
            else f"{name}: {request.headers[name]}"
            for name in fields["headers"].split()
        ]
        self.keys[fields["keyId"]].verify(
            base64.b64decode(fields["signature"]), "\n".join(lines).encode(), PKCS1v15(), SHA256()
        )
        create = self.decoder.decode(body)
        html = self.cleaner.clean(create.object.content)
        done = asyncio.get_running_loop().create_future()
        self.waiting.append(((create.id, create.object.id, create.actor, html), done))
        self.arrived.set()
        await done
        return web.Response(status=202)

    async def flush(self) -> None:
        while True:
            await self.arrived.wait()
            batch, self.waiting = self.waiting[:200], self.waiting[200:]
            if not self.waiting:
                self.arrived.clear()
            await self.pool.execute(STORE, *map(list, zip(*(row for row, _ in batch), strict=True)))
            for _, done in batch:
                done.set_result(None)


async def main(url: str) -> None:
    pool = await asyncpg.create_pool(url, min_size=1, max_size=2)
    rows = await pool.fetch("SELECT id, der FROM key")
    keys: dict[str, Any] = {row["id"]: load_der_public_key(row["der"]) for row in rows}
    spike = Spike(pool, keys)
    flushing = asyncio.create_task(spike.flush())
    app = web.Application()
    app.router.add_post("/inbox", spike.post_inbox)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"ready {runner.addresses[0][1]}", flush=True)
    await flushing


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
