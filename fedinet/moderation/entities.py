"""What apps are shown of a report.

Source: https://docs.joinmastodon.org/entities/Report/
"""

from collections.abc import Mapping
from typing import Final

from fedinet.http.json import timestamp
from fedinet.moderation.model import Report
from fedinet.moderation.rights import Act, DoneAct

ACTIONS: Final[Mapping[str, Act]] = {
    "none": Act.WARN,
    "disable": Act.FREEZE,
    "silence": Act.LIMIT,
    "suspend": Act.SUSPEND,
}
"""What apps call what is taken. They have no words for what is given back: ``none``."""
_WORDS: Final[Mapping[Act, str]] = {act: word for word, act in ACTIONS.items()}


def warning_entity(done: DoneAct, target: object) -> dict[str, object]:
    """The AccountWarning entity. ``target``: the account of who reads it.

    Source: https://docs.joinmastodon.org/entities/AccountWarning/
    """
    return {
        "id": str(done.id),
        "action": _WORDS.get(done.act, "none"),
        "text": done.reason,
        "status_ids": None,
        "target_account": target,
        "appeal": None,
        "created_at": timestamp(done.at),
    }


def report_entity(report: Report, target: object) -> dict[str, object]:
    """``target``: the account that is reported, rendered for who reads it."""
    return {
        **reported(report),
        "status_ids": [str(post_id) for post_id in report.post_ids],
        "rule_ids": [str(rule_id) for rule_id in report.rule_ids],
        "target_account": target,
    }


def reported(report: Report) -> dict[str, object]:
    """What whoever reported and stewards read alike."""
    settled = report.resolved_at
    return {
        "id": str(report.id),
        "action_taken": settled is not None,
        "action_taken_at": None if settled is None else timestamp(settled),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.forwarded,
        "created_at": timestamp(report.created_at),
    }
