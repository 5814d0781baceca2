"""CPU of an uploaded photograph of 12 megapixels, beside Pillow alone at the same sizes.

Ours decodes, makes smaller, turns, encodes file and preview, and makes the
blurhash. Pillow alone decodes, makes smaller and encodes the file. A and B take turns.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))
from fedinet.media.prepare import prepare

MOST_RATIO = 2.0
ROUNDS = 9
_SIDE = 2560


def main() -> int:
    content = photograph()
    ours, bare = list[float](), list[float]()
    for _ in range(ROUNDS):
        ours.append(cpu_ms(lambda: prepare(io.BytesIO(content), "attachment")))
        bare.append(cpu_ms(lambda: pillow_alone(content)))
    first, second = statistics.median(ours), statistics.median(bare)
    ratio = first / second
    print(f"upload of a 12 MP JPEG ({len(content) / 1e6:.1f} MB): {first:.0f} ms CPU")
    print(f"Pillow alone:  {second:.0f} ms CPU; ratio {ratio:.2f} (at most {MOST_RATIO})")
    return 0 if ratio <= MOST_RATIO else 1


def photograph() -> bytes:
    into = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    noise = Image.effect_noise((500, 375), 60).convert("RGB").resize((4000, 3000))
    noise.save(into, "JPEG", quality=90, exif=exif)
    return into.getvalue()


def pillow_alone(content: bytes) -> None:
    with Image.open(io.BytesIO(content)) as image:
        image.thumbnail((_SIDE, _SIDE))
        image.save(io.BytesIO(), "JPEG", quality=85)


def cpu_ms(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
