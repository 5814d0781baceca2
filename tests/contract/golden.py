"""Real answers with what changes from run to run made the same, and the files that keep them.

Ids, moments, addresses and keys are replaced, equal ones by equal ones, so that what
belongs together still does.
"""

import json
import os
import re
from pathlib import Path
from typing import Any, Final

GOLDEN: Final = Path(__file__).parents[2] / "schemas" / "mastodon"
IS_WRITING: Final = "FEDINET_WRITE_GOLDEN" in os.environ
_ID: Final = re.compile(r"(?<![0-9a-zA-Z.])[0-9]{15,19}(?![0-9a-zA-Z])")
_TIME: Final = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?")
_HOUR: Final = re.compile(r"-[0-9]{6}$")
_KEY: Final = re.compile(r"(?<=[/.])[A-Za-z0-9_-]{16,}(?=[/.?\"]|$)")
_SECRETS: Final = frozenset({"access_token", "client_id", "client_secret", "blurhash"})
_VAPID: Final = frozenset({"public_key", "server_key", "vapid_key"})
_NUMBERS: Final = frozenset({"most_recent_notification_id", "created_at"})
_DAY: Final = "2026-01-01"
_MIDNIGHT: Final = 1_767_225_600
_MOMENT: Final = f"{_DAY}T00:00:00.000Z"


class Normaliser:
    """One per entity: the same value is always replaced by the same other one."""

    def __init__(self, origin: str) -> None:
        domain = origin.removeprefix("http://")
        self._ours = {f"ws://{domain}": "wss://node.example", origin: "https://node.example"}
        self._ours[domain] = "node.example"
        self._ids: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._first_day = 0

    def __call__(self, value: Any, field: str = "") -> Any:
        match value:
            case dict():
                return {key: self(inner, key) for key, inner in value.items()}
            case list():
                return [self(inner, field) for inner in value]
            case str() if field in _SECRETS:
                return f"({field})"
            case str() if field in _VAPID:
                return "B" + "A" * 86
            case str() if field == "day":
                self._first_day = self._first_day or int(value)
                return str(_MIDNIGHT + int(value) - self._first_day)
            case str() if field == "group_key":
                return _HOUR.sub("-000000", self._text(value))
            case str():
                return self._text(value)
            case int() if field in _NUMBERS:
                return 1
            case _:
                return value

    def _text(self, text: str) -> str:
        for ours, same in self._ours.items():
            text = text.replace(ours, same)
        text = _TIME.sub(lambda found: _MOMENT if found[1] else _DAY, text)
        text = _ID.sub(lambda found: self._id(found[0]), text)
        return _KEY.sub(lambda found: self._key(found[0]), text)

    def _id(self, number: str) -> str:
        return self._ids.setdefault(number, str(101 + len(self._ids)))

    def _key(self, key: str) -> str:
        return self._keys.setdefault(key, f"key{len(self._keys) + 1}")


def as_text(entity: Any) -> str:
    return json.dumps(entity, indent=2, ensure_ascii=False) + "\n"


def differing(entities: dict[str, Any]) -> list[str]:
    """The names whose file says something else, or that have none, or that only have a file.

    Writes the files instead where the environment asks for it (`make golden`).
    """
    kept = {path.stem: path for path in GOLDEN.glob("*.json")}
    if IS_WRITING:
        for name in kept.keys() - entities.keys():
            kept[name].unlink()
        for name, entity in entities.items():
            (GOLDEN / f"{name}.json").write_text(as_text(entity))
        return []
    return sorted(
        name
        for name in kept.keys() | entities.keys()
        if name not in kept
        or name not in entities
        or kept[name].read_text() != as_text(entities[name])
    )
