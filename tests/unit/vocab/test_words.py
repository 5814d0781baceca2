"""Title, summary and content in one language, out of what there is."""

from typing import Any

import pytest

from fedinet.vocab.words import read_words

MAPS = {
    "contentMap": {"en": "Hello", "nl": "Hallo"},
    "nameMap": {"nl": "Titel", "en": "Title"},
    "summaryMap": {"de": "Zuerst", "nl": "Kort"},
}


@pytest.mark.parametrize(
    ("document", "language", "said"),
    [
        pytest.param(MAPS, "en", ("Title", "Zuerst", "Hello"), id="the first"),
        pytest.param(MAPS | {"content": "Hallo"}, "nl", ("Titel", "Kort", "Hallo"), id="the same"),
        pytest.param(MAPS | {"inLanguage": "nl"}, "nl", ("Titel", "Kort", "Hallo"), id="declared"),
        pytest.param(
            MAPS | {"@context": ["https://www.w3.org/ns/activitystreams", {"@language": "nl"}]},
            "nl", ("Titel", "Kort", "Hallo"), id="the context's",
        ),
        pytest.param({"content": "x", "@context": {"@language": "und"}}, None, ("", "", "x"),
                     id="undetermined"),
        pytest.param({"content": ["", "x"], "name": ["y", 7]}, None, ("y", "", ""),
                     id="the first of several"),
    ],
)  # fmt: skip
def test_all_texts_are_of_one_language(
    document: dict[str, Any], language: str | None, said: tuple[str, str, str]
) -> None:
    words = read_words(document)

    assert words.language == language
    assert (words.title, words.summary, words.content) == said


@pytest.mark.parametrize(
    ("document", "content", "form"),
    [
        pytest.param({"content": "x"}, "x", "html", id="HTML unless it says otherwise"),
        pytest.param({"content": "x", "mediaType": "text/markdown; charset=utf-8"}, "x",
                     "markdown", id="Markdown"),
        pytest.param({"content": "x", "mediaType": "text/gemini"}, "x", "plain", id="other text"),
        pytest.param({"content": "x", "mediaType": "image/png"}, "x", "html", id="of its file"),
        pytest.param({"content": " ", "source": {"content": "*x*", "mediaType": "text/markdown"}},
                     "*x*", "markdown", id="only what was typed"),
        pytest.param({"source": {"content": "x"}}, "x", "plain", id="typed in no form"),
        pytest.param({"source": "x"}, "", "html", id="a source that is none"),
    ],
)  # fmt: skip
def test_the_form_of_the_content(document: dict[str, Any], content: str, form: str) -> None:
    words = read_words(document)

    assert (words.content, words.form) == (content, form)
