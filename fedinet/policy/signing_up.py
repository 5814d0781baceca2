"""Whether somebody may join with an e-mail address: rules of the scope ``signup`` decide."""

from collections.abc import Iterable
from datetime import datetime

from fedinet.kernel.errors import Malformed
from fedinet.kernel.ids import Domain
from fedinet.kernel.problems import N_, Invalid, Problem
from fedinet.kernel.uris import domain
from fedinet.policy.current import CurrentPolicy
from fedinet.policy.explain import Explanation, explain
from fedinet.policy.model import Envelope, Facts, Rule, Scope, Verdict


def domain_of_address(address: str) -> Domain:
    """Read the domain of an e-mail address, or one that stands alone.

    Raises:
        Malformed: it cannot be one.
    """
    return domain(address.rpartition("@")[2])


async def explain_sign_up(
    current: CurrentPolicy, mail_domain: Domain, *, now: datetime
) -> Explanation:
    """Decide on a domain, and say why. Where mail goes is no server that we would get to know.

    Raises:
        Overloaded: nobody knows which rules hold.
    """
    envelope = Envelope(scope=Scope.SIGN_UP, domain=mail_domain, now=now)
    return explain(envelope, Facts(), await current.rules())


async def check_sign_up(current: CurrentPolicy, email: str | None, *, now: datetime) -> None:
    """Let somebody join with this address; None: with none, which needs no leave.

    Raises:
        Invalid: a rule says no, with its public reason. Overloaded: nobody knows.
    """
    if email is None:
        return
    try:
        asked = domain_of_address(email)
    except Malformed as error:
        told = N_("This is not an e-mail address. Is there an ending, such as .be?")
        raise Invalid(Problem("email", told)) from error
    decision = (await explain_sign_up(current, asked, now=now)).decision
    if decision.verdict is Verdict.ACCEPT:
        return
    by = decision.decided_by
    why = by.reason_public if isinstance(by, Rule) else ""
    said = N_("Nobody joins here with an address at %(server)s. Use another, or none. %(why)s")
    raise Invalid(Problem("email", said, {"server": asked, "why": why}))


async def refused_domains(
    current: CurrentPolicy, domains: Iterable[str], *, now: datetime
) -> dict[str, Problem]:
    """Which domains nobody joins with an address at, and what is said of each.

    Raises:
        Overloaded: nobody knows which rules hold.
    """
    found: dict[str, Problem] = {}
    for asked in domains:
        try:
            await check_sign_up(current, f"somebody@{asked}", now=now)
        except Invalid as error:
            found[asked] = error.problems[0]
    return found
