"""Why something did not arrive, or was not done, in words that stewards know. Pure.

What the other server or the network said is kept as it was; here it is put in classes, each
with what to do about it. The log's own words are shown beside, for who wants them.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.kernel.problems import N_

GIVEN_UP: Final[Mapping[str, str]] = MappingProxyType(
    {
        "expired": N_("It was tried for three days."),
        "refused": N_("That server refused it."),
        "gone": N_("Whoever it was for is no longer there."),
        "not_supported": N_("That server does not take such messages."),
        "policy": N_("A rule of ours is against it."),
        "blocked_address": N_("Its address is inside a private network."),
        "unusable_address": N_("Its address cannot be used."),
        "no_key": N_("Its sender has no key here any more."),
    }
)
"""Reasons of dead letters."""

_SLOW: Final = N_("It did not answer in time: it is busy, or there is trouble on the way.")
_CLOSED: Final = N_(
    "Nobody answers at its address: it is switched off, or cannot be reached from here. If that"
    " is so with many servers, look at this machine’s own network."
)
_OURS: Final = N_("Something went wrong on our side. Whoever runs the machine finds it in its log.")
_BROKEN: Final = N_("Something is broken there. If it lasts, tell its stewards.")
_BUSY: Final = N_("It is busy, or being looked after. That passes by itself.")
_UNTRUSTED: Final = N_(
    "It does not believe that the message is ours. See under Health whether the clock is right;"
    " if it is, ask its stewards."
)
_AGAINST: Final = N_(
    "It keeps us out: a rule of its stewards, perhaps. Write to them if it should not be so."
)
_GONE: Final = N_(
    "It knows nothing at this address: whoever it was for has left, or is called otherwise now."
    " Nothing is to be done here."
)
_LARGE: Final = N_("The message was too large for it. Nothing is to be done here.")
_UNWANTED: Final = N_(
    "It does not take this message. If it is the same with all of ours, tell its stewards what it"
    " says."
)
_ELSEWHERE: Final = N_(
    "It points to another address: it is being looked after, or has moved. If it lasts, ask its"
    " stewards."
)

_STATUS: Final[Mapping[int, str]] = MappingProxyType(
    {
        **dict.fromkeys((401,), _UNTRUSTED),
        **dict.fromkeys((403, 451), _AGAINST),
        **dict.fromkeys((404, 410), _GONE),
        413: _LARGE,
        **dict.fromkeys((408, 504, 524), _SLOW),
        **dict.fromkeys((429, 502, 503, 521, 522, 523), _BUSY),
    }
)
_OF_HUNDREDS: Final[Mapping[int, str]] = MappingProxyType({3: _ELSEWHERE, 4: _UNWANTED, 5: _BROKEN})
_ANSWER: Final = re.compile(r"([1-5][0-9]{2})\b")
_FAULT: Final = re.compile(r"(?:https?://\S+: )?(.*?)(?::|$)")
"""Of what the network said, what kind it is: the rest names hosts, which can be called anything."""

_OF_NETWORK: Final = (
    (
        re.compile(r"certificate|SSL"),
        N_(
            "Its certificate is not in order: it has run out, or is for another name. Its stewards"
            " have to renew it; nothing is to be done here."
        ),
    ),
    (
        re.compile(r"DNS"),
        N_(
            "Its name is not found: it may be gone for good. If no server is found, look at this"
            " machine’s own network."
        ),
    ),
    (re.compile(r"Timeout|no answer within"), _SLOW),
    (
        re.compile(r"Disconnected|Reset|ClientOSError|BrokenPipe"),
        N_("It hung up before it had answered. If it lasts, tell its stewards."),
    ),
    (re.compile(r"fault of ours"), _OURS),
    (re.compile(r"Connector"), _CLOSED),
)
_UNKNOWN: Final = N_("It could not be reached.")

WORK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accounts.mail_proven": N_("Asking members to confirm their addresses"),
        "accounts.reset_asked": N_("Writing to somebody who forgot a password"),
        "actors.refresh": N_("Reading somebody’s profile elsewhere again"),
        "allies.ask_room": N_("Asking an allied community whether it has room"),
        "allies.check": N_("Looking whether an allied community still is one"),
        "announcements.look_at": N_("Looking at the dates of an announcement"),
        "cards.look_at_links": N_("Looking for links in a post"),
        "cards.read_page": N_("Reading a page that a post links to"),
        "digests.at_once": N_("Writing a message to a member"),
        "digests.planned": N_("Writing a member’s overview"),
        "follows.synchronise": N_("Comparing who follows with another server"),
        "groups.carry": N_("Passing on a post to a group"),
        "joining.fill_room": N_("Letting in whoever is next in line"),
        "leaving.close_account": N_("Ending an account"),
        "leaving.erase_member": N_("Erasing what a former member left"),
        "lockdown.rotate_actors": N_("Making members’ keys anew"),
        "mail.send": N_("Sending mail"),
        "media.make_room": N_("Deleting copies of pictures from elsewhere"),
        "moves.carry_over": N_("Taking follows along to somebody’s new account"),
        "pins.fetch_pinned": N_("Reading what somebody elsewhere shows first"),
        "pins.look_at_featured": N_("Reading what somebody elsewhere recommends"),
        "policy.read_list": N_("Reading a list of servers that others keep"),
        "policy.settle_follows": N_("Putting follows aside, or back, after a rule"),
        "polls.end": N_("Ending a poll"),
        "polls.refresh": N_("Reading the votes of a poll elsewhere"),
        "polls.tell_counts": N_("Telling other servers the votes of a poll"),
        "posts.fetch_parent": N_("Reading the post that was replied to"),
        "profiles.erase_actor": N_("Erasing somebody’s profile from elsewhere"),
        "push": N_("Ringing a member’s phone"),
        "quotes.check": N_("Asking whether a quote is agreed to"),
        "quotes.fetch_quoting": N_("Reading a post that quotes one of ours"),
        "reactions.fetch_boosted": N_("Reading a post that was shared"),
        "scheduled.publish": N_("Publishing a post that was planned"),
        "security.sign_in_asked": N_("Writing to somebody who signs in by mail"),
        "threads.fetch": N_("Reading the replies of a conversation elsewhere"),
        "transfers.bring": N_("Bringing in what a member had elsewhere"),
    }
)
"""Our own work, by the kind of job."""
_AFTER: Final = N_("Telling members, and their homes, what has happened")


def why_not(said: str) -> str:
    """What an answer or the network said, as a sentence that says what to do; the key of a text."""
    if answer := _ANSWER.match(said):
        status = int(answer[1])
        return _STATUS.get(status) or _OF_HUNDREDS.get(status // 100, _UNKNOWN)
    fault = _FAULT.match(said)
    kind = fault[1] if fault else ""
    return next((words for shape, words in _OF_NETWORK if shape.search(kind)), _UNKNOWN)


def work(kind: str) -> str:
    """Name a piece of our own work; what is no job comes after something that has happened."""
    return WORK.get(kind, _AFTER)
