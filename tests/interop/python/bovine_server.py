"""One person on a server built on bovine. Usage: bovine_server.py PORT.

``GET /control/inbox``: every activity it verified, oldest first. ``GET /control/actor``: who
lives here. ``POST /control/send`` with an inbox and an activity delivers it, signed, and
answers with the status; its object is served from then on.
"""

import asyncio
import sys
import uuid

from bovine.crypto import build_validate_http_signature, generate_rsa_public_private_key
from bovine.crypto.types import CryptographicIdentifier
from bovine.testing.server import ServerConfig
from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, request

PORT = int(sys.argv[1])
ORIGIN = f"http://127.0.0.1:{PORT}"
ACTIVITY_JSON = {"content-type": "application/activity+json"}
AS2 = "https://www.w3.org/ns/activitystreams"

public, private = generate_rsa_public_private_key()
config = ServerConfig(hostname=f"127.0.0.1:{PORT}", public_key=public, private_key=private)
me = config.create_actor()
app = Quart(__name__)
received: list[dict] = []
objects: dict[str, dict] = {}
answering: set[asyncio.Task] = set()


async def public_key(url: str):
    document = await me.get(url)
    return CryptographicIdentifier.from_public_key(document["publicKey"])


verify = build_validate_http_signature(public_key)


@app.before_serving
async def start():
    await me.init()


@app.get("/.well-known/webfinger")
async def webfinger():
    return config.webfinger_response


@app.get("/actor")
async def actor():
    return config.create_actor_object(), 200, ACTIVITY_JSON


@app.post("/inbox")
async def inbox():
    sender = await verify(request)
    if not sender:
        return "", 401
    activity = await request.get_json(force=True)
    received.append(activity)
    if activity["type"] == "Follow":
        task = asyncio.create_task(accept(activity))
        answering.add(task)
        task.add_done_callback(answering.discard)
    return "", 202


async def accept(follow: dict):
    follower = await me.get(follow["actor"])
    answer = {"@context": AS2, "id": f"{ORIGIN}/accepts/{uuid.uuid4()}", "type": "Accept"}
    await me.post(follower["inbox"], answer | {"actor": config.actor_id, "object": follow})


@app.get("/control/inbox")
async def show_received():
    return received


@app.get("/control/actor")
async def show_actor():
    return f'"{config.actor_id}"', 200, {"content-type": "application/json"}


@app.post("/control/send")
async def send():
    asked = await request.get_json()
    activity = asked["activity"]
    if isinstance(activity.get("object"), dict) and "content" in activity["object"]:
        objects[activity["object"]["id"]] = activity["object"]
    answer = await me.post(asked["inbox"], activity)
    return str(answer.status), 200, {"content-type": "application/json"}


@app.get("/objects/<name>")
async def show(name: str):
    found = objects.get(f"{ORIGIN}/objects/{name}")
    return ("", 404) if found is None else ({"@context": AS2, **found}, 200, ACTIVITY_JSON)


async def main():
    served = Config()
    served.bind = [f"127.0.0.1:{PORT}"]
    served.accesslog = None
    print(f"ready {ORIGIN}", flush=True)
    await serve(app, served)


asyncio.run(main())
