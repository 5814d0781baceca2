"""The header by which servers compare followers, and its digest."""

import pytest

from fedinet.vocab.synchronisation import (
    NOBODY,
    Synchronisation,
    digest_of,
    read_synchronisation,
)

DIGEST = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
COLLECTION = "https://b.example/users/bo/followers"
URL = f"{COLLECTION}?base-url=https%3A%2F%2Fhome.example%2F"


def test_the_digest_is_that_of_the_fep_in_any_order() -> None:
    people = [f"https://testing.example.org/users/{n}" for n in (1, 2)]
    assert digest_of(people) == digest_of(reversed(people)) == DIGEST
    assert digest_of([]) == NOBODY


def test_what_is_written_is_read() -> None:
    said = Synchronisation(COLLECTION, URL, DIGEST)
    assert read_synchronisation(str(said)) == said


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(f'collectionId="{COLLECTION}", digest="{DIGEST}", url="{URL}"', id="Mastodon"),
        pytest.param(
            f'digest="{DIGEST.upper()}",url="{URL}",collectionId="{COLLECTION}"', id="shout"
        ),
        pytest.param(
            f' more="x" , collectionId="{COLLECTION}", url="{URL}", digest="{DIGEST}",', id="more"
        ),
    ],
)
def test_every_order_and_spacing_is_read(raw: str) -> None:
    assert read_synchronisation(raw) == Synchronisation(COLLECTION, URL, DIGEST)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param("", id="empty"),
        pytest.param(f'url="{URL}", digest="{DIGEST}"', id="no collection"),
        pytest.param(f'collectionId="{COLLECTION}", digest="{DIGEST}"', id="no url"),
        pytest.param(
            f'collectionId="{COLLECTION}", url="{URL}", digest="{DIGEST[1:]}"', id="short"
        ),
        pytest.param(
            f'collectionId="{COLLECTION}", url="{URL}", digest="{DIGEST}", url="{URL}"', id="twice"
        ),
        pytest.param(f"collectionId={COLLECTION}, url={URL}, digest={DIGEST}", id="bare"),
        pytest.param(f'collectionId="{"x" * 9000}", url="{URL}", digest="{DIGEST}"', id="endless"),
    ],
)
def test_anything_else_says_nothing(raw: str) -> None:
    assert read_synchronisation(raw) is None
