"""The form of a subscription to a list, and the document it makes. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.policy.lists.document import Farewell, ListDocument, Retracted, settle_list
from fedinet.policy.lists.formats import Format

FIELDS: Final = (
    "name", "url", "format", "priority", "max_severity", "max_followed_severity", "in_force",
    "retracted", "adopt_orphans", "excludes", "max_change", "seen",
)  # fmt: skip
FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Format.AUTO.value: N_("Find out"),
        Format.MASTODON.value: N_("Mastodon’s CSV"),
        Format.GOTOSOCIAL.value: N_("JSON, as of GoToSocial"),
        Format.PLAIN.value: N_("One server a line"),
        Format.RAPIDBLOCK.value: N_("RapidBlock’s JSON"),
        Format.FIRES.value: N_("A snapshot of FIRES"),
    }
)
SEVERITIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "suspend": N_("Refuse"),
        "silence": N_("Limit"),
        "noop": N_("Neither: only pictures and reports"),
    }
)
RETRACTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Retracted.ASK.value: N_("Ask me"),
        Retracted.REMOVE.value: N_("Lift the rule"),
        Retracted.DRAFT.value: N_("Make it a draft"),
    }
)
FAREWELLS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        Farewell.KEEP.value: (
            N_("Keep those in force"),
            N_("Nobody keeps them up to date any more. Drafts go."),
        ),
        Farewell.DRAFT.value: (
            N_("Make them drafts"),
            N_("They do nothing any more, and stay to be looked at."),
        ),
        Farewell.REMOVE.value: (N_("Lift them all"), N_("What they put aside comes back.")),
    }
)


def values_of_list(document: ListDocument, version: int) -> Mapping[str, str]:
    """Fill the form with a subscription as it stands."""
    return {
        "name": document.name,
        "url": document.url,
        "format": document.format.value,
        "priority": str(document.priority),
        "max_severity": document.max_severity,
        "max_followed_severity": document.max_followed_severity,
        "in_force": "" if document.drafts else "1",
        "retracted": document.retracted.value,
        "adopt_orphans": "1" if document.adopt_orphans else "",
        "excludes": "\n".join(document.excludes),
        "max_change": str(document.max_change),
        "seen": str(version),
    }


def read_list_form(values: Mapping[str, str], *, may_use_plain_http: bool) -> ListDocument:
    """Make the subscription that a form describes.

    Raises:
        Invalid: with what to put right, field by field.
    """
    numbers = {name: values[name].strip() for name in ("priority", "max_change")}
    problems = [
        Problem(name, N_("A number."))
        for name, raw in numbers.items()
        if not (raw.isascii() and raw.isdecimal() and len(raw) < 5)
    ]
    if problems:
        raise Invalid(*problems)
    raw = {
        "name": values["name"].strip(),
        "url": values["url"].strip(),
        "format": values["format"],
        "priority": int(numbers["priority"]),
        "max_severity": values["max_severity"],
        "max_followed_severity": values["max_followed_severity"],
        "drafts": not values["in_force"],
        "retracted": values["retracted"],
        "adopt_orphans": bool(values["adopt_orphans"]),
        "excludes": values["excludes"].replace(",", " ").split(),
        "max_change": int(numbers["max_change"]),
    }
    try:
        document = msgspec.convert(raw, ListDocument)
    except msgspec.ValidationError as error:
        named = str(error).rpartition("`$.")[2].rstrip("`")
        field = named if named in FIELDS else "name"
        told = (
            N_("A name of small letters, digits and hyphens, at most 60.")
            if field == "name"
            else N_("This cannot be.")
        )
        raise Invalid(Problem(field, told)) from error
    return settle_list(document, may_use_plain_http=may_use_plain_http)
