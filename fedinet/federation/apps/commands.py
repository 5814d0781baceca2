"""What apps of stewards do about whole servers. Rules like any other; never the network."""

from collections.abc import Sequence

import msgspec

from fedinet.db.query import Tx
from fedinet.federation.apps.blocks import Wanted, changed_block, is_stricter, new_block
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.policy import commands, store
from fedinet.policy.commands import Steward
from fedinet.policy.document import RuleDocument
from fedinet.policy.file.toml import OWNED
from fedinet.policy.matching import parents
from fedinet.policy.servers.named_store import Kind, Named, find_domains, find_named, free_key


class AlreadyBlocked(Unprocessable):
    """There is a rule about this server, or a stricter one about a domain above it."""

    def __init__(self, existing: Named) -> None:
        said = f"You have already imposed stricter limits on {existing.domain}."
        super().__init__(f"already a rule about {existing.domain}", public=said)
        self.existing = existing


async def create_block(
    tx: Tx, domain: Domain, wanted: Wanted, *, ours: Sequence[Domain], by: Steward
) -> Named:
    """Write a rule about a server.

    Raises:
        AlreadyBlocked: see there. Unprocessable: it does nothing, or is about this node.
    """
    await store.lock_policy(tx)
    made = new_block(domain, wanted, key=await free_key(tx, domain))
    known = await find_domains(tx, "block", list(parents(domain)))
    nearest = next((known[name] for name in parents(domain) if name in known), None)
    if nearest is not None and (
        nearest.domain == domain or not is_stricter(made, nearest.rule.document)
    ):
        raise AlreadyBlocked(nearest)
    return await _put(tx, "block", domain, [made], ours=ours, by=by)


async def change_block(
    tx: Tx, number: int, wanted: Wanted, *, ours: Sequence[Domain], by: Steward
) -> Named:
    """Change what an app knows of the rule about a server.

    Where the rule is about others too, this one gets its own; where it is a list's, a
    steward's rule comes before it.

    Raises:
        NotFound: there is none. Unprocessable: nothing would be left of it.
    """
    await store.lock_policy(tx)
    named = await get_named(tx, "block", number)
    document = changed_block(named.rule.document, named.domain, wanted)
    if named.rule.document.source != OWNED:
        document = RuleDocument(
            key=await free_key(tx, named.domain),
            verdict=document.verdict,
            effects=document.effects,
            reason=document.reason,
            note=document.note,
            obfuscate=document.obfuscate,
            domains=[named.domain],
        )
        return await _put(tx, "block", named.domain, [document], ours=ours, by=by)
    if len(document.domains) == 1 or document == named.rule.document:
        return await _put(tx, "block", named.domain, [document], ours=ours, by=by)
    alone = msgspec.structs.replace(
        document, key=await free_key(tx, named.domain), domains=[named.domain]
    )
    return await _put(tx, "block", named.domain, [alone, _without(named)], ours=ours, by=by)


async def create_simple(
    tx: Tx, kind: Kind, domain: Domain, *, ours: Sequence[Domain], by: Steward
) -> Named:
    """Welcome a server, or let nobody sign up from a domain; where that is so already: as it is.

    Raises:
        Unprocessable: it is about this node.
    """
    await store.lock_policy(tx)
    known = (await find_domains(tx, kind, [domain])).get(domain)
    if known is not None:
        return known
    made = RuleDocument(
        key=await free_key(tx, domain),
        verdict="accept" if kind == "allow" else "reject",
        scopes=["signup"] if kind == "signup" else [],
        domains=[domain],
    )
    return await _put(tx, kind, domain, [made], ours=ours, by=by)


async def lift(tx: Tx, kind: Kind, number: int, *, ours: Sequence[Domain], by: Steward) -> None:
    """End the rule about a server; what else that rule is about stays.

    Raises:
        NotFound: there is none. Unprocessable: a list's, which would bring it back.
    """
    await store.lock_policy(tx)
    named = await get_named(tx, kind, number)
    if named.rule.document.source != OWNED:
        source = named.rule.document.source
        said = f"This rule comes from {source}: change it there, or welcome the server"
        raise Unprocessable(f"{named.domain} is a rule of {source}", public=said)
    if len(named.rule.document.domains) == 1:
        await commands.remove_rules(tx, [named.rule.key], by=by)
    else:
        await commands.put_rules(tx, [_without(named)], ours=ours, by=by)


async def get_named(tx: Tx, kind: Kind, number: int) -> Named:
    """Raises ``NotFound`` where no such rule is in force about the server of that number."""
    named = await find_named(tx, kind, number)
    if named is None:
        raise NotFound(f"no {kind} {number}")
    return named


async def _put(
    tx: Tx,
    kind: Kind,
    domain: Domain,
    documents: Sequence[RuleDocument],
    *,
    ours: Sequence[Domain],
    by: Steward,
) -> Named:
    await commands.put_rules(tx, documents, ours=ours, by=by)
    return (await find_domains(tx, kind, [domain]))[domain]


def _without(named: Named) -> RuleDocument:
    document = named.rule.document
    others = [name for name in document.domains if name != named.domain]
    return msgspec.structs.replace(document, domains=others)
