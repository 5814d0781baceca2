"""``fedinet policy`` as a steward or a pipeline runs it."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from tests.integration.people import given_follow, given_member, given_remote
from tests.integration.shell import Shell

RULES = """version = 1
mode = "cautious"

[[rule]]
key = "evil"
domains = ["evil.example"]
verdict = "reject"
reason = "Harassment"

[[rule]]
key = "shouting"
activities = ["Create"]
mentions = 5
verdict = "hold"
"""


@pytest.fixture
def shell(tmp_path: Path, database_url: str) -> Shell:
    made = Shell(tmp_path / "data", database_url)
    made.facts("migrate", "--origin", "https://community.example")
    return made


def test_a_file_is_planned_applied_and_agrees(shell: Shell, tmp_path: Path) -> None:
    file = written(tmp_path, RULES)
    told = shell.facts("policy", "plan", file)
    assert told["added"] == ["evil", "shouting"]
    assert told["impact"]["looks_further"] is True  # type: ignore[index]
    shown = shell.run("policy", "mode", "closed", "--preview")
    assert "No server that this node knows is affected." in shown.output
    differs = shell.run("policy", "diff", file)
    assert differs.exit_code == 1 and "+ evil" in differs.stdout
    assert shell.facts("policy", "list")["rules"] == []

    applied = shell.run("policy", "apply", file, "--reason", "first rules")
    assert applied.exit_code == 0 and "+ evil" in applied.output
    assert shell.run("policy", "diff", file).exit_code == 0
    assert shell.facts("policy", "mode")["mode"] == "cautious"

    told = shell.facts("policy", "explain", "a.evil.example")
    assert shell.facts("policy", "publish")["shown_to"] == "page"
    assert shell.facts("policy", "publish", "members")["shown_to"] == "members"
    assert "publish page -> members" in shell.run("policy", "audit").output
    joining = shell.facts("policy", "explain", "--signup", "eve@a.evil.example")
    assert (joining["domain"], joining["rule"]) == ("a.evil.example", "mode_open")
    assert (told["decision"], told["rule"], told["reason"]) == ("reject", "evil", "Harassment")
    assert shell.facts("policy", "explain", "https://kind.example/users/bo")["rule"] == (
        "first_contact"
    )
    [_, mode, *_] = shell.facts("policy", "audit", "--check")["audit"]  # type: ignore[misc]
    assert (mode["reason"], mode["by"]) == ("first rules", "command line")
    assert "mode open -> cautious (first rules)" in shell.run("policy", "audit").output
    for words, says in (("remove nothing", "no rule nothing"), ("held release 7", "under 7"),
                        ("held discard 7", "under 7"), ("held release --domain a.b", "Nothing of"),
                        ("held release --rule x", "Nothing is held by"),
                        ("plan no.toml", "no file"), ("diff no.toml", "no file")):  # fmt: skip
        refused = shell.run("policy", *words.split())
        assert refused.exit_code == (2 if "toml" in words else 1) and says in refused.output, words


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (('"hold"', '"hodl"'), 14),
        (("mentions = 5", "mentions = -5"), 13),
        (('key = "shouting"', 'key = "evil"'), 10),
        (("[[rule]]", "[[rule]"), 4),
        (("evil.example", "ev il"), 6),
    ],
)
def test_one_bad_line_changes_nothing_and_is_named(
    shell: Shell, tmp_path: Path, change: tuple[str, str], line: int
) -> None:
    refused = shell.run("policy", "apply", written(tmp_path, RULES.replace(*change, 1)))
    assert refused.exit_code == 1 and f"Line {line}:" in refused.output
    assert shell.facts("policy", "list")["rules"] == []


def test_what_costs_members_something_is_done_by_who_types_it_or_says_yes(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(given_follow_of(shell.database_url, "evil.example"))
    file = written(tmp_path, RULES)
    refused = shell.run("policy", "apply", file)
    assert refused.exit_code == 1 and "Members lose by this" in refused.output
    assert "@ada: follows 1 there" in refused.output

    monkeypatch.setattr("fedinet.cli.policy.consent.is_somebody_there", lambda: True)
    refused = shell.run("policy", "apply", file, stdin="evil.example\n")
    assert refused.exit_code == 1 and "Type community.example to do it" in refused.output
    assert shell.facts("policy", "list")["rules"] == []
    done = shell.run("policy", "apply", file, stdin="community.example\n")
    assert done.exit_code == 0 and "+ evil" in done.output
    monkeypatch.undo()
    assert shell.run("policy", "undo").exit_code == 0, "nobody loses by that"
    assert shell.run("policy", "mode", "allies").exit_code == 1
    assert shell.run("policy", "mode", "allies", "--yes").exit_code == 0


def test_the_node_cannot_be_locked_out_of_itself(shell: Shell, tmp_path: Path) -> None:
    file = written(tmp_path, RULES.replace("evil.example", "community.example"))
    refused = shell.run("policy", "apply", file)
    assert refused.exit_code == 1 and "this community itself" in refused.output
    for command in ("plan", "diff"):
        planned = shell.run("policy", command, file)
        assert (planned.exit_code, planned.output) == (2, refused.output)
    assert refused.output.startswith("Line 6: The rule evil")
    assert shell.facts("policy", "mode")["mode"] == "open"


def test_a_new_community_begins_cautious(shell: Shell) -> None:
    shell.facts(
        *("admin", "account", "create", "--username", "ada", "--role", "owner"),
        *("--password", "a quiet evening by the sea"),
    )
    assert shell.facts("policy", "mode")["mode"] == "cautious"
    [first] = shell.facts("policy", "audit")["audit"]  # type: ignore[misc]
    assert first["by"] == "set-up"


def test_a_list_becomes_drafts_and_goes_out_again(shell: Shell, tmp_path: Path) -> None:
    shell.facts("policy", "apply", written(tmp_path, RULES))
    many = "\n".join(f"d{number}.example,suspend,true,false,x,false" for number in range(300))
    head = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate"
    asyncio.run(given_follow_of(shell.database_url, "d7.example"))
    csv = written(tmp_path, f"{head}\nevil.example,silence,,,,\nb**.example,suspend,,,,\n{many}\n")

    done = shell.facts("policy", "import", csv)

    assert (done["added"], done["kept"]) == (300, 1)
    assert done["impact"]["with_follows"] == ["d7.example"]  # type: ignore[index]
    assert done["softened"] == ["d7.example"]
    assert done["differing"] == [
        {
            "domain": "evil.example",
            "rule": "evil",
            "ours": "reject",
            "theirs": "limit + require_approval",
        }
    ]
    assert done["unread"] == [{"line": 3, "text": "b**.example"}]
    told = shell.run("policy", "import", csv, "--preview").output
    assert "evil.example: ours reject; theirs limit + require_approval" in told
    assert shell.facts("policy", "explain", "d8.example")["rule"] == "first_contact"
    out = str(tmp_path / "out.csv")
    shell.facts("policy", "export", "--format", "mastodon", "--output", out)
    assert Path(out).read_text().splitlines()[1:] == [
        "evil.example,suspend,false,false,Harassment,false"
    ]
    taken = shell.facts("policy", "import", csv, "--theirs", "--max-followed", "suspend")
    assert (taken["taken"], taken["softened"]) == (2, [])  # evil, and d7 as the list says
    assert shell.facts("policy", "explain", "evil.example")["rule"] == "first_contact"
    bad = written(tmp_path, f"{head}\nfine.example,suspend,,,,\nfine.example,murder,,,,\n")
    refused = shell.run("policy", "import", bad)
    assert refused.exit_code == 1 and "3 (fine.example)" in refused.output
    assert shell.facts("policy", "import", bad, "--skip-bad")["added"] == 1
    again = str(tmp_path / "again.toml")
    shell.facts("policy", "export", "--output", again)
    assert shell.run("policy", "diff", again).exit_code == 0


LISTS = """version = 1
[lists]
threshold = "2"
excludes = ["*.Kind.example"]

