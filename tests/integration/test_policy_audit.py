"""The record of changes: found, read, undone line by line, and checked by anybody."""

import asyncio
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.federation.difference import Part, Value, difference
from fedinet.kernel.errors import Unprocessable
from fedinet.policy import store
from fedinet.policy.audit_store import Change, Filter, list_audit
from fedinet.policy.commands import Stale, Steward, put_rules, switch_mode, undo_version
from fedinet.policy.document import RuleDocument
from fedinet.policy.model import Mode
from tests.integration.browser import browser
from tests.integration.conftest import StartNode
from tests.integration.households import given_account
from tests.integration.test_desk import DAY, NOW

AUDIT = "/admin/policy/audit"
ADA, BO = (Steward(name=name, now=NOW, reason='because é\n"x"') for name in ("@ada", "@bo"))


def rule(name: str, **parts: object) -> RuleDocument:
    return RuleDocument(key=name, domains=[name], **{"verdict": "hold", **parts})  # pyright: ignore[reportArgumentType]


async def test_any_change_is_undone_while_nothing_of_it_has_changed_since(tx: Tx) -> None:
    first = await put_rules(tx, [rule("a.example")], ours=[], by=ADA)
    mode = await switch_mode(tx, Mode.CAUTIOUS, by=ADA)
    await put_rules(tx, [rule("b.example")], ours=[], by=BO)
    changed = await put_rules(tx, [rule("a.example", verdict="reject")], ours=[], by=BO)

    with pytest.raises(Stale):
        await undo_version(tx, first, ours=[], by=ADA)
    undone = await undo_version(tx, mode, ours=[], by=ADA)
    assert await undo_version(tx, mode, ours=[], by=ADA) == undone  # sent twice
    with pytest.raises(Stale):
        await undo_version(tx, mode, ours=[], by=BO)
    await undo_version(tx, changed, ours=[], by=ADA)
    found = await store.find_rule(tx, "a.example")
    assert found is not None and found.document.verdict == "hold"
    assert (await store.read_standing(tx)).mode is Mode.OPEN
    with pytest.raises(Unprocessable):
        await undo_version(tx, 99_999, ours=[], by=ADA)

    async def found_by(**wanted: object) -> list[str]:
        return [row.change.subject for row in await list_audit(tx, Filter(**wanted))]  # pyright: ignore[reportArgumentType]

    assert await found_by(by="@bo") == ["a.example", "b.example"]
    assert await found_by(action="mode") == ["mode"]
    assert await found_by(since=NOW + DAY) == [] == await found_by(until=NOW)


END = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        pytest.param(
            '{"key": "x", "verdict": "hold", "reason": "a"}',
            '{"key": "x", "verdict": "reject", "reason": "a", "tags": ["p", "q"]}',
            [
                Part(
                    "What happens",
                    True,
                    (Value("Looked at first", True),),
                    (Value("Refused", True),),
                ),
                Part("tags", False, (), (Value("p"), Value("q"))),
            ],
            id="a rule",
        ),
        pytest.param(
            None,
            '{"key": "x", "mentions": 5}',
            [Part("mentions", False, (), (Value("5"),))],
            id="new",
        ),
        pytest.param(
            '{"rate_per": "actor", "expires": "2026-12-01T00:00:00Z"}',
            '{"obfuscate": true, "rate_per": "server"}',
            [
                Part(
                    "It ends",
                    True,
                    (Value(END.isoformat().replace("+00:00", "Z"), moment=END),),
                    (),
                ),
                Part("Show only parts of its name in public", True, (), (Value("yes", True),)),
                Part(
                    "Counted together",
                    True,
                    (Value("Each account by itself", True),),
                    (Value("Each server by itself", True),),
                ),
            ],
            id="in words",
        ),
        pytest.param('"open"', '"open"', [], id="nothing"),
        pytest.param(
            '{"hue": "sea", "language": "nl", "mailed_sign_in": "1"}',
            '{"hue": "iris", "language": "en"}',
            [
                Part("Main language", True, (Value("Nederlands"),), (Value("English"),)),
                Part("Colour", True, (Value("Sea", True),), (Value("Iris", True),)),
                Part(
                    "Members may sign in by a link in a message",
                    True,
                    (Value("yes", True),),
                    (Value("no", True),),
                ),
            ],
            id="the community in words",
        ),
        pytest.param(
            None,
            '{"hint_nl": "a", "text_nl": "b"}',
            [
                Part("What it means, or why", True, (), (Value("a"),), "Nederlands"),
                Part("Text", True, (), (Value("b"),), "Nederlands"),
            ],
            id="in a language",
        ),
    ],
)
def test_a_difference_names_what_changed_and_nothing_else(
    before: str | None, after: str, parts: list[Part]
) -> None:
    assert (
        list(difference(Change(action="change", subject="x", before=before, after=after))) == parts
    )


