"""What an operator sees of the inbox. Labels are few and stable; never hosts or people."""

from prometheus_client import Counter, Histogram

ANSWERED = Counter("fedinet_inbox_answers", "POSTs to inboxes by answer.", ("status", "reason"))
RECORDED = Histogram(
    "fedinet_inbox_recorded_batch",
    "Activities per group commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200),
)
REPEATED = Counter("fedinet_inbox_repeated", "Activities that were recorded before.")
FINISHED = Counter(
    "fedinet_inbox_finished",
    "Activities the worker is done with.",
    ("outcome", "reason"),
)
POSTPONED = Counter("fedinet_inbox_postponed", "Attempts that will be repeated.", ("cause",))
SECONDS = Histogram(
    "fedinet_inbox_seconds",
    "From the 202 to the outcome.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300),
)
FORWARDED = Counter(
    "fedinet_inbox_forwarded",
    "Activities that somebody else brought, by what spoke for them: a proof, the origin, nothing.",
    ("by",),
)
