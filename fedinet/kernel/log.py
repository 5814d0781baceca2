"""What log lines of one piece of work share. Pure.

``work_id`` is the request id of a web request, or names the job or activity at
work. The log's formatter puts it on every line.
"""

from contextvars import ContextVar

work_id: ContextVar[str] = ContextVar("work_id", default="")
