"""The page of drafts: who asks for them and who agrees, and putting one or many in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from fedinet.db.query import Conn, Tx
from fedinet.federation.steps import Step, ours, take
from fedinet.federation.words import words_of_rule
from fedinet.http.auth import require_administrator, require_steward
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.http.params import Params, read_form
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.policy import store
from fedinet.policy.commands import Steward
from fedinet.policy.impact.preview import Change
from fedinet.policy.lists import activating
from fedinet.policy.lists import store as lists_store
from fedinet.policy.lists.activating import Choice
from fedinet.policy.lists.store import Listed

routes = web.RouteTableDef()

DRAFTS: Final = "/admin/policy/drafts"
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft, what it does, and the lists that name one of its servers."""

    rule: store.StoredRule
    words: tuple[str, ...]
    listed: tuple[Listed, ...]


@routes.get(DRAFTS)
async def show_drafts(request: web.Request) -> web.Response:
    """All drafts by key, or those of one source (``?source=list:NAME``)."""
    me = require_steward(request)
    source = request.query.get("source", "").replace("\0", "")[:300]
    after = request.query.get("after", "").replace("\0", "")[:300]
    async with request.app[POOL].acquire() as conn:
        rules = await store.list_rules(
            conn, source=source or None, after=after or None, limit=_PAGE, state="draft"
        )
        drafts = await _drafts(conn, rules)
        sources = await store.count_drafts(conn)
    return render(
        request,
        "federation/drafts.html",
        drafts=drafts,
        source=source,
        sources=sources,
        whole=sources.get(source, 0) if source else sum(sources.values()),
        after=rules[-1].key if len(rules) == _PAGE else "",
        may_change=me.may_administer,
    )


@routes.post(DRAFTS)
async def use_drafts(request: web.Request) -> web.Response:
    """Preview putting drafts in force (``key``, ``key[]``, or all of a source), or do it.

    What came after the preview was seen stays a draft.
    """
    me = require_administrator(request)
    fields = await read_form(request)
    choice = _choice(fields)
    by = Steward(name=f"@{me.username}", now=datetime.now(UTC))
    async with request.app[POOL].acquire() as conn:
        standing = await store.read_standing(conn)
        made = await activating.chosen_drafts(conn, choice, by)
    seen = standing.version if choice.seen is None else choice.seen

    async def act(tx: Tx, by: Steward) -> None:
        bound = Choice(
            keys=choice.keys, source=choice.source, as_listed=choice.as_listed, seen=seen
        )
        await activating.activate(tx, bound, ours=ours(request), by=by)

    is_one = len(choice.keys) == 1
    title = (
        N_("Put the draft %(server)s in force") if is_one else N_("Put %(count)d drafts in force")
    )
    words: tuple[str, ...] = ()
    if made.softened:
        words = (N_("Where members follow people it is a limit, to be looked at in two weeks"),)
    return await take(
        request,
        fields,
        Step(
            path=DRAFTS,
            fields={
                "keys": "\n".join(choice.keys),
                "source": choice.source,
                "as_listed": "1" if choice.as_listed else "",
                "seen": str(seen),
            },
            title=title,
            values={"server": choice.keys[0] if is_one else "", "count": len(made.rules)},
            words=words,
            change=Change(put=made.rules),
            act=act,
            save=N_("Put in force"),
            back=DRAFTS,
            done=DRAFTS,
        ),
    )


def _choice(fields: Params) -> Choice:
    """``key[]`` and ``key`` come of pages, ``keys`` of the preview."""
    keys = tuple(filter(None, fields.texts("key") or fields.text("keys").split("\n")))
    seen = fields.text("seen")
    return Choice(
        keys=keys,
        source=fields.text("source"),
        as_listed=bool(fields.text("as_listed")),
        seen=int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 19 else None,
    )


async def _drafts(conn: Conn, rules: Sequence[store.StoredRule]) -> list[Draft]:
    named = [Domain(name) for rule in rules for name in rule.document.domains]
    listed: dict[str, list[Listed]] = {}
    for one in await lists_store.entries_naming(conn, named):
        listed.setdefault(one.entry.domain, []).append(one)
    return [_draft(rule, listed) for rule in rules]


def _draft(rule: store.StoredRule, listed: Mapping[str, Sequence[Listed]]) -> Draft:
    named = [one for name in rule.document.domains for one in listed.get(name, ())]
    return Draft(rule, words_of_rule(rule.document), tuple(named))
