"""What a steward is told of the server, and figures as drawings."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fedinet.desk.model import OF_THE_SERVER, Matter, MatterKind
from fedinet.health.chart import HEIGHT, chart
from fedinet.health.findings import INBOUND, State, inbound_kind, lines_of
from fedinet.health.troubles import Trouble
from fedinet.node.backlog import Backlog

NOW = datetime(2026, 11, 29, tzinfo=UTC)
CALM = dict.fromkeys(Backlog.__dataclass_fields__, 0)
DAYS = [date(2026, 11, 27), date(2026, 11, 28)]


def state(backlog: dict[str, float] | None = None, **changes: object) -> State:
    well: dict[str, object] = {
        "backlog": Backlog(**{**CALM, **(backlog or {})}),  # type: ignore[arg-type]
        "set_up_at": NOW - timedelta(days=30),
        "last_backup": NOW - timedelta(hours=20),
        "nightly_backups": True,
        "free_bytes": 40 * 10**9,
        "min_free_bytes": 10**9,
        "keeps_files": True,
        "is_paused": False,
        "has_worker": True,
        "now": NOW,
        "database_now": NOW,
        "apart_s": 0,
        "peers": 0,
    }
    return State(**{**well, **changes})  # type: ignore[arg-type]


def told(kind: MatterKind) -> Matter:
    return Matter(
        id=1,
        kind=kind,
        subject="s",
        name="mx.example",
        href="/admin/there",
        about_actor=None,
        times=1,
        created_at=NOW,
        last_at=NOW,
        settled_at=None,
    )


ALL = [told(kind) for kind in sorted(OF_THE_SERVER)]


def test_of_a_server_that_is_well_nothing_is_said() -> None:
    assert lines_of(state({"deliveries": 900, "jobs": 5, "dead_letters": 4})) == []
    assert lines_of(state(last_backup=None, nightly_backups=False)) == []
    assert lines_of(state(apart_s=60)) == lines_of(state(apart_s=-60)) == []
    assert lines_of(state(last_backup=None, set_up_at=NOW - timedelta(hours=47))) == []


@pytest.mark.parametrize(
    ("wrong", "tone", "number"),
    [
        (state(free_bytes=5 * 10**8), "bad", 500),
        (state(free_bytes=2 * 10**9), "warm", 2000),
        (state(last_backup=None), "bad", 0),
        (state(last_backup=NOW - timedelta(hours=49)), "bad", 0),
        (state(is_paused=True), "warm", 0),
        (state(keeps_files=False), "bad", 0),
        (state({"inbound_age_s": 660.0}), "bad", 11),
        (state({"inbound_age_s": 660.0, "own_age_s": 91.0}, has_worker=False), "bad", 0),
        (state({"own_age_s": 91.0}), "bad", 1),
        (state({"jobs_failed": 1, "signals_failed": 2}), "warm", 3),
        (state({"dead_letters": 7}), "warm", 7),
        (state({"hosts_failing": 2}), "theirs", 2),
        (state({"allies_silent": 1}), "theirs", 1),
        (state(database_now=NOW + timedelta(seconds=90)), "bad", 90),
        (state(apart_s=600), "bad", 10),
        (state(apart_s=-61), "bad", 1),
        (state(told=[told(MatterKind.MAIL_FAILING)]), "bad", 0),
        (state(told=[told(MatterKind.MAIL_UNPROVEN)]), "warm", 0),
        (state(told=[told(MatterKind.BACKUP_FAILED)]), "bad", 0),
        (state(told=[told(MatterKind.DRILL_FAILED)]), "bad", 0),
        (state(told=[told(MatterKind.BACKUP_LATE)], last_backup=None), "bad", 0),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(wrong: State, tone: str, number: int) -> None:
    [line] = lines_of(wrong)
    assert (line.tone, line.number) == (tone, number)
    assert line.act
    assert "%(number)d" in line.sentence or not number


def test_the_worst_stands_first_and_every_word_of_the_machine_says_what_to_do() -> None:
    kinds = [
        line.tone for line in lines_of(state({"hosts_failing": 1, "jobs_failed": 1}, told=ALL))
    ]
    assert kinds == sorted(kinds, key=["bad", "warm", "theirs"].index)
    assert len(kinds) == len(OF_THE_SERVER) + 1  # of mail, that it fails


def test_of_one_server_alone_it_is_said_which_it_is() -> None:
    counts: dict[str, float] = {"hosts_failing": 1, "allies_silent": 1}
    found = lines_of(state(counts, failing_host="far.example:8443", silent_ally="near.example"))
    assert [(line.name, line.href) for line in found] == [
        ("near.example", "/admin/policy/servers/near.example"),
        ("far.example:8443", "/admin/policy/servers/far.example%3A8443"),
    ]
    assert all("%(name)s" in line.sentence for line in found)
    meanwhile = lines_of(state({"hosts_failing": 2}, failing_host="far.example"))
    assert [(line.name, line.number) for line in meanwhile] == [("", 2)]


def test_it_is_said_since_when_where_a_worker_saw_it_begin() -> None:
    ago = {what.value: NOW - timedelta(hours=n) for n, what in enumerate(Trouble, 1)}
    known = state(
        {"hosts_failing": 1, "allies_silent": 1},
        free_bytes=5 * 10**8,
        keeps_files=False,
        apart_s=600,
        troubles=ago,
        failing_host="far.example",
        failing_since=NOW - timedelta(days=2),
        silent_ally="near.example",
        ally_answered_at=NOW - timedelta(days=3),
    )
    full, files, clock, ally, host = lines_of(known)
    assert full.since == ago[Trouble.DISK_FULL]
    assert files.since == ago[Trouble.FILES]
    assert clock.since == ago[Trouble.CLOCK]
    assert (ally.since, ally.answered_at) == (None, NOW - timedelta(days=3))
    assert host.since == NOW - timedelta(days=2)
    [filling] = lines_of(state(free_bytes=2 * 10**9, troubles=ago))
    assert filling.since == ago[Trouble.DISK_FILLS]
    [several] = lines_of(state({"hosts_failing": 2}, failing_since=NOW))
    assert several.since is None, "of several, each has its own"


def test_a_paused_node_reads_nothing_and_nobody_is_blamed() -> None:
    [line] = lines_of(state({"inbound_age_s": 9000.0}, is_paused=True, has_worker=False))
    assert "paused" in line.sentence


def test_bars_stand_on_each_other_and_fill_the_height() -> None:
    counts = {(DAYS[0], "a"): 10, (DAYS[0], "b"): 30, (DAYS[1], "a"): 20, (DAYS[1], "c"): 9}
    one = chart("x", "X", DAYS, {"a": "A", "b": "B"}, counts)
    assert (one.most, one.totals, one.is_empty) == (40, (40, 20), False)
    assert one.paths == ("M18.8 60v-15h112.5v15zM168.8 60v-30h112.5v30z", "M18.8 45v-45h112.5v45z")
    assert [values for _, values in one.rows] == [(20, 0), (10, 30)]


def test_nothing_and_numbers_that_cannot_be_draw_nothing() -> None:
    none = chart("x", "X", DAYS, {"a": "A"}, {(DAYS[0], "a"): -3})
    assert (none.is_empty, none.paths, none.rows) == (True, ("",), [])
    huge = chart("x", "X", DAYS, {"a": "A"}, {(DAYS[0], "a"): 2**62})
    assert f"v-{HEIGHT}h" in huge.paths[0]


@pytest.mark.parametrize(
    ("outcome", "reason", "kind"),
    [
        ("applied", "", "applied"),
        ("failed", "whatever it said", "failed"),
        ("dropped", "policy", "refused"),
        ("dropped", "not_vouched", "doubted"),
        ("dropped", "malformed", "unknown"),
        ("dropped", "no_change", "nothing"),
        ("dropped", "a reason of tomorrow", "nothing"),
    ],
)
def test_what_came_in_stands_in_one_of_the_bars(outcome: str, reason: str, kind: str) -> None:
    assert inbound_kind(outcome, reason) == kind
    assert kind in INBOUND
