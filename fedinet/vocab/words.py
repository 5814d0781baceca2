"""Title, summary and content of an object, all in one language. Pure.

Nothing is cleaned here; ``Words.form`` says how the content is to be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from fedinet.vocab.activity import Document, listed, text_of, type_of
from fedinet.vocab.values import documents, language, texts_by_language

Form: TypeAlias = Literal["html", "markdown", "plain"]

_MARKDOWN: Final = frozenset({"text/markdown", "text/x-markdown", "text/x.misskeymarkdown"})
_HTML: Final = frozenset({"", "text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """``language`` is None where the object does not say."""

    title: str
    summary: str
    content: str
    form: Form
    language: str | None


def read_words(document: Document) -> Words:
    """Choose a language, and read everything in it.

    A plain ``content`` is what its author shows: its language is that of the
    map's entry which says the same. Where there is only a map: the entry in the
    language that the object declares, else the first.
    """
    by_language = texts_by_language(document, "content")
    declared = _declared(document)
    content = _text(document, "content")
    chosen = next((tag for tag, text in by_language.items() if text == content), None)
    if not content and declared in by_language:
        chosen = declared
    if chosen is None:
        chosen = next(iter(by_language), None)
    if not content and chosen is not None:
        content = by_language[chosen]
    form = _form(document.get("mediaType"))
    if not content.strip():
        content, form = _from_source(document)
    if not content.strip():
        content, form = _from_description(document)
    if (quoted := _text(document, "quote")) and type_of(document) == "Quotation":
        content = f"<blockquote>{quoted}</blockquote>{content}"  # BookWyrm: of a book
    return Words(
        title=_in(document, "name", chosen),
        summary=_in(document, "summary", chosen),
        content=content,
        form=form,
        language=language(chosen) or language(declared),
    )


def _text(document: Document, key: str) -> str:
    return next((value for value in listed(document.get(key)) if isinstance(value, str)), "")


def _in(document: Document, key: str, tag: str | None) -> str:
    translated = texts_by_language(document, key)
    return translated[tag] if tag in translated else text_of(document, key)


def _declared(document: Document) -> str | None:
    """``inLanguage`` (schema.org), ``language`` (Lemmy, PeerTube), or the context's own."""
    for key in ("inLanguage", "language"):
        value = document.get(key)
        if isinstance(value, Mapping):
            value = cast(Document, value).get("identifier")
        if isinstance(value, str) and value:
            return value
    for context in documents(document.get("@context")):
        value = context.get("@language")
        if isinstance(value, str) and value != "und":
            return value
    return None


def _form(media_type: object) -> Form:
    kind = media_type.partition(";")[0].strip().lower() if isinstance(media_type, str) else ""
    if kind in _HTML or not kind.startswith("text/"):
        return "html"
    return "markdown" if kind in _MARKDOWN else "plain"


def _from_description(document: Document) -> tuple[str, Form]:
    """The words for an episode (Castopod: a Note of its own) or a thing of schema.org."""
    for described in listed(document.get("description")):
        if isinstance(described, str):
            return described, "html"
        if isinstance(described, Mapping):
            inner = cast(Document, described)
            return text_of(inner, "content"), _form(inner.get("mediaType"))
    return "", "html"


def _from_source(document: Document) -> tuple[str, Form]:
    """What its author typed, where an object has only that."""
    for source in documents(document.get("source")):
        text = _text(source, "content")
        if text.strip():
            form = _form(source.get("mediaType"))
            return text, "plain" if form == "html" and not source.get("mediaType") else form
    return "", "html"
