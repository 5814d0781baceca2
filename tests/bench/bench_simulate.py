"""Other rules tried on 100,000 recorded activities, by 50,000 rules about servers.

What is promised (exit code 1 when it is broken): under 60 seconds. The floor beside it, in the
same run: the same rows fetched, and nothing made of them.
"""

import asyncio
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from fedinet.db.embedded import throwaway_server
from fedinet.db.migrate import migrate
from fedinet.db.pool import open_pool
from fedinet.inbox.trying import measure, try_on_log
from fedinet.kernel.ids import Domain
from fedinet.policy.model import Mode, Rule, Tier, Verdict, When
from fedinet.policy.past.simulation import Simulation
from fedinet.policy.ruleset import compile_rules

PROMISE_S = 60.0
COUNT = 100_000
SEED = """
    INSERT INTO inbound_log (id, received_at, finished_at, signer_uri, actor_uri, activity_type,
                             domain, object_type, outcome, size_bytes, seen)
    SELECT k, now() - interval '6 days' + k * interval '5 s', now(), uri, uri, 'Create', host,
           'Note', 'applied', 1800, jsonb_build_object(
               'by', 'mode_open', 'version', 3,
               'outside', jsonb_build_object(
                   'audience', 'everyone', 'reaches_out', k % 9 = 0, 'mentions', k % 3,
                   'links', 1, 'link_domains', ARRAY['c.example'], 'tags', ARRAY['craft'],
                   'language', 'en', 'published', now(), 'signature', 'cavage'),
               'facts', jsonb_build_object(
                   'met', k % 4 = 0, 'software', 'mastodon', 'server_first_seen', now(),
                   'actor_kind', 'Person', 'actor_published', now(), 'actor_first_seen', now(),
                   'relations', ARRAY['stranger']))
      FROM generate_series(1, $1::integer) AS k
     CROSS JOIN LATERAL (SELECT 'server' || k % 60000 || '.example' AS host) AS h
     CROSS JOIN LATERAL (SELECT 'https://' || host || '/users/u' || k % 7 AS uri) AS u
"""
RULES = [
    Rule(id=number, key=f"k{number}", tier=Tier.SUBSCRIPTION, verdict=Verdict.REJECT,
         when=When(domains=(Domain(f"server{number}.example"),)))
    for number in range(50_000)
]  # fmt: skip


async def main() -> int:
    with (
        tempfile.TemporaryDirectory(prefix="fedinet-bench-") as folder,
        throwaway_server(Path(folder)) as url,
    ):
        await migrate(url)
        async with open_pool(url, size=2) as pool:
            await pool.execute(SEED, COUNT)
            began = perf_counter()
            await pool.fetch("SELECT * FROM inbound_log ORDER BY received_at, id")
            floor = perf_counter() - began
            rules = compile_rules(RULES, mode=Mode.CAUTIOUS)
            simulation = Simulation(rules, compile_rules((), mode=Mode.OPEN))
            began = perf_counter()
            traffic = await measure(pool, days=timedelta(days=7), now=datetime.now(UTC))
            await try_on_log(pool, simulation, traffic)
            cost = perf_counter() - began
    outcome = simulation.outcome()
    if outcome.total != COUNT or not outcome.changed:
        raise RuntimeError(f"decided on {outcome.total}, {outcome.changed} changed")
    kept = cost <= PROMISE_S
    print(f"simulation {cost:8.1f} s   (promise {PROMISE_S:g}) {'kept' if kept else 'BROKEN'}")
    print(f"reading    {floor:8.1f} s   a simulation takes {cost / floor:.0f} times as long")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
