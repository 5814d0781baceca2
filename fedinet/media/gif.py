"""An animated GIF without what it says besides: comments, texts, other programs' notes. Pure.

Source: GIF89a, sections 18 to 27. A file that does not follow them is refused.
"""

from typing import Final

from fedinet.kernel.problems import N_
from fedinet.media.model import NotMedia

_DAMAGED: Final = N_("This picture is damaged and cannot be read")
_LOOPS: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_GRAPHIC_CONTROL: Final = 0xF9
_APPLICATION: Final = 0xFF


def clean_gif(content: bytes) -> bytes:
    """Keep the screen, colours, frames, their timing and looping; cut everything after the end.

    Raises:
        NotMedia: blocks that do not fit together.
    """
    try:
        return _clean(content)
    except IndexError as error:
        raise NotMedia("GIF that ends too early", public=_DAMAGED) from error


def _clean(content: bytes) -> bytes:
    at = 13 + _colours(content[10])
    kept = bytearray(content[:at])
    while content[at] != 0x3B:
        start = at
        if content[at] == 0x2C:
            at = _blocks(content, at + 11 + _colours(content[at + 9]))
            kept += content[start:at]
        elif content[at] == 0x21:
            label = content[at + 1]
            at = _blocks(content, at + 2)
            block = content[start:at]
            if label == _GRAPHIC_CONTROL or (label == _APPLICATION and _loops(block)):
                kept += block
        else:
            raise NotMedia(f"GIF with a block {content[at]:#x}", public=_DAMAGED)
    return bytes(kept) + b"\x3b"


def _colours(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _loops(block: bytes) -> bool:
    """Tell whether an application block says how often to repeat, and nothing else."""
    return len(block) == 19 and block[3:14] in _LOOPS


def _blocks(content: bytes, at: int) -> int:
    """Step over sub-blocks, the empty one too."""
    while content[at]:
        at += content[at] + 1
    return at + 1
