"""What an operator sees of the outbox. Labels are few and stable; never hosts or people."""

from prometheus_client import Counter, Histogram

FANNED_OUT = Counter("fedinet_outbox_fanned_out", "Deliveries written by fan-out.")
ATTEMPTS = Counter(
    "fedinet_outbox_attempts",
    "Attempts to deliver, by what became of them.",
    ("outcome", "reason"),
)
ANSWER_SECONDS = Histogram(
    "fedinet_outbox_answer_seconds",
    "How long other servers take to answer.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12),
)
