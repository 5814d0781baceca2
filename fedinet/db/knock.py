"""Ask a PostgreSQL socket whether it takes connections, without a driver.

What ``pg_isready`` does, in-process and in under a millisecond: a start-up
message, and one look at the answer.

Source: https://www.postgresql.org/docs/current/protocol-message-formats.html
"""

import socket
import struct
from pathlib import Path

_PROTOCOL_3 = 196608
_STARTING_UP = b"57P03"


def answers(path: Path, *, user: str) -> bool:
    """Tell whether the server behind the socket accepts connections now."""
    parameters = f"user\0{user}\0database\0postgres\0\0".encode()
    hello = struct.pack("!II", len(parameters) + 8, _PROTOCOL_3) + parameters
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(hello)
            answer = connection.recv(1024)
    except OSError:
        return False
    return bool(answer) and _STARTING_UP not in answer
