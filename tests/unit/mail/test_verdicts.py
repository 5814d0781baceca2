"""A refusal cuts an address off only where it is about the address."""

import pytest

from fedinet.mail.verdicts import Verdict, verdict_of_reply, verdict_of_status


@pytest.mark.parametrize(
    ("code", "said", "wanted"),
    [
        (550, "5.1.1 no such user", Verdict.DEAD), (550, "no such user", Verdict.DEAD),
        (553, "5.1.3 bad address", Verdict.DEAD), (551, "moved", Verdict.DEAD),
        (550, "5.2.1 closed", Verdict.DEAD), (552, "5.2.2 full", Verdict.STRIKE),
        (550, "5.7.1 relaying denied", Verdict.NOTHING), (554, "we think spam", Verdict.NOTHING),
        (550, "5.7.26 no SPF", Verdict.NOTHING), (552, "quota", Verdict.STRIKE),
        (450, "4.2.2 full", Verdict.STRIKE), (451, "4.7.1 greylisted", Verdict.NOTHING),
        (421, "4.3.2 going down", Verdict.NOTHING), (550, "5.2.3 too large", Verdict.NOTHING),
    ],
)  # fmt: skip
def test_what_a_reply_says_of_an_address(code: int, said: str, wanted: Verdict) -> None:
    assert verdict_of_reply(code, said) is wanted


@pytest.mark.parametrize("status", ["", "5", "5.1", "2.1.1", "5.1.1.1", "9.9.9", "x", "5.1.1 x"])
def test_what_is_no_failure_says_nothing(status: str) -> None:
    assert verdict_of_status(status) is Verdict.NOTHING
