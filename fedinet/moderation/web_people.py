"""Pages by which stewards look through members, and act on them and on people elsewhere."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from aiohttp import web

from fedinet.accounts.model import Role
from fedinet.accounts.role_words import ROLES
from fedinet.accounts.sign_in import OF_NAMES
from fedinet.accounts.standing_store import lock_owners, lock_standing
from fedinet.charter import store as charter
from fedinet.db.pool import transaction
from fedinet.db.query import Tx
from fedinet.http.auth import Member, require_steward
from fedinet.http.context import NODE, POOL
from fedinet.http.dates import on_clock
from fedinet.http.forms import EMPTY_FORM, Form
from fedinet.http.fresh import ask_again
from fedinet.http.pages import render, say_in
from fedinet.http.paging import older_address, read_page
from fedinet.http.params import Params, read_form
from fedinet.http.redirects import see_other
from fedinet.http.resume import RESUME
from fedinet.http.zones import zone_name, zone_of_house
from fedinet.kernel.errors import Forbidden, Unprocessable
from fedinet.kernel.ids import ActorId
from fedinet.kernel.paging import FIRST_PAGE, Page
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.kernel.zones import zone_of
from fedinet.moderation import looks_store, reasons_store
from fedinet.moderation.acts_store import list_acts_of
from fedinet.moderation.asking import acting
from fedinet.moderation.commands import act_on, give_role
from fedinet.moderation.model import MAX_REASON, Category, check_reason
from fedinet.moderation.people_store import (
    Person,
    Wanted,
    get_person,
    get_person_tried,
    list_people,
)
from fedinet.moderation.reasoning import reason_in_words
from fedinet.moderation.reasons import OWN_WORDS, Because, Reason, in_use
from fedinet.moderation.rights import TAKING, Act, as_read_by, check_may_act, check_may_give
from fedinet.moderation.words import (
    OUTCOMES,
    ROLES_MEAN,
    ROLES_SAID,
    SAID_TO_MEMBER,
    SAID_TO_STEWARDS,
    TO_DO,
)
from fedinet.node.store import get_node
from fedinet.posts.model import Post

routes = web.RouteTableDef()

Choices: TypeAlias = Sequence[tuple[Act, tuple[str, str]]]
_TYPED = frozenset({"act", "because", "reason", "role"})
SEEN: Final = "seen"
"""In a form: the last act on them that its page shows, 0 for none."""
_PERSON = r"/admin/people/{id:[0-9]{1,18}}"


@routes.get("/admin/people")
async def list_members(request: web.Request) -> web.Response:
    """Everybody with an account, the last first; ``?q=`` the beginning of a username."""
    require_steward(request)
    page, asked = read_page(request), request.query.get("q", "").replace("\0", "").strip()[:60]
    wanted = Wanted(origin="local", username=asked.removeprefix("@").lower())
    async with request.app[POOL].acquire() as conn:
        people = await list_people(conn, wanted, page)
    older = ""
    if len(people) >= page.limit:
        kept = {"q": asked} if asked else {}
        older = str(request.rel_url.with_query({**kept, "max_id": str(people[-1].actor.id)}))
    return render(
        request, "moderation/people.html", people=people, asked=asked, older=older, roles=ROLES_SAID
    )


@routes.get(_PERSON)
async def show_person(request: web.Request) -> web.Response:
    """Somebody, what can be done about them, and what was done, by whom and why."""
    return await _page(request, require_steward(request), EMPTY_FORM)


@routes.post(_PERSON)
async def act(request: web.Request) -> web.Response:
    """Do something about them, or give another role.

    A role is given for good: it asks for a fresh sign-in.
    """
    found, fields = require_steward(request), await read_form(request)
    if fields.text("do") == "role":
        asked = await ask_again(request, request.path, now=datetime.now(UTC))
        if asked is not None:
            return asked
    try:
        async with transaction(request.app[POOL]) as tx:
            target = await get_person(tx, int(request.match_info["id"]))
            if fields.text("do") == "role":
                role = _role(fields.text("role"))
                await give_role(tx, target.actor.id, role, by=acting(found))
            elif fields.text("do") == "preview":
                house_zone = zone_of_house(request).key
                said = await what_they_read(tx, target, fields, house_zone=house_zone)
                return await _page(request, found, typed(fields), preview=said)
            else:
                await _do(tx, found, target.actor.id, fields)
    except Invalid as error:
        form = typed(fields).with_problems(error.problems)
        return await _page(request, found, form, status=error.status)
    except Unprocessable as error:
        problem = Problem.told_by(error, "role" if fields.text("do") == "role" else "reason")
        form = typed(fields).with_problems([problem])
        return await _page(request, found, form, status=422)
    return see_other(f"/admin/people/{target.actor.id}?acted=1")


@routes.post(_PERSON + RESUME)
async def resume_act(request: web.Request) -> web.Response:
    """Show somebody with what a steward had chosen; nothing is done yet."""
    found, fields = require_steward(request), await read_form(request)
    return await _page(request, found, typed(fields), is_resumed=True)


async def _do(tx: Tx, found: Member, of: ActorId, fields: Params) -> None:
    """Do what was chosen; nothing where a first click has done it."""
    act, now = read_deed(fields), datetime.now(UTC)
    check_reasoned(act, fields)
    if not await is_done(tx, found, of, fields, act=act):
        reason, because = fields.text("reason"), read_because(fields)
        await act_on(tx, of, act, by=acting(found), reason=reason, because=because, now=now)


def choices_of(found: Member, person: Person, *, has_posts: bool = False) -> Choices:
    """What this steward may do about somebody, as they stand now; nothing: it is not for them.

    ``has_posts``: some that can be taken away.
    """
    of = person.membership
    try:
        check_may_act(acting(found), person.actor.id, "member" if of is None else of.role)
    except (Forbidden, Unprocessable):
        return ()
    acts = [Act.UNLIMIT if person.actor.is_limited else Act.LIMIT]
    if has_posts:
        acts = [Act.REMOVE, *acts]
    if of is not None:
        acts = [Act.WARN, *acts, Act.UNFREEZE if of.is_frozen else Act.FREEZE]
    acts.append(Act.UNSUSPEND if person.actor.is_suspended else Act.SUSPEND)
    return [(act, TO_DO[act]) for act in acts]


async def words_to_choose(
    request: web.Request,
    found: Member,
    known: Sequence[Reason],
    *,
    category: Category = "other",
    named: Collection[int] = (),
) -> dict[str, object]:
    """The reasons that a steward chooses from; ``category``, ``named`` rules: of a report.

    A reason is proposed for reports of its kind.
    """
    reasons = in_use(known)
    say, house = say_in(found.language), (await request.app[NODE].get()).language
    fitting = [one.id for one in reasons if one.category == category and category != "other"]
    return {
        "reasons": [
            (one.id, one.read_in(found.language, say, or_else=house).name) for one in reasons
        ],
        "proposed": fitting[0] if fitting else "",
        "named": named,
        "most_reason": MAX_REASON,
    }


def read_because(fields: Params) -> Because:
    """Which reason was chosen, and which house rules were ticked."""
    rules = (name[5:] for name in fields if name.startswith("rule_") and fields.flag(name))
    return Because(
        reason_id=fields.integer("because"),
        rule_ids=tuple(int(text) for text in rules if text.isdecimal() and len(text) <= 18),
    )


def ticked(fields: Params, prefix: str) -> set[int]:
    """Numbers of the boxes that were ticked."""
    numbers = [
        name[len(prefix) :] for name in fields if name.startswith(prefix) and fields.flag(name)
    ]
    return {int(number) for number in numbers if number.isdecimal() and len(number) <= 18}


def typed(fields: Params) -> Form:
    """What a steward chose and wrote, for the page that is shown again."""
    return Form(
        {
            name: fields.text(name)
            for name in fields
            if name in _TYPED or name[:5] in ("rule_", "post_", "also_")
        }
    )


def read_deed(fields: Params, *, has_posts: bool = False) -> Act:
    """What is to be done; ``has_posts``: some were reported, and can be taken away.

    Raises:
        Invalid: nothing was chosen.
    """
    word = fields.text("act")
    if word not in TO_DO or (word == Act.REMOVE and not has_posts):
        raise Invalid(Problem("act", N_("Choose what is to be done")))
    return Act(word)


def check_reasoned(act: Act, fields: Params) -> None:
    """Raises ``Invalid`` where something would be taken from them for no reason."""
    if act in TAKING and not fields.text("reason").strip() and read_because(fields) == OWN_WORDS:
        said = N_("Say why, or choose a reason. They read it, and it stands in the record")
        raise Invalid(Problem("reason", said))


class ActedMeanwhile(Invalid):
    """Another steward, or this one in another window, was quicker."""

    status = 409

    def __init__(self) -> None:
        said = N_(
            "Something was done about them meanwhile. See what, and send it again if it is"
            " still needed"
        )
        super().__init__(Problem("act", said))


async def is_done(
    tx: Tx,
    found: Member,
    of: ActorId,
    fields: Params,
    *,
    act: Act,
    report_id: int | None = None,
    posts: Sequence[Post] = (),
) -> bool:
    """Tell whether this very form was sent before, as by a second click.

    ``posts``: those to be taken away that are still there.

    Raises:
        ActedMeanwhile: something else was done about them since the page was made, or the same
            in other words.
    """
    await lock_owners(tx)  # as in every act: who acts on them at this moment is waited for
    standing = await lock_standing(tx, of)
    latest = next(iter(await list_acts_of(tx, of, Page(limit=1))), None)
    if latest is None or fields.text(SEEN, str(latest.id)) == str(latest.id):
        return False
    because = read_because(fields)
    language = None if standing is None else standing.language
    own = check_reason(fields.text("reason"))
    reason = await reason_in_words(tx, because, own, language=language)
    done = (latest.by_actor, latest.act, latest.report_id, latest.reason_id, latest.reason)
    if posts or done != (found.actor_id, act, report_id, because.reason_id, reason):
        raise ActedMeanwhile
    return True


async def what_they_read(
    tx: Tx, target: Person, fields: Params, posts: Sequence[Post] = (), *, house_zone: str
) -> tuple[str, str]:
    """What a person would be told, in their language: the sentence of the act, and the reason.

    ``posts``: that would be taken away; their times are on the person's clock, else the house's.
    """
    act = read_deed(fields, has_posts=bool(posts))
    language = (
        (await get_node(tx)).language if target.membership is None else target.membership.language
    )
    own = check_reason(fields.text("reason"))
    reason = await reason_in_words(tx, read_because(fields), own, language=language)
    say = say_in(language)
    zone = zone_of("" if target.membership is None else target.membership.time_zone, house_zone)
    words = zone_name(zone.key, language)
    when = "; ".join(on_clock(one.published_at, zone=zone, words=words, text=say) for one in posts)
    return say(SAID_TO_MEMBER[act]) % {"name": when}, reason


def language_of_person(target: Person) -> str:
    """Of a member; ``""``: of another server."""
    return "" if target.membership is None else target.membership.language


def _role(word: str) -> Role:
    for role in ROLES:
        if role == word:
            return role
    raise Unprocessable(f"no role {word[:40]!r}", public=N_("Choose what is to be done"))


def _may_give(found: Member, person: Person) -> list[tuple[Role, str, str]]:
    """The roles that this steward may give somebody, each with what it may do; nothing: none, or
    nobody of ours.
    """
    if person.membership is None or not choices_of(found, person):
        return []
    given: list[tuple[Role, str, str]] = []
    for role in ROLES:
        try:
            check_may_give(acting(found), role)
        except Forbidden:
            continue
        given.append((role, ROLES_SAID[role], ROLES_MEAN[role]))
    return given


async def _page(
    request: web.Request,
    found: Member,
    form: Form,
    *,
    status: int = 200,
    preview: tuple[str, str] | None = None,
    is_resumed: bool = False,
) -> web.Response:
    page = read_page(request)
    async with request.app[POOL].acquire() as conn:
        person, closed = await get_person_tried(
            conn, int(request.match_info["id"]), OF_NAMES, now=datetime.now(UTC)
        )
        reviewed = await looks_store.list_reviewed(conn, person.actor.id, page)
        reasons = await reasons_store.list_reasons(conn)
        house_rules, _ = await charter.list_rules_and(conn, ())
    words = await words_to_choose(request, found, reasons)
    return render(
        request,
        "moderation/person.html",
        status=status,
        form=form,
        person_=person,
        choices=choices_of(found, person),
        preview=preview,
        closed_until=closed,
        unlocked="unlocked" in request.query,
        acted="acted" in request.query,
        is_resumed=is_resumed,
        their_language=language_of_person(person),
        seen=reviewed[0].done.id if reviewed else 0,
        is_first=page == FIRST_PAGE,
        may_give=_may_give(found, person),
        lines=[
            (one, as_read_by(one.done, found.actor_id), SAID_TO_STEWARDS[one.done.act])
            for one in reviewed
        ],
        outcomes=OUTCOMES,
        older=older_address(request, page, [one.done.id for one in reviewed]),
        roles=ROLES_SAID,
        house_rules=house_rules,
        **words,
    )
