"""What apps are shown of a report.

Source: https://docs.joinmastodon.org/entities/Report/
"""

from collections.abc import Mapping
from typing import Final

from fedinet.http.json import timestamp
from fedinet.moderation.model import Report
from fedinet.moderation.rights import Act, DoneAct

_APP_WORDS: Final[Mapping[Act, str]] = {
    Act.WARN: "none",
    Act.LIMIT: "silence",
    Act.FREEZE: "disable",
    Act.SUSPEND: "suspend",
}


def warning_entity(done: DoneAct, target: object) -> dict[str, object]:
    """The AccountWarning entity. ``target``: the account of who reads it.

    Source: https://docs.joinmastodon.org/entities/AccountWarning/
    """
    return {
        "id": str(done.id),
        "action": _APP_WORDS.get(done.act, "none"),
        "text": done.reason,
        "status_ids": None,
        "target_account": target,
        "appeal": None,
        "created_at": timestamp(done.at),
    }


def report_entity(report: Report, target: object) -> dict[str, object]:
    """``target``: the account that is reported, rendered for who reads it."""
    settled = report.resolved_at
    return {
        "id": str(report.id),
        "action_taken": settled is not None,
        "action_taken_at": None if settled is None else timestamp(settled),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.forwarded,
        "created_at": timestamp(report.created_at),
        "status_ids": [str(post_id) for post_id in report.post_ids],
        "rule_ids": [str(rule_id) for rule_id in report.rule_ids],
        "target_account": target,
    }