[[list]]
name = "worst"
url = "https://lists.example/worst.csv"
max_severity = "silence"

[[list]]
name = "garden"
url = "https://lists.example/garden.json"
retracted = "remove"
"""


def test_subscriptions_stand_in_the_file(shell: Shell, tmp_path: Path) -> None:
    file = written(tmp_path, LISTS)
    told = shell.run("policy", "plan", file).output
    assert "+ list worst: url https://lists.example/worst.csv, max_severity silence" in told
    shell.facts("policy", "apply", file, "--reason", "lists of friends")
    assert shell.run("policy", "diff", file).exit_code == 0
    assert shell.facts("policy", "lists", "together")["excludes"] == ["kind.example"]
    shown = shell.facts("policy", "lists", "list")["lists"]
    assert [one["name"] for one in shown] == ["garden", "worst"]  # type: ignore[attr-defined]
    out = written(tmp_path, shell.facts("policy", "export")["text"])  # type: ignore[arg-type]
    assert "garden.json" in Path(out).read_text()
    assert shell.run("policy", "diff", out).exit_code == 0
    only_rules = written(tmp_path, RULES)  # a file without lists leaves them alone
    assert shell.facts("policy", "plan", only_rules)["lists"] == []

    gone = written(tmp_path, LISTS[: LISTS.rindex("[[list]]")])
    assert "- list garden" in shell.run("policy", "apply", gone).output
    shell.facts("policy", "undo")
    assert shell.run("policy", "diff", written(tmp_path, LISTS)).exit_code == 0
    for wrong, line in (
        (('"silence"', '"sillence"'), 9),
        (("https://lists.example/garden", "garden"), 13),
        (('"garden"', '"worst"'), 11),
        (('"2"', '"some"'), 3),
    ):
        refused = shell.run("policy", "apply", written(tmp_path, LISTS.replace(*wrong)))
        assert refused.exit_code == 1 and f"Line {line}:" in refused.output, wrong

    added = shell.run("policy", "lists", "add", "inside", "https://127.0.0.1:1/l.csv")
    assert added.exit_code == 1 and "not one that this node may ask" in added.output
    assert "It stays subscribed" in added.output
    misnamed = shell.run("policy", "lists", "add", "Two Words", "https://lists.example/a.csv")
    assert misnamed.exit_code == 1 and "small letters" in misnamed.output
    refused = shell.run("policy", "lists", "change", "inside", "--exclude", "not a server")
    assert refused.exit_code == 1 and "cannot be a server" in refused.output
    assert shell.run("policy", "lists", "show", "inside").exit_code == 0
    done = shell.facts("policy", "lists", "remove", "inside", "--rules", "keep")
    assert done["removed"] == "inside"


def test_drafts_are_put_in_force_by_key_or_source(shell: Shell, tmp_path: Path) -> None:
    asyncio.run(given_follow_of(shell.database_url, "d1.example"))
    drafts = "".join(
        f"""
