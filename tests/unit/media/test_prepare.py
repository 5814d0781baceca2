"""What becomes of a file that somebody uploads: kept without its past, or refused in words."""

import io
from typing import Any

import pytest
from PIL import Image, ImageCms

from fedinet.media.model import Facts, NotMedia
from fedinet.media.prepare import Prepared, prepare
from tests import made_files as made


def prepared(content: bytes, purpose: Any = "attachment") -> Prepared:
    return prepare(io.BytesIO(content), purpose)


def seen(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def test_a_photograph_is_upright_and_says_nothing_of_where_it_was_taken() -> None:
    kept = prepared(made.photograph((1000, 600)))
    content = kept.file.read()
    assert (kept.facts.width, kept.facts.height) == (600, 1000)
    assert kept.bytes == len(content)
    assert kept.preview is not None and (kept.preview.width, kept.preview.height) == (384, 640)
    for file in (content, kept.preview.content):
        image = seen(file)
        assert not dict(image.getexif())
        assert all(key.startswith("jfif") for key in image.info)
        for word in (made.SECRET, made.SCRIPT, b"Exif", b"xmpmeta"):
            assert word not in file


@pytest.mark.parametrize(
    ("form", "mode", "kept_as"),
    [
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "LA", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("WEBP", "RGBA", "image/webp"),
        ("AVIF", "RGB", "image/jpeg"),
        ("GIF", "P", "image/png"),
    ],
)
def test_each_kind_of_picture_is_kept_as_one_that_every_app_shows(
    form: str, mode: str, kept_as: str
) -> None:
    plain = Image.new("RGB", (60, 40), "teal")
    image = plain.convert("I").convert("I;16") if mode == "I;16" else plain.convert(mode)
    into = io.BytesIO()
    image.save(into, form)
    kept = prepared(into.getvalue())
    assert (kept.facts.media_type, kept.facts.width, kept.preview) == (kept_as, 60, None)
    assert len(kept.facts.blurhash) == 28
    assert seen(kept.file.read()).size == (60, 40)


def test_a_large_picture_is_made_smaller_and_an_avatar_smaller_still() -> None:
    large = made.picture("PNG", (3000, 150))
    assert (prepared(large).facts.width, prepared(large).facts.height) == (2560, 128)
    face = prepared(large, "avatar")
    assert (face.facts.width, face.preview) == (400, None)


def test_an_animation_keeps_its_frames_and_loses_its_comments_and_what_hides_behind_it() -> None:
    kept = prepared(made.animation())
    content = kept.file.read()
    assert made.SECRET not in content and content.endswith(b"\x3b")
    image = Image.open(io.BytesIO(content))
    assert (image.n_frames, image.info["loop"]) == (3, 0)  # pyright: ignore[reportAttributeAccessIssue]
    assert kept.preview is not None
    assert prepared(made.animation(), "avatar").facts.media_type == "image/png"


@pytest.mark.parametrize(
    ("content", "facts"),
    [
        (made.film(), Facts("video/mp4", 320, 240, 2000)),
        (made.film(b"qt  "), Facts("video/quicktime", 320, 240, 2000)),
        (made.webm() + made.SECRET, Facts("video/webm", 320, 240)),
        (made.webm(endless=True), Facts("video/webm", 320, 240)),
        (made.mp3(), Facts("audio/mpeg")),
        (made.flac(), Facts("audio/flac")),
        (made.wav(), Facts("audio/wav")),
        (made.ogg(), Facts("audio/ogg")),
    ],
    ids=["mp4", "mov", "webm", "browser", "mp3", "flac", "wav", "ogg"],
)
def test_films_and_sounds_are_what_they_say_without_places_and_titles(
    content: bytes, facts: Facts
) -> None:
    kept = prepared(content)
    left = kept.file.read()
    assert kept.facts == facts
    assert made.SECRET not in left and len(left) == kept.bytes
    for inside in (b"FRAME", b"\xff\xfb\x90"):
        assert (inside in left) == (inside in content)
    assert prepared(left).facts == facts  # what is left is whole


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (made.SVG, "SVG"),
        (made.PDF, "Papers"),
        (made.HTML, "JPEG"),
        (made.HEIC, "HEIC"),
        (b"\x00" * 100, "JPEG"),
        (made.photograph()[:300], "damaged"),
        (b"GIF89a" + made.HTML, "damaged"),
        (b"\xff\xd8\xff" + made.HTML, "damaged"),
        (b"\xff\xd8\xff" + b"\xff\xda" * 200, "damaged"),
        (made.png_header(1, 100_000), "pixels"),
        (made.png_header(16_000, 16_000), "pixels"),
        (made.png_header(60_000, 60_000), "pixels"),
        (made.animation(1001, (1, 1)), "animation"),
        (made.film(extra=made.HTML), "damaged"),
        (made.film()[:-5], "damaged"),
        (made.film(extra=made.box(b"html", made.HTML)), "damaged"),
        (made.wav()[:-3], "damaged"),
        (made.flac()[:40], "damaged"),
        (made.ogg() + made.HTML, "damaged"),
        (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + made.HTML, "damaged"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_what_would_do(content: bytes, words: str) -> None:
    with pytest.raises(NotMedia) as refused:
        prepared(content)
    assert words in refused.value.public


def test_a_table_that_names_the_same_bytes_without_end_is_refused() -> None:
    samples, chunks = [100_000], [8] * 5000
    greedy = made.track(b"meta", samples=samples, chunks=chunks)
    mvhd = made.box(b"mvhd", bytes(100))
    content = made.box(b"ftyp", b"isom", bytes(4)) + made.box(b"mdat", bytes(100_000))
    with pytest.raises(NotMedia):
        prepared(content + made.box(b"moov", mvhd, greedy))


def test_only_a_picture_can_be_somebodys_face() -> None:
    with pytest.raises(NotMedia) as refused:
        prepared(made.film(), "avatar")
    assert "Choose a picture" in refused.value.public


def test_real_profiles_are_brought_to_the_colours_that_every_screen_has() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    odd = made.picture("JPEG", icc_profile=lab.tobytes())
    assert prepared(odd).facts.width == 60
    broken = made.picture("JPEG", icc_profile=b"no profile at all")
    assert prepared(broken).facts.width == 60
