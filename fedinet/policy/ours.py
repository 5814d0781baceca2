"""Nobody locks this node out of itself: which rules would, and are refused. Pure."""

from collections.abc import Sequence

from fedinet.kernel.errors import Unprocessable
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_
from fedinet.kernel.uris import origin_of
from fedinet.policy.document import RuleDocument
from fedinet.policy.matching import parents


def check_not_ours(document: RuleDocument, ours: Sequence[Domain]) -> None:
    """Refuse a rule about this node, a domain above it, or one of its people.

    ``document`` is settled: its domains have their one spelling. What only accepts
    harms nobody.

    Raises:
        Unprocessable: it does that. ``values["name"]`` is what names us.
    """
    if document.verdict in (None, "accept") and not document.effects:
        return
    covered = {part for domain in ours for part in parents(domain)}
    named = [name for name in document.domains if Domain(name) in covered]
    named += [uri for uri in document.actors if origin_of(uri).domain in covered]
    if named:
        raise Unprocessable(
            f"rule {document.key!r} covers this node",
            public=N_("The rule %(key)s would be about this community itself (%(name)s)"),
            values={"key": document.key, "name": named[0]},
        )
