"""One person on a server built on pubby. Usage: pubby_server.py PORT FOLDER.

Follows are accepted by pubby itself. What its inbox verified, and what the control
addresses say, is as in bovine_server.py.
"""

import sys

from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, jsonify, request
from pubby import ActivityPubHandler, ActorConfig, deliver_activity
from pubby.server.adapters.flask import bind_activitypub
from pubby.storage.adapters.file import FileActivityPubStorage
from waitress import serve

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]
ORIGIN = f"http://127.0.0.1:{PORT}"
ACTIVITY_JSON = "application/activity+json"

app = Flask(__name__)
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
received: list[dict] = []
objects: dict[str, dict] = {}
handler = ActivityPubHandler(
    FileActivityPubStorage(FOLDER),
    ActorConfig(base_url=ORIGIN, username="pia", name="Pia", actor_path="/ap/actor"),
    private_key=key,
    async_delivery=False,
    max_retries=1,
    allow_private_targets=True,
    on_activity=lambda _activity, raw: received.append(raw),
)
bind_activitypub(app, handler)


@app.get("/control/inbox")
def inbox():
    return jsonify(received)


@app.get("/control/actor")
def actor():
    return jsonify(handler.actor_id)


@app.post("/control/send")
def send():
    asked = request.get_json()
    activity = asked["activity"]
    if isinstance(activity.get("object"), dict) and "content" in activity["object"]:
        objects[activity["object"]["id"]] = activity["object"]
    status = deliver_activity(
        activity,
        asked["inbox"],
        key_id=f"{handler.actor_id}#main-key",
        private_key=key,
        user_agent="pubby interop",
        timeout=10,
    )
    return jsonify(status)


@app.get("/objects/<name>")
def show(name: str):
    found = objects.get(f"{ORIGIN}/objects/{name}")
    if found is None:
        return "", 404
    answer = jsonify({"@context": "https://www.w3.org/ns/activitystreams", **found})
    answer.content_type = ACTIVITY_JSON
    return answer


print(f"ready {ORIGIN}", flush=True)
serve(app, host="127.0.0.1", port=PORT, threads=4, _quiet=True)
