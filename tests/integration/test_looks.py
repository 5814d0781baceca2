"""A member asks for a second look: once, in time; another steward answers, and all is on record."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from fedinet.accounts.standing_store import lock_owners, lock_standing
from fedinet.actors.model import Actor
from fedinet.actors.store import get_actor
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import Forbidden, NotFound, Unprocessable
from fedinet.moderation.acts_store import list_acts_of
from fedinet.moderation.commands import act_on, give_role
from fedinet.moderation.looking import answer_look, ask_to_look, remind_of_looks
from fedinet.moderation.looks_store import review
from fedinet.moderation.rights import COMMAND_LINE, Act, Acting
from tests.integration.people import given_member
from tests.integration.test_last_owner import is_waiting

NOW = datetime.now(UTC)


async def given_steward(tx: Tx, name: str, role: str) -> Acting:
    one = await given_member(tx, name)
    await give_role(tx, one.id, role, by=COMMAND_LINE)  # pyright: ignore[reportArgumentType]
    standing = await lock_standing(tx, one.id)
    assert standing is not None
    return Acting(
        name=f"@{name}", actor_id=one.id, account_id=standing.account_id, role=standing.role
    )


async def done(tx: Tx, ada: Actor, what: Act, by: Acting) -> int:
    await act_on(tx, ada.id, what, by=by, reason="Too loud", now=NOW)
    return (await list_acts_of(tx, ada.id))[0].id


async def test_another_steward_softens_what_a_member_asked_about(tx: Tx) -> None:
    olga, bo = [await given_steward(tx, *one) for one in (("olga", "owner"), ("bo", "moderator"))]
    ada = await given_member(tx, "ada")
    frozen = await done(tx, ada, Act.FREEZE, olga)
    await ask_to_look(tx, ada.id, frozen, " It was not me ", now=NOW)
    await ask_to_look(tx, ada.id, frozen, "It was not me", now=NOW)
    with pytest.raises(Unprocessable, match="asked about"):
        await ask_to_look(tx, ada.id, frozen, "Again", now=NOW)
    for member in (bo.actor_id, olga.actor_id):
        with pytest.raises(NotFound):
            await ask_to_look(tx, member, frozen, "Whose?", now=NOW)  # pyright: ignore[reportArgumentType]
    for by, word, why, refused in (
        (olga, "keep", "I was right", Forbidden),
        (bo, "keep", " ", Unprocessable),
        (bo, "suspend", "Worse", Unprocessable),
        (Acting(name="@ada", actor_id=ada.id), "undo", "I want it", Unprocessable),
    ):
        with pytest.raises(refused):
            async with tx.transaction():
                await answer_look(tx, frozen, word, why, by=by, now=NOW)
    await answer_look(tx, frozen, "limit", "You said sorry", by=bo, now=NOW)
    with pytest.raises(Unprocessable, match="answered"):
        await answer_look(tx, frozen, "undo", "Me too", by=bo, now=NOW)
    standing = await lock_standing(tx, ada.id)
    assert standing is not None
    assert not standing.is_frozen
    assert (await get_actor(tx, ada.id)).is_limited
    acts = await list_acts_of(tx, ada.id)
    assert [(one.act, one.detail, one.by_whom) for one in acts] == [
        ("limit", "look", "@bo"),
        ("unfreeze", "look", "@bo"),
        ("freeze", "", "@olga"),
    ]
    with pytest.raises(Unprocessable, match="came of a look"):
        await ask_to_look(tx, ada.id, acts[0].id, "And now?", now=NOW)
    with pytest.raises(Exception, match="stays"):
        async with tx.transaction():
            await tx.execute("UPDATE second_looks SET answer = 'Never'")


async def test_who_decided_looks_again_where_nobody_else_can(tx: Tx) -> None:
    olga, bo = [await given_steward(tx, *one) for one in (("olga", "owner"), ("bo", "admin"))]
    cleo = await given_steward(tx, "cleo", "admin")
    assert cleo.actor_id is not None
    warned = await done(tx, await get_actor(tx, cleo.actor_id), Act.WARN, olga)
    await ask_to_look(tx, cleo.actor_id, warned, "I never said that", now=NOW)
    with pytest.raises(Forbidden):
        await answer_look(tx, warned, "undo", "I like her", by=bo, now=NOW)
    await answer_look(tx, warned, "undo", "You are right", by=olga, now=NOW)
    [taken_back, _, _] = await list_acts_of(tx, cleo.actor_id)
    assert (taken_back.act, taken_back.reason) == (Act.UNWARN, "You are right")
    with pytest.raises(NotFound):
        await ask_to_look(tx, cleo.actor_id, taken_back.id, "Why?", now=NOW)


async def test_of_two_warnings_one_is_taken_back(tx: Tx) -> None:
    olga, ada = await given_steward(tx, "olga", "owner"), await given_member(tx, "ada")
    first, second, third = [await done(tx, ada, Act.WARN, olga) for _ in range(3)]
    for act_id in (first, second):
        await ask_to_look(tx, ada.id, act_id, "Please", now=NOW)
    await answer_look(tx, second, "undo", "You are right", by=COMMAND_LINE, now=NOW)
    looked = await review(tx, [first, second, third])
    assert [looked[one].is_over for one in (first, second, third)] == [False, True, False]
    await answer_look(tx, first, "keep", "It stays", by=COMMAND_LINE, now=NOW)
    await ask_to_look(tx, ada.id, third, "This too", now=NOW)


async def test_a_look_ends_with_what_it_is_about_and_nobody_is_kept_waiting(tx: Tx) -> None:
    olga, ada = await given_steward(tx, "olga", "owner"), await given_member(tx, "ada")
    limited, suspended = [await done(tx, ada, one, olga) for one in (Act.LIMIT, Act.SUSPEND)]
    with pytest.raises(Unprocessable, match="old"):
        await ask_to_look(tx, ada.id, limited, "Late", now=NOW + timedelta(days=181))
    for act_id in (limited, suspended):
        await ask_to_look(tx, ada.id, act_id, "Please", now=NOW)

    async def waiting() -> list[str]:
        rows = await tx.fetch("SELECT subject FROM matters WHERE settled_at IS NULL ORDER BY id")
        return [row["subject"] for row in rows]

    await remind_of_looks(tx, now=NOW)
    assert await waiting() == [str(limited), str(suspended)]
    await remind_of_looks(tx, now=NOW + timedelta(days=8))
    await remind_of_looks(tx, now=NOW + timedelta(days=9))
    assert await waiting() == [f"{limited} late", f"{suspended} late"]
    await act_on(tx, ada.id, Act.UNLIMIT, by=COMMAND_LINE, reason="Enough", now=NOW)
    look = (await review(tx, [limited]))[limited].look
    assert look is not None
    assert (look.outcome, look.answer, look.by_whom) == ("undone", "Enough", "command line")
    await answer_look(tx, suspended, "keep", "It stays", by=COMMAND_LINE, now=NOW)
    assert await waiting() == []
    assert (await get_actor(tx, ada.id)).is_suspended


async def test_who_answers_and_who_lifts_it_take_turns(pool: Pool) -> None:
    async with transaction(pool) as tx:
        olga, ada = await given_steward(tx, "olga", "owner"), await given_member(tx, "ada")
        limited = await done(tx, ada, Act.LIMIT, olga)
        await ask_to_look(tx, ada.id, limited, "Please", now=NOW)

    async def answers() -> None:
        async with transaction(pool) as tx:
            await answer_look(tx, limited, "keep", "It stays", by=COMMAND_LINE, now=NOW)

    async with transaction(pool) as tx, asyncio.timeout(20):
        await lock_owners(tx)
        second = asyncio.create_task(answers())
        await is_waiting(pool, second)
        await act_on(tx, ada.id, Act.UNLIMIT, by=COMMAND_LINE, reason="Enough", now=NOW)
    with pytest.raises(Unprocessable, match="answered"):
        await second
