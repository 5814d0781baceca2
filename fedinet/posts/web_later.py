"""On the page for writing: when to publish, and going on with what waits to be published."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aiohttp import web

from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.http.params import Params
from fedinet.http.zones import zone_of_reader
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.problems import Problem
from fedinet.posts.kept_store import Kept
from fedinet.posts.later import LATER, ChangedMeanwhile, NotWaiting, Waiting
from fedinet.posts.later_form import FIELDS, SCHEDULED, SEEN, read_typed, typed_moment
from fedinet.posts.model import Draft
from fedinet.posts.write_again import typed, with_unseen
from fedinet.posts.write_page import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a post is to be published. ``instead``: of what waits, as the form was opened.

    ``before``: what the form does not show.
    """

    due_at: datetime | None = None
    instead: Waiting | None = None
    before: Draft | None = None
    gone: NotWaiting | None = None
    """Set where what it should take the place of waits no more."""
    problems: tuple[Problem, ...] = ()

    def with_unseen(self, draft: Draft) -> Draft:
        """Keep what an app said of it that the form does not show."""
        return draft if self.before is None else with_unseen(draft, self.before)


async def read_plan(
    request: web.Request, writer: Member, fields: Params, kept: Kept | None
) -> Plan:
    """Read when a form wants to be published, and what it takes the place of."""
    before = None if kept is None else kept.before
    if not any(fields.text(name) for name in FIELDS):
        return Plan(before=before)
    scheduled_id = number(fields.text(SCHEDULED))
    found = None if scheduled_id is None else await find_waiting(request, writer, scheduled_id)
    if scheduled_id is not None and found is None:
        return Plan(gone=NotWaiting(scheduled_id))
    was = None if found is None or not found.is_due else found.due_at
    zone = zone_of_reader(request)
    read = read_typed(fields.text, zone, before=was)
    if isinstance(read, datetime) and read != was:
        read = request.app[LATER].problem(read, datetime.now(UTC), zone) or read
    return Plan(
        due_at=read if isinstance(read, datetime) else None,
        instead=None if found is None else replace(found, mark=fields.text(SEEN)),
        before=before if found is None else found.draft,
        problems=(read,) if isinstance(read, Problem) else (),
    )


async def find_waiting(request: web.Request, writer: Member, scheduled_id: int) -> Waiting | None:
    """Find a post of the writer that waits; None: it was published or taken back, or not theirs."""
    return await request.app[LATER].find(request.app[POOL], writer.actor_id, scheduled_id)


async def open_waiting(request: web.Request, writer: Member, raw: str) -> tuple[Draft, Form]:
    """The form of a post of the writer that waits, as it stands now.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    scheduled_id = number(raw)
    found = None if scheduled_id is None else await find_waiting(request, writer, scheduled_id)
    if found is None:
        raise NotFound(f"no scheduled post {raw[:40]!r} of {writer.username}")
    when = typed_moment(found.due_at, zone_of_reader(request)) if found.is_due else {}
    named = {SCHEDULED: str(found.id), SEEN: found.mark}
    return found.draft, Form({**typed(found.draft), **when, **named})


async def put_right(
    request: web.Request, writer: Member, form: Form, error: Unprocessable
) -> tuple[Form, Draft | None]:
    """Let a form be sent again after what waited changed or went; the draft it is up against."""
    if isinstance(error, NotWaiting):
        return replace(form, values={**form.values, **dict.fromkeys(FIELDS, "")}), None
    if not isinstance(error, ChangedMeanwhile):
        return form, None
    found = await find_waiting(request, writer, error.scheduled_id)
    if found is None:
        return form, None
    named = {SCHEDULED: str(found.id), SEEN: found.mark}
    return replace(form, values={**form.values, **named}), found.draft
