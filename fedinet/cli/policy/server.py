"""``fedinet policy server``: what this node knows of another one."""

from dataclasses import asdict

import click

from fedinet.cli.running import on_node
from fedinet.cli.terms import Flags, Refused, Result, speaks
from fedinet.db.pool import transaction
from fedinet.kernel.uris import domain as domain_of
from fedinet.policy import store
from fedinet.policy.matching import parents
from fedinet.policy.servers import page_store as server_page_store
from fedinet.services import Services


@click.command()
@click.argument("domain")
@click.option("--note", help="Write a note about it, for stewards")
@speaks()
def server(flags: Flags, *, domain: str, note: str | None) -> Result:
    """Say what this node knows of DOMAIN, and the rules and notes about it."""

    async def work(services: Services) -> Result:
        name = domain_of(domain)
        async with transaction(services.pool) as tx:
            if note is not None:
                await server_page_store.insert_note(
                    tx, name, author="command line", text=note[:2000]
                )
            known = await server_page_store.find_server(tx, name)
            notes = await server_page_store.list_notes(tx, name)
            rules = await store.list_rules_about(tx, list(parents(name)))
            traffic = await server_page_store.traffic_of(
                tx, name, scheme=services.uris.origin.scheme
            )
        if known is None and not notes and not rules:
            raise Refused(f"This node has heard nothing of {name}.")
        came_in, counted = dict(traffic.came_in), asdict(traffic)
        del counted["by_day"]
        counted = {"refused": came_in.pop("refused", 0), "came_in": came_in, **counted}
        told = {} if known is None else asdict(known)
        facts = {
            "domain": name,
            **told,
            "traffic": counted,
            "rules": [rule.key for rule in rules],
            "notes": [asdict(one) for one in notes],
        }
        lines = [f"{key}: {value}" for key, value in told.items() if value not in (None, "")]
        lines += [f"{key}: {value}" for key, value in counted.items() if value]
        lines += [f"rule: {rule.key}" for rule in rules]
        lines += [f"note by {one.author}: {one.text}" for one in notes]
        return Result("\n".join(lines), facts)

    return on_node(flags, work)
