"""What an app says of a file: its parameters become our values. Pure."""

import math

from fedinet.kernel.errors import Unprocessable


def read_focus(raw: str) -> tuple[float, float]:
    """Read ``"x,y"``, each from -1 to 1; what is outside is brought inside.

    Raises:
        Unprocessable: not two numbers.
    """
    if not raw.strip():
        return (0.0, 0.0)
    try:
        x, y = (float(part) for part in raw.split(","))
    except ValueError:
        x = y = math.nan
    if math.isnan(x) or math.isnan(y):
        raise Unprocessable(f"focus {raw[:40]!r}", public="Validation failed: Focus is not x,y")
    return (round(max(-1.0, min(1.0, x)), 4), round(max(-1.0, min(1.0, y)), 4))
