"""What an upload must answer, file by file; and that nothing but pixels is kept."""

import csv
import io

import pillow_heif
import pytest
from PIL import Image, PngImagePlugin

from media.pictures import Refused, render
from tests.support.shared_data import shared_data


def _bytes(image: Image.Image, kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def _photo(width: int = 200, height: int = 100, mode: str = "RGB") -> Image.Image:
    return Image.radial_gradient("L").resize((width, height)).convert(mode)


def test_every_edge_case_answers_as_agreed() -> None:
    folder = shared_data("photos_edge_cases")
    wrong = []
    rows = csv.DictReader((folder / "verdicts.csv").read_text().splitlines())
    for row in rows:
        want = (row["verdict"], row["code"], row["upright_width"], row["upright_height"])
        try:
            seen = render((folder / row["file"]).read_bytes())
            got = ("accepted", "", str(seen.width), str(seen.height))
        except Refused as refused:
            got = ("refused", refused.code, "", "")
        if got != want:
            wrong.append((row["file"], want, got))

    assert wrong == []


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("JPEG", "RGB"),
        ("JPEG", "CMYK"),
        ("JPEG", "L"),
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "LA"),
        ("PNG", "I;16"),
        ("PNG", "1"),
        ("WEBP", "RGBA"),
        ("GIF", "P"),
        ("AVIF", "RGB"),
    ],
)
def test_takes(kind: str, mode: str) -> None:
    image = _photo() if mode == "I;16" else _photo(mode=mode)
    if mode == "I;16":
        image = image.convert("I").point(lambda value: value * 256).convert("I;16")

    seen = render(_bytes(image, kind))

    assert (seen.width, seen.height) == (200, 100)
    for wide, blob in seen.renditions.items():
        with Image.open(io.BytesIO(blob)) as shown:
            assert shown.format == "WEBP"
            assert shown.mode == "RGB"
            assert shown.width == min(wide, 200)


def test_takes_heic() -> None:
    heif = pillow_heif.from_pillow(_photo(300, 200))
    out = io.BytesIO()
    heif.save(out)

    seen = render(out.getvalue())

    assert (seen.width, seen.height) == (300, 200)


def test_scales_down_and_never_up() -> None:
    seen = render(_bytes(_photo(800, 600), "JPEG"))

    widths = {wide: Image.open(io.BytesIO(blob)).width for wide, blob in seen.renditions.items()}
    assert widths == {360: 360, 720: 720, 1080: 800}


def test_turns_a_picture_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "CANARY description"
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 45.0)
    sent = _bytes(_photo(), "JPEG", exif=exif, comment=b"CANARY comment")
    assert b"CANARY" in sent

    seen = render(sent)

    assert (seen.width, seen.height) == (100, 200)
    for blob in seen.renditions.values():
        assert b"CANARY" not in blob
        assert b"Exif" not in blob
        with Image.open(io.BytesIO(blob)) as shown:
            assert not shown.getexif()


def test_text_chunks_and_profiles_are_gone() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "CANARY author", zip=False)

    seen = render(_bytes(_photo(), "PNG", pnginfo=notes))

    assert all(b"CANARY" not in blob for blob in seen.renditions.values())


def test_see_through_becomes_white() -> None:
    seen = render(_bytes(Image.new("RGBA", (100, 100), (255, 0, 0, 0)), "PNG"))

    assert seen.color == "#ffffff"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture-unsupported"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture-unsupported"),
        (b"%PDF-1.7", "picture-unsupported"),
        (b"\xff\xd8\xff\xe0", "picture-damaged"),
        (b"x" * ((20 << 20) + 1), "picture-too-large"),
    ],
)
def test_refuses(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        render(data)

    assert refused.value.code == code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_file_that_ends_too_early_is_damaged(kind: str) -> None:
    whole = _bytes(_photo(400, 300, "P" if kind == "GIF" else "RGB"), kind)

    with pytest.raises(Refused) as refused:
        render(whole[: len(whole) * 2 // 3])

    assert refused.value.code == "picture-damaged"


def test_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded() -> None:
    small = bytearray(_bytes(_photo(), "PNG"))
    small[16:24] = (60_000).to_bytes(4) + (60_000).to_bytes(4)
    import zlib

    small[29:33] = zlib.crc32(bytes(small[12:29])).to_bytes(4)

    with pytest.raises(Refused) as refused:
        render(bytes(small))

    assert refused.value.code == "picture-too-many-pixels"


@pytest.mark.parametrize(
    ("size", "code"),
    [((63, 500), "picture-too-small"), ((16_001, 70), "picture-too-wide")],
)
def test_sides_have_limits(size: tuple[int, int], code: str) -> None:
    with pytest.raises(Refused) as refused:
        render(_bytes(Image.new("RGB", size), "PNG"))

    assert refused.value.code == code
