"""A whole policy file, as ``schemas/policy/`` describes it for editors. Pure."""

from typing import Annotated, Literal

import msgspec

from fedinet.policy.document import RuleDocument
from fedinet.policy.lists.document import MOST_LISTS, ListDocument, ListsDocument
from fedinet.policy.model import Mode

Subscriptions = Annotated[list[ListDocument], msgspec.Meta(max_length=MOST_LISTS)]
Rules = Annotated[list[RuleDocument], msgspec.Meta(max_length=60_000)]


class PolicyDocument(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A whole policy file: every rule that stewards wrote, the mode, and the lists.

    Without ``mode``, ``lists`` or ``list`` what holds stays; with ``list`` these are
    all subscriptions that there are.
    """

    version: Literal[1]
    mode: Mode | None = None
    lists: ListsDocument | None = None
    list: Subscriptions | None = None
    rule: Rules = []
