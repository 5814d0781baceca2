"""Languages of pages and messages. The English text is the key.

A catalogue is ``fedinet/locale/CODE/LC_MESSAGES/fedinet.mo``; a language is
offered exactly when its catalogue is shipped.
"""

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_LOCALES = Path(__file__).parents[1] / "locale"
_AUTONYMS: Final = {
    "ar": "العربية",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "tr": "Türkçe",
    "uk": "Українська",
}
_RIGHT_TO_LEFT: Final = frozenset(
    {"ar", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"}
)
DEFAULT_LANGUAGE: Final = "en"


@cache
def languages() -> Mapping[str, str]:
    """The shipped languages: code to the name its speakers use, English first."""
    shipped = {path.parents[1].name for path in _LOCALES.glob("*/LC_MESSAGES/fedinet.mo")}
    codes = [DEFAULT_LANGUAGE, *sorted(shipped - {DEFAULT_LANGUAGE})]
    return {code: _AUTONYMS.get(code, code) for code in codes}


def language_name(code: str) -> str:
    """What its speakers call a language; one that is not shipped by its code."""
    return languages().get(code, code)


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The texts of a language; English, or an unknown one, returns the keys themselves."""
    return gettext.translation("fedinet", _LOCALES, [language], fallback=True)


def written_languages() -> Mapping[str, str]:
    """What members may say that a post is written in: code to the name its speakers use."""
    return _AUTONYMS


def direction(language: str) -> str:
    """Which way a language is written: ``ltr`` or ``rtl``; ``ar-EG`` as ``ar``."""
    return "rtl" if language.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def pick_language(chosen: str | None, accept: str, fallback: str) -> str:
    """Choose among the shipped languages: the member's, the browser's, the community's. Pure.

    ``accept`` is the raw ``Accept-Language``; its order counts, weights break no ties.
    """
    shipped = languages()
    if chosen is not None and chosen in shipped:
        return chosen
    for wanted in _wanted(accept):
        if wanted in shipped:
            return wanted
    return fallback if fallback in shipped else DEFAULT_LANGUAGE


def _wanted(accept: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accept[:300].split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.partition("=")[2] or 1)
        except ValueError:
            quality = 0.0
        weighted.append((-quality, tag.strip().lower().partition("-")[0]))
    return [tag for quality, tag in sorted(weighted, key=lambda pair: pair[0]) if quality < 0]
