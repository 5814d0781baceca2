"""What apps are shown of a report.

Source: https://docs.joinmastodon.org/entities/Report/
"""

from fedinet.http.json import timestamp
from fedinet.moderation.model import Report


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
        "rule_ids": (),
        "target_account": target,
    }