async def test_days_are_those_of_the_clock_by_which_the_page_tells(start_node: StartNode) -> None:
    node = await start_node()
    await given_account(node, "ada", role="admin")
    late = Steward(name="@ada", now=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    async with transaction(node.pool) as tx:
        await put_rules(tx, [rule("a.example")], ours=[], by=late)
    days = [("since=2026-11-24", False), ("until=2026-11-23", True)]
    async with browser(node) as ada:
        await ada.sign_in("ada")
        for zone, is_next_day in (("UTC", False), ("Asia/Tokyo", True)):
            await ada.live_in(zone)
            for asked, is_there in days:
                found = "a.example" in (await ada.open(f"{AUDIT}?{asked}")).text
                assert found == (is_there != is_next_day), (zone, asked)
                lines = (await ada.open(f"{AUDIT}.jsonl?{asked}")).html
                assert ("a.example" in lines) == found, "taken out as it is shown"
        for far in ("since=0001-01-01", "until=9999-12-31"):
            assert (await ada.open(f"{AUDIT}?{far}")).status == 200, far


async def test_the_page_finds_and_undoes_and_the_export_is_checked_by_the_script_of_the_docs(
    start_node: StartNode,
) -> None:
    node = await start_node()
    await given_account(node, "ada", role="admin")
    async with transaction(node.pool) as tx:
        await put_rules(tx, [rule("a.example", reason="Ünruly")], ours=[], by=ADA)
        await put_rules(tx, [rule("b.example")], ours=[], by=BO)
        await put_rules(tx, [rule("b.example", verdict="reject")], ours=[], by=BO)

    async def at_once(number: int) -> None:
        async with transaction(node.pool) as tx:
            await put_rules(tx, [rule(f"c{number}.example")], ours=[], by=ADA)

    await asyncio.gather(*map(at_once, range(6)))  # six connections: the chain does not fork
    async with browser(node) as ada:
        await ada.sign_in("ada")
        page = await ada.open("/admin/policy/audit?by=@bo&action=change")
        assert "Looked at first → Refused" in page.text and "a.example" not in page.text
        assert (await ada.open("/admin/policy/audit?since=yesterday")).text.count(
            "Write a day"
        ) == 2
        page = await ada.open("/admin/policy/audit?domain=a.example")
        seen = await ada.post("/admin/policy/undo", page.form("/admin/policy/undo").fields)
        assert "Undo this change" in seen.text
        fields = seen.form("/admin/policy/undo").fields | {"do": "save", "why": "Wrong"}
        await ada.post("/admin/policy/undo", fields)
        async with node.pool.acquire() as conn:
            assert await store.find_rule(conn, "a.example") is None
            assert await store.find_rule(conn, "b.example") is not None
        export = (await ada.open("/admin/policy/audit.jsonl")).html
    text = (Path(__file__).parents[2] / "docs/policy.md").read_text()
    script = next(s for s in re.findall(r"```python\n(.*?)```", text, re.S) if "hashlib" in s)

    def check(lines: str) -> int:
        return subprocess.run(
            [sys.executable, "-c", script], input=lines, text=True, check=False, capture_output=True
        ).returncode

    assert check(export) == 0 and check(export.replace("hold", "drop")) == 1
    assert check(export.split("\n", 1)[1]) == 1
