"""What an app changes of a profile: its parameters become a change, or a refusal in words."""

import re
from typing import Final

from fedinet.accounts.model import (
    MAX_BIO,
    MAX_DESCRIPTION,
    MAX_DOMAINS,
    MAX_FIELD_NAME,
    MAX_FIELD_VALUE,
    MAX_FIELDS,
    MAX_NAME,
    read_domains,
    tidy,
    tidy_lines,
)
from fedinet.accounts.profile_form import as_html, field_html
from fedinet.accounts.quote_words import read_quote_policy
from fedinet.actors.model import ProfileChange, ProfileField
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.http.params import Params
from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.names import NodeUris

_WORDS: Final = {
    "public": Visibility.EVERYONE,
    "unlisted": Visibility.QUIET,
    "private": Visibility.FOLLOWERS,
}

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")


def read_change(params: Params, *, uris: NodeUris) -> ProfileChange | None:
    """Read what is to change; None: nothing of the profile was given.

    Raises:
        Unprocessable: too long, too many, or no domain.
    """
    name, bio = params.text("display_name", None), params.text("note", None)
    bio = None if bio is None else _short("Note", tidy_lines(bio), MAX_BIO)
    change = ProfileChange(
        name=None if name is None else _short("Display name", tidy(name), MAX_NAME),
        summary_source=bio,
        summary_html=None if bio is None else as_html(bio, uris=uris),
        fields=_fields(params, uris),
        approves_followers=params.optional_flag("locked"),
        discoverable=params.optional_flag("discoverable"),
        indexable=params.optional_flag("indexable"),
        is_automatic=params.optional_flag("bot"),
        show_media=params.optional_flag("show_media"),
        show_media_replies=params.optional_flag("show_media_replies"),
        show_featured=params.optional_flag("show_featured"),
        attribution_domains=_domains(params),
        avatar_description=_described(params, "avatar_description"),
        header_description=_described(params, "header_description"),
    )
    return None if change == ProfileChange() else change


def read_app_visibility(params: Params, present: Visibility) -> Visibility:
    """Read ``source[privacy]``: what apps post to when they do not say.

    ``private`` leaves "this community" as it is: apps know it by that word too,
    and sending back what they read must change nothing.

    Raises:
        Unprocessable: another word.
    """
    word = params.mapping("source").text("privacy", None)
    if word is None or word == "":
        return present
    if word == "private" and present is Visibility.COMMUNITY:
        return present
    if word not in _WORDS:
        raise _invalid(f"Privacy {word[:40]!r} is not offered")
    return _WORDS[word]


def read_posting(params: Params) -> tuple[str | None, bool | None]:
    """Read ``source[language]`` and ``source[sensitive]``: what is written from now on.

    None: not given; an empty language is that of the pages.

    Raises:
        Unprocessable: no language code.
    """
    source = params.mapping("source")
    language = source.text("language", None)
    if language:
        language = language.strip().replace("_", "-")
        if _LANGUAGE.fullmatch(language) is None:
            raise _invalid(f"Language {language[:40]!r} is not a language code")
    return language, source.optional_flag("sensitive")


def read_own_quote_policy(params: Params) -> QuotePolicy | None:
    """Read ``source[quote_policy]``: who may quote what is written from now on; None: not given.

    Raises:
        Unprocessable: another word.
    """
    word = params.mapping("source").text("quote_policy", None)
    if not word:
        return None
    policy = read_quote_policy(word)
    if policy is None:
        raise _invalid(f"Quote policy {word[:40]!r} is not offered")
    return policy


def _fields(params: Params, uris: NodeUris) -> tuple[ProfileField, ...] | None:
    if "fields_attributes" not in params:
        return None
    given = [
        (tidy(row.text("name")), tidy(row.text("value")))
        for row in params.mappings("fields_attributes")
    ]
    kept = [(name, value) for name, value in given if name or value]
    if len(kept) > MAX_FIELDS:
        raise _invalid(f"At most {MAX_FIELDS} fields")
    return tuple(
        ProfileField(
            _short("Field name", name, MAX_FIELD_NAME),
            field_html(_short("Field value", value, MAX_FIELD_VALUE), uris=uris),
        )
        for name, value in kept
    )


def _domains(params: Params) -> tuple[str, ...] | None:
    if "attribution_domains" not in params:
        return None
    try:
        found = read_domains(params.texts("attribution_domains"))
    except Malformed as error:
        raise _invalid("Attribution domains is not a list of domains") from error
    if len(found) > MAX_DOMAINS:
        raise _invalid(f"At most {MAX_DOMAINS} attribution domains")
    return found


def _described(params: Params, name: str) -> str | None:
    typed = params.text(name, None)
    if typed is None:
        return None
    return _short(name.replace("_", " ").capitalize(), tidy_lines(typed), MAX_DESCRIPTION)


def _short(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise _invalid(f"{what} is too long (maximum is {most} characters)")
    return text


def _invalid(sentence: str) -> Unprocessable:
    return Unprocessable(sentence, public=f"Validation failed: {sentence}")
