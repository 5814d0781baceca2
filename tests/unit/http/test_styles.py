"""The stylesheet holds what pages use, and no more: every page loads all of it."""

import re
from pathlib import Path

import fedinet

FOLDER = Path(fedinet.__file__).parent
CLASS = re.compile(r"\.([a-zA-Z_][\w-]*)")
NO_SELECTOR = re.compile(r'/\*.*?\*/|"[^"]*"|\{[^{}]*\}', re.DOTALL)
GIVEN = re.compile(r"""class(?:Name|List\.\w+)?\\?(?:[=:] ?|\()"([^"]*)"|["']([\w-]+--\w+)["']""")
"""In attributes, in scripts, and what a macro is given to put there."""


def test_every_class_of_the_stylesheet_is_used() -> None:
    styles = (FOLDER / "http/static/fedinet.css").read_text()
    code = "".join(
        path.read_text() for path in FOLDER.rglob("*") if path.suffix in {".html", ".js", ".py"}
    )
    used = {
        word
        for given in GIVEN.findall(code)
        for word in re.findall(r"[a-zA-Z_][\w-]*", " ".join(given))
    }
    unused = set(CLASS.findall(NO_SELECTOR.sub("", styles))) - used
    assert not {name for name in unused if not is_put_together(name, code)}


def is_put_together(name: str, code: str) -> bool:
    """As ``"avatar--" ~ size``, ``chart-{{ number }}`` or ``f"fx-{number}"``."""
    return re.search(rf"""\b{re.escape(name.rpartition("-")[0])}-["'{{]""", code) is not None
