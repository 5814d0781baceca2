"""``verify-actor`` of fediverse-pasture, on loopback. Usage: pasture_server.py PORT FOLDER."""

import asyncio
import os
import sys

from fediverse_pasture.verify_actor import build_app
from hypercorn.asyncio import serve
from hypercorn.config import Config

PORT = int(sys.argv[1])
os.chdir(sys.argv[2])  # it keeps its actors' keys in a file here
app = build_app(False, f"127.0.0.1:{PORT}", False, 20)


@app.get("/control/actor")
async def actor():
    return f'"http://127.0.0.1:{PORT}/actor"', 200, {"content-type": "application/json"}


async def main():
    served = Config()
    served.bind = [f"127.0.0.1:{PORT}"]
    served.accesslog = None
    print(f"ready {PORT}", flush=True)
    await serve(app, served)


asyncio.run(main())
