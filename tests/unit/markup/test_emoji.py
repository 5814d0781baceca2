"""Pictures in place of shortcodes, in text and nowhere else."""

import pytest

from fedinet.markup.emoji import show_emojis

SRC = {"blob": "/media/emojis/7", "cat": "/media/emojis/8"}


def img(name: str) -> str:
    number = {"blob": 7, "cat": 8}[name]
    words = f'alt=":{name}:" title=":{name}:"'
    return f'<img class="emoji" src="/media/emojis/{number}" {words} loading="lazy">'


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("hi :blob:", f"hi {img('blob')}"),
        ("<p>:blob:</p>", f"<p>{img('blob')}</p>"),
        (":blob: :cat:!", f"{img('blob')} {img('cat')}!"),
        (":unknown: 10:30:45 a:blob:b", ":unknown: 10:30:45 a:blob:b"),
        ('<a href="https://x.example/:blob:">:blob:</a>', None),
        ('<a href="x>:blob:" title=":cat:">x</a>', '<a href="x>:blob:" title=":cat:">x</a>'),
        ("&lt;:blob:&gt;", f"&lt;{img('blob')}&gt;"),
    ],
)
def test_shortcodes_become_pictures_in_text_only(html: str, shown: str | None) -> None:
    expected = shown or f'<a href="https://x.example/:blob:">{img("blob")}</a>'
    assert show_emojis(html, SRC) == expected


def test_a_wall_of_emoji_ends() -> None:
    assert show_emojis(":blob: " * 5_000, SRC).count("<img") == 200
