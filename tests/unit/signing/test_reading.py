"""Signature headers that are none, half, doubled or huge: one word, never another error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedinet.signing.claim import Claim, Scheme
from fedinet.signing.message import SignedMessage, headers_of
from fedinet.signing.refusals import BadSignature
from fedinet.signing.verify import read_claim

GOOD = 'keyId="https://a.example/k",headers="(request-target) host date",signature="AAAA"'
INPUT = 'sig1=("@method" "@target-uri");created=1;keyid="https://a.example/k"'


def test_a_cavage_header_is_read() -> None:
    claim = read(signature=f'Signature {GOOD},algorithm="rsa-sha256"')

    assert claim.scheme is Scheme.CAVAGE
    assert claim.covered == ("(request-target)", "host", "date")
    assert claim.key_id == "https://a.example/k"
    assert claim.algorithm == "rsa-sha256"


@pytest.mark.parametrize(
    "field",
    [
        pytest.param("", id="empty"),
        pytest.param("Basic abc", id="another scheme"),
        pytest.param(GOOD + ',keyId="https://b.example/k"', id="a key twice"),
        pytest.param(GOOD.replace("host date", "host host"), id="a header twice"),
        pytest.param(GOOD.replace("host date", "host  date"), id="two blanks"),
        pytest.param(GOOD.replace("date", "(secret)"), id="an unknown pseudo header"),
        pytest.param(GOOD.replace("date", "(created)"), id="created without its value"),
        pytest.param(
            GOOD.replace("date", "(created)") + ',created=1,algorithm="rsa-sha256"',
            id="created with an algorithm that has none",
        ),
        pytest.param(GOOD + ",created=tomorrow", id="a time that is none"),
        pytest.param(GOOD + ',created="tomorrow"', id="a quoted time that is none"),
        pytest.param(GOOD + f",created={'9' * 30}", id="a time beyond all"),
        pytest.param(GOOD.replace("AAAA", "not base64"), id="signature not base64"),
        pytest.param(GOOD.replace("AAAA", ""), id="signature empty"),
        pytest.param(GOOD.replace("https://a.example/k", "acct:a@a.example"), id="acct key"),
        pytest.param(GOOD.replace("https://a.example/k", ""), id="no key"),
        pytest.param(GOOD.replace("https:", "file:"), id="file key"),
        pytest.param(GOOD + ',x="' + "y" * 5000 + '"', id="too long"),
        pytest.param(GOOD.replace("date", " ".join(f"x{i}" for i in range(40))), id="too many"),
        pytest.param(GOOD.replace('"', "'"), id="wrong quotes"),
        pytest.param(GOOD + " garbage", id="trailing text"),
    ],
)
def test_malformed_cavage(field: str) -> None:
    with pytest.raises(BadSignature) as refused:
        read(signature=field)

    assert refused.value.reason == "malformed_signature"


def test_two_signature_headers_are_refused() -> None:
    with pytest.raises(BadSignature, match="cannot be read"):
        read_claim(message([("Signature", GOOD), ("Signature", GOOD)]))


def test_no_header_at_all() -> None:
    with pytest.raises(BadSignature) as refused:
        read_claim(message([]))

    assert refused.value.reason == "no_signature"


def test_an_rfc9421_pair_is_read_and_wins_over_cavage() -> None:
    claim = read(**{"signature-input": INPUT, "signature": "sig1=:AAAA:"})

    assert claim.scheme is Scheme.RFC9421
    assert claim.covered == ("@method", "@target-uri")
    assert claim.params == INPUT.removeprefix("sig1=")


def test_blanks_in_the_input_do_not_count_as_signed() -> None:
    claim = read(
        **{
            "signature-input": INPUT.replace('("@method" ', '(  "@method"   ').replace(";c", "; c"),
            "signature": "sig1=:AAAA:",
        }
    )

    assert claim.params == INPUT.removeprefix("sig1=")


@pytest.mark.parametrize(
    ("given_input", "signature"),
    [
        pytest.param(INPUT, None, id="no signature"),
        pytest.param(INPUT, "sig2=:AAAA:", id="another label"),
        pytest.param(INPUT, "sig1=AAAA", id="not bytes"),
        pytest.param(INPUT, "sig1=:AAA:", id="padding missing"),
        pytest.param(INPUT, "sig1=::", id="empty signature"),
        pytest.param(f"{INPUT}, {INPUT.replace('sig1', 'sig2')}", "sig1=:AAAA:", id="two inputs"),
        pytest.param(INPUT, "sig1=:AAAA:, sig2=:AAAA:", id="two signatures"),
        pytest.param(INPUT.replace(" ", ""), "sig1=:AAAA:", id="no blank between"),
        pytest.param(INPUT.replace('"@method"', "@method"), "sig1=:AAAA:", id="bare component"),
        pytest.param(INPUT.replace("@method", "@target-uri"), "sig1=:AAAA:", id="component twice"),
        pytest.param(INPUT.replace("@method", "@status"), "sig1=:AAAA:", id="of a response"),
        pytest.param(INPUT.replace('"@method"', '"date";sf'), "sig1=:AAAA:", id="parameters"),
        pytest.param(INPUT.replace('"@method"', '"Date"'), "sig1=:AAAA:", id="upper case"),
        pytest.param(INPUT + ";created=2", "sig1=:AAAA:", id="a parameter twice"),
        pytest.param(INPUT.replace("=1", '="1"'), "sig1=:AAAA:", id="created as text"),
        pytest.param(INPUT.replace("=1", "=-1"), "sig1=:AAAA:", id="created before time"),
        pytest.param(
            INPUT.replace('"https://a.example/k"', "1"), "sig1=:AAAA:", id="keyid a number"
        ),
        pytest.param(INPUT.partition(";keyid")[0], "sig1=:AAAA:", id="no keyid"),
        pytest.param(INPUT + ";" * 5000, "sig1=:AAAA:", id="too long"),
        pytest.param("", "sig1=:AAAA:", id="empty input"),
    ],
)
def test_malformed_rfc9421(given_input: str, signature: str | None) -> None:
    headers = {"signature-input": given_input}
    if signature is not None:
        headers["signature"] = signature

    with pytest.raises(BadSignature) as refused:
        read(**headers)

    assert refused.value.reason == "malformed_signature"


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_read_or_refused(first: str, second: str) -> None:
    for headers in ({"signature": first}, {"signature-input": first, "signature": second}):
        try:
            read(**headers)
        except BadSignature as refused:
            assert refused.reason in {"malformed_signature", "no_signature"}


@given(
    st.lists(st.sampled_from(['"', "(", ")", ";", "=", "@method", " ", "keyid", ",", "sig1", ":"]))
)
def test_any_mix_of_signs_is_read_or_refused(parts: list[str]) -> None:
    field = "".join(parts)
    for headers in ({"signature": field}, {"signature-input": field, "signature": "sig1=:AAAA:"}):
        try:
            read(**headers)
        except BadSignature as refused:
            assert refused.reason == "malformed_signature"


def read(**headers: str) -> Claim:
    return read_claim(message(list(headers.items())))


def message(pairs: list[tuple[str, str]]) -> SignedMessage:
    return SignedMessage(
        method="POST",
        target="/inbox",
        authority="b.example",
        scheme="https",
        headers=headers_of(pairs),
    )
