"""Pictures inside of HTML."""

import pytest

from fedinet.vocab.inline import MAX_PICTURES, pictures_in

CAT = "https://b.example/cat.png"


@pytest.mark.parametrize(
    ("html", "pictures"),
    [
        pytest.param(f'<p><img src="{CAT}" alt="A &quot;cat&quot;"></p>', [(CAT, 'A "cat"')],
                     id="described"),
        pytest.param(f"<IMG class='x' SRC={CAT} />", [(CAT, "")], id="written otherwise"),
        pytest.param(f'<img src="{CAT}?a=1&amp;b=2">', [(f"{CAT}?a=1&b=2", "")], id="entities"),
        pytest.param('<img src="/cat.png"><img src="data:image/png;base64,AA"><img alt="x">', [],
                     id="no address"),
        pytest.param(f'<img src="{CAT}" alt=":blobcat:"><img class="emoji" src="{CAT}">', [],
                     id="emoji"),
        pytest.param(f'<img src="{CAT}" width="1" height=1>', [], id="a spy"),
        pytest.param("<p>no pictures</p>", [], id="none"),
    ],
)  # fmt: skip
def test_what_is_found(html: str, pictures: list[tuple[str, str]]) -> None:
    assert list(pictures_in(html)) == pictures


def test_only_the_first_are_taken() -> None:
    assert len(list(pictures_in(f'<img src="{CAT}">' * 1000))) == MAX_PICTURES
