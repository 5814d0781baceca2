"""Who may do what to whom."""

from collections.abc import Callable
from functools import partial

import pytest

from fedinet.accounts.model import Role
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.moderation.rights import (
    COMMAND_LINE,
    Act,
    Acting,
    check_may_act,
    check_may_give,
    check_owner_remains,
)

ME, THEM = ActorId(1), ActorId(2)
FIRST, SECOND = AccountId(11), AccountId(12)


def acting(role: Role) -> Acting:
    return Acting(name="me", actor_id=ME, role=role)


@pytest.mark.parametrize(
    ("by", "may"),
    [
        ("owner", {"owner", "admin", "moderator", "member"}),
        ("admin", {"moderator", "member"}),
        ("moderator", {"member"}),
        ("member", set[str]()),
    ],
)
def test_nobody_acts_on_their_equals_but_owners(by: Role, may: set[str]) -> None:
    roles: tuple[Role, ...] = ("owner", "admin", "moderator", "member")
    found = {role for role in roles if allowed(partial(check_may_act, acting(by), THEM, role))}
    assert found == may


def test_nobody_acts_on_themselves_but_the_command_line_on_everybody() -> None:
    with pytest.raises(Unprocessable):
        check_may_act(acting("owner"), ME, "owner")
    check_may_act(COMMAND_LINE, THEM, "owner")


@pytest.mark.parametrize(
    ("by", "role", "may"),
    [
        ("owner", "owner", True),
        ("admin", "moderator", True),
        ("admin", "admin", False),
        ("moderator", "member", False),
    ],
)
def test_nobody_gives_a_role_like_their_own_but_owners(by: Role, role: Role, *, may: bool) -> None:
    assert allowed(lambda: check_may_give(acting(by), role)) is may


@pytest.mark.parametrize(
    ("owners", "act", "role", "may"),
    [
        ({FIRST}, Act.SUSPEND, "owner", False),
        ({FIRST}, Act.FREEZE, "owner", False),
        ({FIRST}, Act.ROLE, "admin", False),
        ({FIRST}, Act.LIMIT, "owner", True),
        ({FIRST, SECOND}, Act.SUSPEND, "owner", True),
        ({SECOND}, Act.ROLE, "member", True),
    ],
)
def test_an_owner_who_can_act_remains(
    owners: set[AccountId], act: Act, role: Role, *, may: bool
) -> None:
    assert allowed(lambda: check_owner_remains(owners, FIRST, act, role)) is may


def allowed(check: Callable[[], None]) -> bool:
    try:
        check()
    except (Forbidden, Unprocessable):
        return False
    return True
