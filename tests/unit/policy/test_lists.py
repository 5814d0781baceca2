"""Lists as Mastodon, GoToSocial and people write them; what cannot be used is told apart."""

import json

import pytest

from fedinet.kernel.errors import Unprocessable
from fedinet.policy.lists import HEADER, Entry, read_list, rule_of, write_csv

MASTODON = """#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
bad.example,suspend,true,true,"spam, and more",false
LOUD.example,silence,false,false,,true
*.wild.example,noop,true,false,,false
b**.example,suspend,false,false,,true
bad.example,silence,false,false,twice,false
"""


def test_mastodons_csv_is_read_and_written_alike() -> None:
    entries, unread = read_list(MASTODON)

    assert [(e.domain, e.severity, e.reject_media) for e in entries] == [
        ("bad.example", "suspend", True),
        ("loud.example", "silence", False),
        ("wild.example", "noop", True),
    ]
    assert [(u.line, u.text) for u in unread] == [(5, "b**.example")]
    rules = [rule for e in entries if (rule := rule_of(e, source="manual", note="", draft=False))]
    written = write_csv(rules)
    assert written.splitlines()[0] == ",".join(HEADER)
    assert 'bad.example,suspend,true,true,"spam, and more",false' in written
    assert "loud.example,silence,false,false,,true" in written
    again, _ = read_list(written)
    assert [rule_of(e, source="manual", note="", draft=False) for e in again] == rules


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a.example\n# a note\n b.example # why\n\n", id="plain"),
        pytest.param("domain\na.example\nb.example", id="one column"),
        pytest.param(json.dumps(["a.example", {"domain": "b.example"}]), id="json of both"),
        pytest.param('\ufeff[{"domain":"a.example","public_comment":"x"},{"domain":"b.example"}]',
                     id="gotosocial"),
    ],
)  # fmt: skip
def test_other_forms(text: str) -> None:
    assert [entry.domain for entry in read_list(text)[0]] == ["a.example", "b.example"]


@pytest.mark.parametrize("text", ["", "\n\n", "[", "[1, null]", "#domain\n", "<html>", "com"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(Unprocessable):
        read_list(text)


def test_a_server_that_is_suspended_elsewhere_is_refused_and_can_come_back() -> None:
    rule = rule_of(Entry(domain=read_list("a.example")[0][0].domain), source="list:worst",
                   note="", draft=True)  # fmt: skip
    assert rule is not None
    assert (rule.verdict, rule.effects, rule.tier, rule.draft) == (
        "reject", ["freeze_follows"], "subscription", True,
    )  # fmt: skip
