"""What ``fedinet policy lists`` says, in words for a terminal and as facts for scripts."""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from fedinet.cli.terms import Result
from fedinet.policy.file.toml import Plan
from fedinet.policy.lists.agreement import Overlap
from fedinet.policy.lists.document import ListDocument
from fedinet.policy.lists.jobs import Read
from fedinet.policy.lists.reading import Fetched
from fedinet.policy.lists.store import StoredList
from fedinet.policy.lists.subscriptions import Merge

_SHOWN: Final = 30


def list_lines(changes: Plan) -> list[str]:
    """What a policy file changes of the subscriptions."""
    lines: list[str] = []
    for one in changes.lists:
        if one.before is not None:
            lines.append(f"  {'-' if one.after is None else '~'} list {settings_line(one.before)}")
        if one.after is not None:
            lines.append(f"  {'+' if one.before is None else ' '} list {settings_line(one.after)}")
    if changes.together is not None:
        lines.append(f"  ~ lists {msgspec.to_builtins(changes.together)}")
    return lines


def read_words(name: str, read: Read) -> Result:
    if read.complaint is not None:
        text = (
            f"The list {name} cannot be read. {read.complaint.english}. It stays subscribed and is "
            "asked again every night; `lists remove` ends it."
        )
        return Result(
            text, {"list": name, "error": read.complaint.english}, code=1, is_refusal=True
        )
    taken = read.taken
    if taken is None or taken.jump is not None:
        jump = None if taken is None else taken.jump
        text = (
            f"The list {name} changes too much at once, and nothing was taken: "
            f"{'' if jump is None else f'{jump.before} entries, now {jump.after}; '}"
            "look at it (lists test), and take it with --accept "
            f"{'' if jump is None else jump.digest}"
        )
        facts = {"list": name, "jump": None if jump is None else msgspec.to_builtins(jump)}
        return Result(text, facts, code=1, is_refusal=True)
    lines = [f"Read {name}: {taken.added} new, {taken.changed} changed, {taken.removed} gone."]
    facts: dict[str, object] = {
        "list": name,
        "added": taken.added,
        "changed": taken.changed,
        "removed": taken.removed,
    }
    if taken.merged is not None:
        lines += merge_words(taken.merged, is_done=True)
        facts |= merge_facts(taken.merged)
    return Result("\n".join(lines), facts)


def merge_words(merged: Merge, *, is_done: bool) -> list[str]:
    drafts = [rule for rule in merged.put if rule.draft]
    active = len(merged.put) - len(drafts)
    verb = "Made" if is_done else "Would make"
    lines = [f"{verb} {len(drafts)} drafts, {active} rules in force; {len(merged.remove)} go."]
    if merged.proposals:
        lines.append(f"{len(merged.proposals)} rules in force wait for your word (lists show).")
    touched = {name for rule in merged.put for name in rule.domains} & merged.softened
    lines += [f"  {name}: limit, grace 14 days" for name in sorted(touched)[:_SHOWN]]
    counts: dict[str, int] = {}
    for why in merged.silent.values():
        counts[why.value] = counts.get(why.value, 0) + 1
    lines += [f"  nothing comes of {number}: {why}" for why, number in sorted(counts.items())]
    return lines


def merge_facts(merged: Merge) -> Mapping[str, object]:
    return {
        "drafts": [rule.key for rule in merged.put if rule.draft],
        "in_force": [rule.key for rule in merged.put if not rule.draft],
        "gone": list(merged.remove),
        "proposals": len(merged.proposals),
        "softened": sorted(merged.softened),
        "silent": {domain: why.value for domain, why in merged.silent.items()},
    }


def fetched_words(fetched: Fetched) -> list[str]:
    read = fetched.reading
    return [f"{read.format}: {len(read.entries)} servers, {len(read.unread)} lines of no use."]


def fetched_facts(fetched: Fetched) -> Mapping[str, object]:
    read = fetched.reading
    return {
        "format": read.format.value,
        "entries": len(read.entries),
        "unread": [{"line": one.line, "text": one.text} for one in read.unread],
        "digest": fetched.digest,
    }


def is_of(source: str, after: object, name: str) -> bool:
    return f"list:{name}" in (source, getattr(after, "source", ""))


def state(stored: StoredList) -> str:
    said = stored.error % stored.error_values if stored.error else ""
    if stored.jump is not None:
        said = f"changes too much at once: {stored.jump.before} entries, now {stored.jump.after}"
    read = "never read" if stored.read_at is None else f"read {stored.read_at:%Y-%m-%d %H:%M}"
    return f"{stored.name}: {stored.entries} servers, {read}{'. ' + said if said else ''}"


def state_facts(stored: StoredList) -> Mapping[str, object]:
    return {
        "name": stored.name,
        "url": stored.document.url,
        "entries": stored.entries,
        "unread": stored.unread,
        "format": stored.format,
        "read_at": stored.read_at,
        "changed_at": stored.changed_at,
        "due_at": stored.due_at,
        "error": stored.error % stored.error_values if stored.error else "",
        "jump": None if stored.jump is None else msgspec.to_builtins(stored.jump),
    }


def settings_line(document: ListDocument) -> str:
    about = cast(dict[str, object], msgspec.to_builtins(document))
    return f"{document.name}: " + ", ".join(f"{k} {v}" for k, v in about.items() if k != "name")


def overlap_line(one: Overlap) -> str:
    kind = "copies of each other" if one.is_copy else "in common"
    return f"  {one.one} and {one.other}: {one.both} servers {kind} ({one.share:.0%})"
