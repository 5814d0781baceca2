"""How much a rule lets through before it applies, as its form says it. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from fedinet.kernel.errors import Malformed
from fedinet.kernel.problems import N_, Problem
from fedinet.policy.model import RatePer
from fedinet.policy.rates.model import OF_SERVERS, misuse_of_rate, read_rate

COUNTED: Final[Mapping[RatePer, str]] = MappingProxyType(
    {
        RatePer.DOMAIN: N_("The server and all below its domain, together"),
        RatePer.SERVER: N_("Each server by itself"),
        RatePer.ACTOR: N_("Each account by itself"),
        RatePer.ALL: N_("Everything that the rule is about, together"),
    }
)


def read_rate_fields(
    values: Mapping[str, str], verdict: str | None
) -> tuple[str | None, RatePer, list[Problem]]:
    """Read the rate, whose activities it counts, and what is wrong with them."""
    raw, per = values.get("rate", "").strip(), values.get("rate_per", "") or RatePer.DOMAIN
    if per not in COUNTED:
        return None, RatePer.DOMAIN, [Problem("rate_per", N_("Choose one of these."))]
    effects = [effect for effect in OF_SERVERS if values.get(effect)]
    try:
        if raw:
            read_rate(raw, RatePer(per))
    except Malformed:
        return None, RatePer(per), [Problem("rate", N_("Write it like 20/h, 100/10m or 5/d."))]
    misuse = misuse_of_rate(verdict, effects, (), raw or None)
    wrong = [] if misuse is None else [Problem("rate", misuse, {"key": values.get("domain", "")})]
    return raw or None, RatePer(per), wrong
