"""The stylesheet holds what pages use, and no more: every page loads all of it."""

import re
from pathlib import Path

import fedinet

FOLDER = Path(fedinet.__file__).parent
STYLES = (FOLDER / "http/static/fedinet.css").read_text()
MOST_BYTES = 40_000
"""As it is written: the design says so. What is added takes the place of something else."""
CLASS = re.compile(r"\.([a-zA-Z_][\w-]*)")
NO_SELECTOR = re.compile(r'/\*.*?\*/|"[^"]*"|\{[^{}]*\}', re.DOTALL)
GIVEN = re.compile(r"""class(?:Name|List\.\w+)?\\?(?:[=:] ?|\()"([^"]*)"|["']([\w-]+--\w+)["']""")
"""In attributes, in scripts, and what a macro is given to put there."""
IN_PAGES = re.compile(r'class="([^"]*)"')


def test_every_class_of_the_stylesheet_is_used() -> None:
    code = "".join(
        path.read_text() for path in FOLDER.rglob("*") if path.suffix in {".html", ".js", ".py"}
    )
    used = {
        word
        for given in GIVEN.findall(code)
        for word in re.findall(r"[a-zA-Z_][\w-]*", " ".join(given))
    }
    unused = has_rules() - used
    assert not {name for name in unused if not is_put_together(name, code)}


def test_every_class_of_the_pages_has_a_rule() -> None:
    known = has_rules()
    for page in FOLDER.rglob("*.html"):
        given = " ".join(IN_PAGES.findall(page.read_text()))
        words = re.sub(r"[\w-]*\{[{%].*?[%}]\}[\w-]*", " ", given).split()
        assert set(words) <= known, page.name


def test_the_stylesheet_stays_light() -> None:
    assert len(STYLES.encode()) < MOST_BYTES


def has_rules() -> set[str]:
    return set(CLASS.findall(NO_SELECTOR.sub("", STYLES)))


def is_put_together(name: str, code: str) -> bool:
    """As ``"avatar--" ~ size``, ``chart-{{ number }}`` or ``f"fx-{number}"``."""
    return re.search(rf"""\b{re.escape(name.rpartition("-")[0])}-["'{{]""", code) is not None
