"""The catalogues hold every text of pages, and every text of pages is in them."""

import ast
import gettext
import re
import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from fedinet.http.dates import in_words
from fedinet.http.i18n import DEFAULT_LANGUAGE, catalogue, languages
from fedinet.http.pages import MAIN_NAV

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "fedinet"
LANGUAGES = sorted(set(languages()) - {DEFAULT_LANGUAGE})
TEMPLATES = sorted(PACKAGE.glob("*/templates/*.html"))
KEYWORDS = {**DEFAULT_KEYWORDS, "NN_": (1, 2)}
PLACES = re.compile(r"%(?:\(\w+\))?[a-z%]")
NEVER_ON_PAGES = {
    *("cli", "db", "demo", "inbox", "net", "node", "oauth", "outbox", "queue", "signing", "vocab"),
    "streaming",
    *(
        "announcements/commands.py",
        "settings.py",
        "kernel/problems.py",
        "actors/key_fetch.py",
        "http/admission.py",
        "backups/passphrase.py",
        "backups/packing.py",
        "backups/places.py",
    ),
    *("http/auth.py", "http/paging.py", "http/tokens.py", "discovery/model.py"),
    *("accounts/profile_changes.py", "timelines/status_form.py", "follows/languages.py"),
}
"""What only operators, apps and servers read: in English."""


@cache
def collected() -> dict[str, tuple[str, ...]]:
    """Every text in the code: the key to its forms. Read as ``make texts`` reads it."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        PACKAGE,
        method_map=[(mapping["pattern"], mapping["method"]) for mapping in mappings],
        options_map={mapping["pattern"]: {"silent": "false"} for mapping in mappings},
        keywords=KEYWORDS,
    )
    texts = (message for _, _, message, _, _ in found)
    return {forms[0]: forms for forms in map(_forms, texts)}


def _forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


@cache
def translated(language: str) -> Catalog:
    with _po(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for message in translated(language) if message.id]


def _po(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "fedinet.po"


def test_dutch_is_shipped() -> None:
    assert languages()["nl"] == "Nederlands"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    known = {_forms(message.id) for message in messages(language)}
    assert set(collected().values()) == known, "run `make texts` and translate what is new"
    assert not translated(language).obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_in_all_its_forms(language: str) -> None:
    for message in messages(language):
        said = _forms(message.string)
        assert not message.fuzzy, message.id
        assert all(said), message.id
        if message.pluralizable:
            assert len(said) == translated(language).num_plurals, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_its_text(language: str) -> None:
    for message in messages(language):
        one, *many = (set(PLACES.findall(form)) for form in _forms(message.id))
        for number, said in enumerate(_forms(message.string)):
            places = many[0] if number and many else one
            assert set(PLACES.findall(said)) == places, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_manner_of_the_house(language: str) -> None:
    for message in messages(language):
        for key, said in zip(_forms(message.id), _forms(message.string), strict=False):
            assert "!" not in said
            assert said == said.strip(), key
            assert "<" not in said, key
            assert key.endswith((".", "?", ":")) == said.endswith((".", "?", ":")), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shipped_is_what_is_written(language: str) -> None:
    compiled = catalogue(language)
    for message in messages(language):
        if message.pluralizable:
            one, many = _forms(message.id)
            forms = {compiled.ngettext(one, many, n) for n in range(200)}
            assert forms == set(_forms(message.string)), "run `make texts`"
        else:
            assert compiled.gettext(message.id) == message.string, "run `make texts`"
    with _po(language).with_suffix(".mo").open("rb") as file:
        shipped = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    keys = {key if isinstance(key, str) else key[0] for key in shipped} - {""}
    assert keys == {_forms(message.id)[0] for message in messages(language)}


def test_the_navigation_is_collected() -> None:
    assert {item.label for item in MAIN_NAV} <= set(collected())


_ATTRIBUTES = re.compile(r"\s[\w-]+=\"[^\"]*\"")  # macros that write only these


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "zojuist"),
        (1, "1 uur geleden"),
        (5, "5 uur geleden"),
        (24, "1 dag geleden"),
        (48, "2 dagen geleden"),
        (24 * 20, "3 november 2026"),
        (-24, "24 november 2026"),
    ],
)
def test_moments_are_said_in_dutch_order(hours: int, words: str) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    dutch = catalogue("nl")
    said = in_words(
        noon - timedelta(hours=hours), now=noon, text=dutch.gettext, plural=dutch.ngettext
    )
    assert said == words


class _Words(HTMLParser):
    """What a person would see or hear of a page."""

    SPOKEN = frozenset({"alt", "aria-label", "placeholder", "title"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in self.SPOKEN]

    def handle_data(self, data: str) -> None:
        self.found.append(_ATTRIBUTES.sub("", data))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parents[1].name}/{path.name}")
def test_a_template_says_nothing_past_the_catalogue(path: Path) -> None:
    words = _Words()
    tokens = jinja2.Environment(autoescape=True).lex(path.read_text())
    words.feed("".join(value if kind == "data" else "" for _, kind, value in tokens))
    said = {word for text in words.found for word in re.findall(r"[^\W\d_]{2,}", text)}
    assert said <= {"fedinet"}


def test_what_errors_say_to_people_is_marked() -> None:
    unmarked = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not {path.relative_to(PACKAGE).parts[0], str(path.relative_to(PACKAGE))} & NEVER_ON_PAGES
        and not path.stem.startswith("api")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == "public" and _is_bare(node.value)
    ]
    assert unmarked == []


def _is_bare(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str)
    return isinstance(value, ast.JoinedStr)


def test_problems_of_forms_are_marked() -> None:
    unmarked = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Problem"
        and len(node.args) > 1
        and _is_bare(node.args[1])
    ]
    assert unmarked == []
