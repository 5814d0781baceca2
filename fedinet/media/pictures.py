"""Pictures made new: decoded within limits, turned upright, made smaller, encoded without a past.

Nothing of the file that came is in the file that is kept but its pixels: no EXIF, place, comment,
profile, thumbnail or trailing bytes. Runs in a thread; Pillow releases the GIL.

Source: measured in docs/decisions/0010; limits of Mastodon 4.5 for what peers read.
"""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Final

from blurhash_rs import blurhash_encode
from PIL import Image, ImageCms, ImageFile, ImageOps

from fedinet.kernel.problems import N_
from fedinet.media.gif import clean_gif
from fedinet.media.model import FORMATS, Facts, NotMedia

MAX_PIXELS: Final = 34_000_000
MAX_JPEG_PIXELS: Final = 50_000_000
"""More, since a JPEG is read at half or a quarter of its size."""
MAX_SIDE: Final = 16_384
MAX_SCANS: Final = 120
"""Of a progressive JPEG: each is a walk over the whole picture."""
MAX_FRAMES: Final = 1_000
MAX_ANIMATED_PIXELS: Final = 150_000_000
"""Of an animated GIF, all frames together."""

_QUALITY: Final = 85
_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
_PILLOW: Final[Mapping[str, str]] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "avif": "AVIF",
}
_DAMAGED: Final = N_("This picture is damaged and cannot be read")
_TOO_MANY: Final = N_(
    "This picture has too many pixels: at most %(most)d million, and %(side)d on a side"
)
_TOO_LONG: Final = N_("This animation is too long. Make it smaller or shorter")


@dataclass(frozen=True, slots=True)
class Box:
    """The most a picture and its preview measure on either side, in pixels."""

    side: int
    preview: int


BOXES: Final[Mapping[str, Box]] = {
    "attachment": Box(2560, 640),
    "avatar": Box(400, 0),
    "header": Box(1500, 0),
    "emoji": Box(128, 128),
}
"""By purpose. 0: no preview, the picture is small enough."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One file to keep."""

    content: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What becomes of a picture: the file, its preview where that is smaller, what it is."""

    file: Encoded
    preview: Encoded | None
    facts: Facts


def make_picture(source: IO[bytes], name: str, box: Box) -> Picture:
    """Make a new picture from a hostile file of the format ``name``. Blocks: call it in a thread.

    Raises:
        NotMedia: damaged, too many pixels or frames, not what it began like.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which we drop
            return _make(source, name, box)
    except NotMedia:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many(f"{name}: {error}", MAX_PIXELS) from error
    except Exception as error:  # decoders raise whatever a hostile file leads them to
        raise NotMedia(f"{name}: {type(error).__name__}: {error}", public=_DAMAGED) from error


def _make(source: IO[bytes], name: str, box: Box) -> Picture:
    if name == "jpeg":
        _check_scans(source)
    source.seek(0)
    with Image.open(source, formats=[_PILLOW[name]]) as image:
        _check_size(image, name)
        frames = getattr(image, "n_frames", 1) if name == "gif" else 1
        if frames > 1 and box.preview:
            return _animation(source, image, frames, box)
        upright = _upright(image, box.side)
    file = _encode(upright, _kept_format(name, upright))
    preview = _preview(upright, box.preview)
    facts = Facts(file.media_type, file.width, file.height, blurhash=_blurhash(upright))
    return Picture(file, preview, facts)


def _animation(source: IO[bytes], image: ImageFile.ImageFile, frames: int, box: Box) -> Picture:
    """An animated GIF stays what it is, once every frame was read, without what it says besides."""
    if frames > MAX_FRAMES or frames * image.width * image.height > MAX_ANIMATED_PIXELS:
        raise NotMedia(f"GIF of {frames} frames {image.size}", public=_TOO_LONG)
    for frame in range(frames):
        image.seek(frame)
        image.load()
    image.seek(0)
    first = image.convert("RGBA")
    source.seek(0)
    content = clean_gif(source.read())
    file = Encoded(content, FORMATS["gif"].media_type, image.width, image.height)
    still = _preview(_small(first, box.preview), box.preview, always=True)
    facts = Facts(file.media_type, file.width, file.height, blurhash=_blurhash(first))
    return Picture(file, still, facts)


