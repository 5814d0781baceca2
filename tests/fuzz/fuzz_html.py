"""Text of others in any form -> HTML that is clean, and stays so. Started by ``make fuzz``."""

import re
import sys
from time import process_time

import atheris

with atheris.instrument_imports(include=["fedinet"], enable_loader_override=False):
    from fedinet.markup.foreign import html_of
    from fedinet.markup.sanitise import clean_html, plain_text
    from fedinet.vocab.inline import pictures_in

MOST_S = 2.0
_TAG = re.compile(r"<\s*/?\s*([a-z0-9]+)", re.IGNORECASE)
_ALLOWED = {
    "p", "br", "span", "a", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em",
    "ul", "ol", "li", "ruby", "rt", "rp", "sub", "sup",
}  # fmt: skip
_EVENT = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
_SCHEME = re.compile(r'<[^<>]*\shref="(?!https?:|mailto:)', re.IGNORECASE)


def try_one(data: bytes) -> None:
    form = ("html", "markdown", "plain")[data[0] % 3] if data else "html"
    text = data[1:].decode("utf-8", "replace")
    begun = process_time()
    html = html_of(text, form)
    plain_text(text)
    list(pictures_in(text))
    assert process_time() - begun < MOST_S
    assert {tag.lower() for tag in _TAG.findall(html)} <= _ALLOWED
    assert _EVENT.search(html) is None
    assert _SCHEME.search(html) is None
    assert clean_html(html) == html


atheris.Setup(sys.argv, try_one)
atheris.Fuzz()