[[rule]]
key = "ally:kin.example:d{number}.example"
domains = ["d{number}.example"]
verdict = "reject"
effects = ["freeze_follows"]
source = "ally:kin.example"
tier = "ally"
draft = true
"""
        for number in range(3)
    )
    shell.facts("policy", "apply", written(tmp_path, f"version = 1\n{drafts}"))
    assert shell.run("policy", "activate").exit_code == 2
    assert shell.run("policy", "activate", "no such rule").exit_code == 1
    seen = shell.facts("policy", "activate", "--source", "ally:kin.example", "--preview")
    assert (len(seen["activated"]), seen["softened"]) == (3, ["d1.example"])  # type: ignore[arg-type]
    one = "ally:kin.example:d0.example"
    cut = shell.run("policy", "activate", "ally:kin.example:d1.example", "--as-listed")
    assert cut.exit_code == 1 and "Nothing was changed; --yes does it." in cut.output
    assert shell.facts("policy", "activate", one, "no such rule")["left"] == 1
    assert shell.facts("policy", "explain", "d0.example")["decision"] == "reject"
    shell.facts("policy", "activate", "--source", "ally:kin.example", "--reason", "kin say so")
    by_key = {
        rule["key"]: rule
        for rule in shell.facts("policy", "list")["rules"]  # type: ignore[attr-defined]
    }
    assert "verdict" not in by_key["ally:kin.example:d1.example"]
    assert by_key["ally:kin.example:d1.example"]["review"]
    assert not any(rule.get("draft") for rule in by_key.values())


@pytest.mark.parametrize(
    "words",
    [
        ("apply", "nowhere.toml"),
        ("remove", "nothing"),
        ("explain", "not a domain"),
        ("import", "nowhere.csv"),
    ],
)
def test_what_cannot_be_done_is_said(shell: Shell, words: tuple[str, ...]) -> None:
    refused = shell.run("policy", *words)
    assert refused.exit_code == 1 and refused.output.strip()
    assert "Traceback" not in refused.output


async def given_follow_of(database_url: str, host: str) -> None:
    conn = await asyncpg.connect(database_url)
    async with conn.transaction():
        ada, bo = await given_member(conn, "ada"), await given_remote(conn, "bo", host)
        await given_follow(conn, ada, bo)
    await conn.close()


def written(folder: Path, text: str) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / "rules.toml"
    path.write_text(text)
    return str(path)


def test_the_panic_switch_is_pulled_and_alerts_are_listed(shell: Shell) -> None:
    assert shell.facts("policy", "panic")["panic"] is False
    for period in ("soon", "8d", "999h"):
        assert shell.run("policy", "panic", "on", "--for", period).exit_code == 2, period
    tried = shell.run("policy", "panic", "on", "--preview")
    assert "cannot be counted beforehand" in tried.output
    assert shell.facts("policy", "panic")["panic"] is False
    told = shell.facts("policy", "panic", "on", "--for", "6h", "--reason", "a wave")
    assert (told["panic"], told["by"]) == (True, "command line")
    assert shell.facts("policy", "panic", "off", "--reason", "over")["panic"] is False
    assert shell.facts("policy", "alerts", "--all")["alerts"] == []
    assert shell.run("policy", "alerts", "--seen", "12").exit_code == 1
