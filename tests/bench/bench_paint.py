"""How soon a phone shows a page: Chromium with a slow network and a slow processor.

What is promised (exit code 1 when it is broken): the largest part of the home, of a conversation
and of the front page is painted within 1 s on the first visit, median of the rounds. The network
is that of Lighthouse's "slow 4G" (150 ms, 1.6 Mbit/s down, 0.75 up), the processor four times
slower than this machine's. Browser, node and PostgreSQL share its cores.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

import asyncpg
import bench_client as client
import bench_inbox as inbox
import bench_pages as pages
from playwright.async_api import Browser, async_playwright

from fedinet.db.embedded import Postgres

MOST_PAINT_MS = 1000.0
ROUNDS = 5
SLOWER = 4
_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 0.75e6 / 8,
}
_PAINTED = """() => new Promise(done => new PerformanceObserver(list =>
    done(list.getEntries().at(-1).startTime)
).observe({type: 'largest-contentful-paint', buffered: true}))"""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")


async def main() -> int:
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        print("  no Chromium found: nothing measured")
        return 0
    with tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder:
        data, port = Path(folder), inbox.free_port()
        origin = f"http://127.0.0.1:{port}"
        with inbox.serving(data, port):
            url = Postgres(data).url
            conn = await asyncpg.connect(url, command_timeout=1800)
            tokens = await client.given_life(conn, url, port, large=False)
            thread = await pages.given_talk(conn, origin, tokens)
            cookie = await pages.given_session(conn, origin)
            await conn.close()
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=path, args=["--no-sandbox", "--disable-gpu"]
                )
                asked = (("/", cookie), (thread, cookie), ("/", ""))
                found = {
                    (page, bool(who)): [
                        await painted(browser, origin, page, who) for _ in range(ROUNDS + 1)
                    ][1:]
                    for page, who in asked
                }
                await browser.close()
    return report(found)


async def painted(browser: Browser, origin: str, path: str, cookie: str) -> float:
    """Milliseconds until the largest part stands there, in a browser that has nothing yet."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, device_scale_factor=2, is_mobile=True
    )
    if cookie:
        name, _, value = cookie.partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": origin}])
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", _NETWORK)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    answer = await page.goto(origin + path, wait_until="load")
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{path}: {answer and answer.status}")
    took = float(await page.evaluate(_PAINTED))
    await context.close()
    return took


def report(found: dict[tuple[str, bool], list[float]]) -> int:
    broken = 0
    for (path, is_member), rounds in found.items():
        took = median(rounds)
        kept = took <= MOST_PAINT_MS
        broken += not kept
        name = "a conversation" if path != "/" else "the home" if is_member else "the front page"
        print(
            f"  {name:<16} painted after {took:6.0f} ms of at most {MOST_PAINT_MS:.0f}"
            f" (rounds {' '.join(f'{one:.0f}' for one in rounds)}):"
            f" {'kept' if kept else 'BROKEN'}"
        )
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
