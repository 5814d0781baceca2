"""House rules and texts as apps know them. Pure.

Source: https://docs.joinmastodon.org/entities/Rule/, ExtendedDescription/,
PrivacyPolicy/, TermsOfService/
"""

from collections.abc import Iterable
from datetime import date

from fedinet.charter.law_model import Version
from fedinet.charter.model import Rule, Text
from fedinet.http.json import timestamp


def rule_entities(rules: Iterable[Rule]) -> list[dict[str, object]]:
    return [
        {
            "id": str(rule.id),
            "text": rule.words.text,
            "hint": rule.words.hint,
            "translations": {
                language: {"text": words.text, "hint": words.hint}
                for language, words in rule.translations.items()
            },
        }
        for rule in rules
    ]


def text_entity(text: Text) -> dict[str, object]:
    return {"updated_at": timestamp(text.written_at), "content": text.html}


def version_entity(version: Version, language: str) -> dict[str, object]:
    """The same of a text as it was published, in the reader's language."""
    return {"updated_at": timestamp(version.published_at), "content": version.read_in(language)}


def terms_entity(text: Text, today: date) -> dict[str, object]:
    """``succeeded_by``: from when others hold, which may be read before."""
    later = text.succeeded_on
    return {
        "effective_date": text.effective_on.isoformat(),
        "effective": text.effective_on <= today,
        "content": text.html,
        "succeeded_by": None if later is None else later.isoformat(),
    }