def _check_scans(source: IO[bytes]) -> None:
    source.seek(0)
    if source.read().count(b"\xff\xda") > MAX_SCANS:
        raise NotMedia("JPEG of too many scans", public=_DAMAGED)


def _check_size(image: Image.Image, name: str) -> None:
    """By what the header says, before anything is decoded."""
    most = MAX_JPEG_PIXELS if name == "jpeg" else MAX_PIXELS
    width, height = image.size
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE) or width * height > most:
        raise _too_many(f"{name} of {width}x{height}", most)


def _too_many(detail: str, most: int) -> NotMedia:
    values = {"most": most // 1_000_000, "side": MAX_SIDE}
    return NotMedia(detail, public=_TOO_MANY, values=values)


def _upright(image: ImageFile.ImageFile, side: int) -> Image.Image:
    """Decode, make smaller, turn, and bring to plain RGB or RGBA in sRGB. Keeps nothing else."""
    profile = image.info.get("icc_profile")
    scaled: Image.Image = image
    if image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        scaled = _eight_bits(image)
        scaled.info = {}
        scaled.getexif().update(image.getexif())
    scaled.thumbnail((side, side))  # reads a large JPEG at half its size or less
    turned = ImageOps.exif_transpose(scaled)
    plain = _in_srgb(turned, profile if isinstance(profile, bytes) else None)
    plain.info = {}
    return plain


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    wanted = "RGBA" if _has_alpha(image) else "RGB"
    if profile:
        try:
            image = _converted(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return image.convert(wanted)  # a profile that means nothing: numbers as they are
    return image.convert(wanted)


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    if "sRGB" in ImageCms.getProfileDescription(profile):
        return image
    mode = None if image.mode == "RGBA" else "RGB"
    return ImageCms.profileToProfile(image, profile, _SRGB, outputMode=mode) or image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Palettes and grey of 16 bits as plain pixels, which can be made smaller without seams."""
    if image.mode.startswith("I") or image.mode == "F":
        grey = image.convert("I").point(lambda value: value * (1 / 256))  # pyright: ignore[reportUnknownMemberType]
        return grey.convert("L")
    return image.convert("RGBA" if _has_alpha(image) else "RGB")


def _has_alpha(image: Image.Image) -> bool:
    return image.has_transparency_data


def _kept_format(name: str, image: Image.Image) -> str:
    """Drawings stay PNG, the rest becomes what every app shows; AVIF costs a second to encode."""
    if name in ("png", "gif"):
        return "png"
    if name == "webp" or image.mode == "RGBA":
        return "webp"
    return "jpeg"


def _encode(image: Image.Image, name: str) -> Encoded:
    into = io.BytesIO()
    match name:
        case "jpeg":
            image.save(into, "JPEG", quality=_QUALITY)
        case "webp":
            image.save(into, "WEBP", quality=_QUALITY, method=2)
        case _:
            image.save(into, "PNG", compress_level=6)
    return Encoded(into.getvalue(), FORMATS[name].media_type, image.width, image.height)


def _preview(image: Image.Image, side: int, *, always: bool = False) -> Encoded | None:
    if not side or (max(image.size) <= side and not always):
        return None
    return _encode(_small(image, side), "webp" if image.mode == "RGBA" else "jpeg")


def _small(image: Image.Image, side: int) -> Image.Image:
    if max(image.size) <= side:
        return image
    small = (
        image.copy() if max(image.size) < 4 * side else image.reduce(max(image.size) // side // 2)
    )
    small.thumbnail((side, side))
    return small


def _blurhash(image: Image.Image) -> str:
    """Twelve parts, more along the longer side."""
    tiny = image.resize(_tiny(image.size), Image.Resampling.BILINEAR, reducing_gap=2.0)  # pyright: ignore[reportUnknownMemberType]
    if tiny.mode == "RGBA":
        tiny = Image.alpha_composite(Image.new("RGBA", tiny.size, (255, 255, 255, 255)), tiny)
    across, down = (4, 3) if image.width >= image.height else (3, 4)
    rgb = tiny.convert("RGB")
    return blurhash_encode(rgb, across, down)


def _tiny(size: tuple[int, int]) -> tuple[int, int]:
    scale = 64 / max(size)
    return (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
