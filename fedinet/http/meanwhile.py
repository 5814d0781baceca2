"""Two people at one form: who saves second is shown what the first has saved, and loses nothing.

A form carries a mark of what it was made from, and the page that takes it compares. Pure.
"""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import msgspec

from fedinet.http.forms import Form
from fedinet.http.params import Params

MARK: Final = "mark"
UNCHANGED: Final[Mapping[str, str]] = MappingProxyType({})
"""What nobody saved meanwhile."""


def mark_of(values: Mapping[str, str]) -> str:
    """Another one once anything has changed that somebody could have changed in the form."""
    return sha256(msgspec.json.encode(sorted(_filled(values).items()))).hexdigest()[:16]


def changed_meanwhile(form: Form, fields: Params, present: Mapping[str, str]) -> dict[str, str]:
    """What stands there now where it is not what was sent; nothing: it may be saved.

    A form that was made from what stands there now may be saved, and so may one without a mark
    and one that says the same, as by a second click.
    """
    if fields.text(MARK) in ("", mark_of(present)):
        return {}
    sent, now = _filled(form.values), _filled(present)
    asked = [name for name in form.values if sent.get(name) != now.get(name)]
    return {name: now.get(name, "") for name in asked}


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    tidy = {name: text.replace("\r\n", "\n").strip() for name, text in values.items()}
    return {name: text for name, text in tidy.items() if text}
