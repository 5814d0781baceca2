"""The part of a form that says what the community is: at set-up, and when it changes."""

from fedinet.accounts.commands import Community
from fedinet.accounts.model import HUES, MAX_COMMUNITY_NAME, MAX_PURPOSE, check_text, tidy
from fedinet.http.forms import Form
from fedinet.http.i18n import languages
from fedinet.http.params import Params
from fedinet.kernel.problems import N_, Problem
from fedinet.kernel.zones import is_zone
from fedinet.node.store import Node

FIELDS = ("name", "purpose", "language", "time_zone", "hue")


def read_community(fields: Params) -> tuple[Community, list[Problem]]:
    """Read and check ``FIELDS``; ``hue`` is the word of a colour."""
    name, purpose = tidy(fields.text("name")), tidy(fields.text("purpose"))
    language, hue = fields.text("language"), fields.text("hue")
    time_zone = fields.text("time_zone")
    problems = [
        *check_text("name", name, most=MAX_COMMUNITY_NAME, required=True),
        *check_text("purpose", purpose, most=MAX_PURPOSE, required=True),
    ]
    if language not in languages():
        problems.append(Problem("language", N_("Please choose one of the languages.")))
    if not is_zone(time_zone):
        problems.append(Problem("time_zone", N_("Please choose by which clock you live.")))
    if hue not in HUES:
        problems.append(Problem("hue-sea", N_("Please choose one of the colours.")))
    community = Community(
        name=name,
        purpose=purpose,
        language=language,
        hue=HUES.get(hue, HUES["sea"]),
        time_zone=time_zone,
    )
    return community, problems


def form_of(node: Node, *, usual_zone: str) -> Form:
    """The community as its steward edits it. A hue without a name shows none chosen.

    ``usual_zone``: what holds while nobody has chosen.
    """
    hue = next((word for word, number in HUES.items() if number == node.hue), "")
    return Form(
        {
            "name": node.name,
            "purpose": node.purpose,
            "language": node.language,
            "time_zone": node.time_zone or usual_zone,
            "hue": hue,
            "mailed_sign_in": "1" if node.mailed_sign_in else "",
        }
    )
