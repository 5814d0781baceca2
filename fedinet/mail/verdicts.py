"""What a refusal says of an address: that it is dead, in trouble for now, or nothing at all. Pure.

Source: RFC 3463 (x.1: the address, x.2: the mailbox, x.7: policy), RFC 5321 4.2.3. What is
about us (spam, a missing right to relay) says nothing of the reader: else one mistake of
ours would cut off everybody.
"""

import re
from enum import StrEnum

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_DEAD_CODES = frozenset({550, 551, 553})
_FULL_CODES = frozenset({450, 452, 552})


class Verdict(StrEnum):
    """DEAD: nobody is there. STRIKE: not now; three in a row over days are as bad."""

    DEAD = "dead"
    STRIKE = "strike"
    NOTHING = "nothing"


def verdict_of_reply(code: int, said: str) -> Verdict:
    """By what a server answered to the recipient's address."""
    found = _STATUS.search(said)
    if found is not None:
        return verdict_of_status(found[0])
    if code in _DEAD_CODES:
        return Verdict.DEAD
    return Verdict.STRIKE if code in _FULL_CODES else Verdict.NOTHING


def verdict_of_status(status: str) -> Verdict:
    """By an enhanced status code, e.g. ``5.1.1``; of a message that was given up."""
    found = _STATUS.fullmatch(status.strip())
    if found is None:
        return Verdict.NOTHING
    kind, subject, detail = found[1], found[2], found[3]
    if subject == "2" and detail == "2":
        return Verdict.STRIKE  # full, whoever says that it is for good
    match kind, subject:
        case "5", "0" | "1":
            return Verdict.DEAD
        case "5", "2":
            return Verdict.DEAD if detail in ("0", "1") else Verdict.NOTHING
        case "4", "0" | "1" | "2" | "4":
            return Verdict.STRIKE
        case _:
            return Verdict.NOTHING
