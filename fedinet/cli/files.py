"""How many files and sockets a process of ours may have open."""

import logging
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit
from typing import Final

logger = logging.getLogger(__name__)

_MOST: Final = 1 << 20
"""As far as Linux goes without being told; some systems call more than they allow unlimited."""


def raise_file_limit() -> int:
    """Allow as many open files as the system lets us; children inherit it. Returns how many.

    Shells and systemd start programs with 1024, for the sake of ``select()``,
    which nothing here uses. Each peer, visitor and delivery is a socket.
    """
    soft, hard = getrlimit(RLIMIT_NOFILE)
    wanted = _MOST if hard == RLIM_INFINITY else hard
    if soft == RLIM_INFINITY or soft >= wanted:
        return soft
    try:
        setrlimit(RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:  # macOS allows less than it says
        logger.warning("files.limit_stays soft=%d hard=%d reason=%s", soft, hard, error)
        return soft
    return wanted
