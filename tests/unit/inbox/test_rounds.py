"""Rounds: large groups of one kind, and no line that overtakes itself."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from fedinet.inbox.dispatch import HandlerTable
from fedinet.inbox.model import QueuedRow, lane_of, line_of
from fedinet.inbox.rounds import Lines, Task, Unreadable, read_row
from fedinet.kernel.ids import ActorUri, ObjectUri
from fedinet.vocab.activity import Activity

KINDS = ("Create", "Like", "Undo")
Sent = list[tuple[str, str]]


def test_a_round_takes_the_longest_run_of_each_line() -> None:
    sent = [("a", "Like"), ("b", "Like"), ("a", "Like"), ("a", "Undo"), ("b", "Undo")]
    assert rounds(sent) == [[["a0", "b1", "a2"]], [["a3", "b4"]]]


def test_lines_with_different_kinds_are_different_groups_of_one_round() -> None:
    assert rounds([("a", "Like"), ("b", "Undo")]) == [[["a0"], ["b1"]]]


def test_a_dropped_line_is_not_gone_on_with() -> None:
    lines = Lines(tasks([("a", "Like"), ("a", "Undo"), ("b", "Like"), ("b", "Undo")]))
    lines.next_round()
    lines.drop(line_of("a", "a"))
    assert names(lines.next_round()) == [["b3"]]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(KINDS)), max_size=40))
def test_every_task_comes_once_and_every_line_keeps_its_order(sent: Sent) -> None:
    flat = [name for groups in rounds(sent) for group in groups for name in group]
    assert sorted(flat) == sorted(f"{actor}{n}" for n, (actor, _) in enumerate(sent))
    for actor in "abcd":
        own = [int(name[1:]) for name in flat if name[0] == actor]
        assert own == sorted(own)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(KINDS)), max_size=40))
def test_a_group_is_of_one_kind_and_in_order_of_arrival(sent: Sent) -> None:
    for groups in rounds(sent):
        for group in groups:
            numbers = [int(name[1:]) for name in group]
            assert numbers == sorted(numbers)
            assert len({sent[number][1] for number in numbers}) == 1


def test_what_is_forwarded_has_a_line_of_its_own() -> None:
    assert line_of("relay", "bob") != line_of("bob", "bob")
    assert 0 <= lane_of(line_of("relay", "bob")) < 64


def test_a_body_that_no_parser_takes_is_no_task() -> None:
    for body in (b"{", b"[]", b'{"type": "Like"}', b'{"actor": "https://b.example/u"}', b"\xff"):
        assert isinstance(read_row(row(1, "a", body), HandlerTable()), Unreadable)


def test_an_embedded_object_of_another_origin_is_only_its_name() -> None:
    body = b"""{"type": "Create", "actor": "https://b.example/u",
                "object": {"id": "https://c.example/1", "type": "Note", "content": "forged"}}"""
    task = read_row(row(1, "a", body), HandlerTable())
    assert isinstance(task, Task) and task.activity.object == "https://c.example/1"


def rounds(sent: Sent) -> list[list[list[str]]]:
    lines = Lines(tasks(sent))
    result: list[list[list[str]]] = []
    while groups := lines.next_round():
        result.append(names(groups))
    return result


def names(groups: object) -> list[list[str]]:
    return [[f"{task.row.actor}{task.row.id}" for task in group] for group in groups]  # type: ignore[attr-defined]


def tasks(sent: Sent) -> list[Task]:
    return [
        Task(
            row(n, actor, b""),
            Activity(id=None, type=kind, actor=ActorUri(actor), object="https://c.example/1"),
            (),
        )
        for n, (actor, kind) in enumerate(sent)
    ]


def row(number: int, actor: str, body: bytes) -> QueuedRow:
    return QueuedRow(
        id=number,
        received_at=datetime.now(UTC),
        attempts=0,
        signer=ActorUri(actor),
        actor=ActorUri(actor),
        activity_id=ObjectUri("https://b.example/1"),
        activity_type="Like",
        body=body,
    )
