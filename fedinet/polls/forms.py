"""What an app or a page sends to ask something: parameters become a draft. Pure."""

from datetime import timedelta
from typing import Final

from fedinet.http.params import Params
from fedinet.kernel.problems import N_, NN_, Invalid, Problem
from fedinet.polls.model import MAX_LENGTH, MAX_OPTIONS, Poll, PollDraft, check_poll

OPTION_FIELDS: Final = tuple(f"option{number}" for number in range(1, MAX_OPTIONS + 1))
FIELDS: Final = (*OPTION_FIELDS, "lasts", "several")
"""The fields of a page's form."""

LENGTHS: Final = (
    (timedelta(hours=1), NN_("%(num)d hour", "%(num)d hours"), 1),
    (timedelta(hours=6), NN_("%(num)d hour", "%(num)d hours"), 6),
    (timedelta(days=1), NN_("%(num)d day", "%(num)d days"), 1),
    (timedelta(days=3), NN_("%(num)d day", "%(num)d days"), 3),
    (timedelta(days=7), NN_("%(num)d day", "%(num)d days"), 7),
    (timedelta(days=14), NN_("%(num)d day", "%(num)d days"), 14),
    (timedelta(days=31), NN_("%(num)d day", "%(num)d days"), 31),
)
"""How long a poll is open, with its words and their number."""
USUAL_LENGTH: Final = timedelta(days=3)


def read_page_poll(fields: Params) -> PollDraft | None:
    """Read the poll of a page's form; None where no option is filled in."""
    options = tuple(fields.text(name) for name in OPTION_FIELDS)
    if not any(option.strip() for option in options):
        return None
    return PollDraft(
        options=options,
        lasts=_length(fields.integer("lasts"), USUAL_LENGTH),
        multiple=fields.flag("several"),
    )


def page_poll(poll: PollDraft) -> dict[str, str]:
    """The fields of a page's form that ask this."""
    return {
        **dict(zip(OPTION_FIELDS, poll.options, strict=False)),
        "lasts": str(int(poll.lasts.total_seconds())),
        "several": "1" if poll.multiple else "",
    }


def lengths_with(chosen: str) -> tuple[tuple[timedelta, tuple[str, str], int], ...]:
    """How long a poll may be open, and besides what was ``chosen`` (seconds), as by an app."""
    usual = {str(int(length.total_seconds())) for length, _, _ in LENGTHS}
    if not chosen.isdecimal() or len(chosen) > 9 or chosen in usual:
        return LENGTHS
    length = timedelta(seconds=int(chosen))
    minutes = NN_("%(num)d minute", "%(num)d minutes")
    return tuple(sorted((*LENGTHS, (length, minutes, int(chosen) // 60))))


def read_app_poll(params: Params) -> PollDraft | None:
    """Read ``poll[options][]``, ``[expires_in]``, ``[multiple]`` and ``[hide_totals]``.

    Raises:
        Invalid: as for ``check_poll``.
    """
    if not params.get("poll"):
        return None
    asked = params.mapping("poll")
    return check_poll(
        PollDraft(
            options=asked.texts("options"),
            lasts=_length(asked.integer("expires_in"), timedelta(0)),
            multiple=asked.flag("multiple"),
            hides_totals=asked.flag("hide_totals"),
        )
    )


def check_unchanged(params: Params, poll: Poll | None) -> None:
    """Let an edit name the poll as it is, as apps do; people voted for these words.

    Raises:
        Invalid: other options, other rules, or a poll where there is none.
    """
    if not params.get("poll"):
        return
    asked = params.mapping("poll")
    wanted = (asked.texts("options"), asked.flag("multiple"))
    if poll is None or wanted != (poll.options, poll.multiple):
        raise Invalid(
            Problem("poll", N_("A poll cannot be changed, since people vote for its words"))
        )


def _length(seconds: int | None, otherwise: timedelta) -> timedelta:
    if seconds is None:
        return otherwise
    most = int(MAX_LENGTH.total_seconds()) + 1
    return timedelta(seconds=max(0, min(seconds, most)))
