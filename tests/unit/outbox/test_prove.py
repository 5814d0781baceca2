"""Which activities carry a proof."""

from collections.abc import Mapping

import pytest

from fedinet.outbox.prove import may_carry_proof
from fedinet.vocab.activity import PUBLIC

ADA = "https://a.example/users/ada"
CREATE = {"type": "Create", "actor": ADA, "to": [PUBLIC], "object": "https://a.example/1"}


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        pytest.param(CREATE, True, id="public"),
        pytest.param({**CREATE, "to": [f"{ADA}/followers"], "cc": PUBLIC}, True, id="quiet"),
        pytest.param({**CREATE, "to": [f"{ADA}/followers"]}, False, id="for followers"),
        pytest.param({**CREATE, "to": []}, False, id="for nobody"),
        pytest.param({**CREATE, "bto": [PUBLIC], "to": []}, False, id="hidden"),
        pytest.param({**CREATE, "actor": "https://b.example/bo"}, False, id="passed on"),
        pytest.param({**CREATE, "proof": {}}, False, id="proven already"),
        pytest.param({**CREATE, "signature": {}}, False, id="signed already"),
    ],
)
def test_what_is_public_and_ours_may_carry_a_proof(
    activity: Mapping[str, object], expected: bool
) -> None:
    assert may_carry_proof(activity, ADA) is expected
