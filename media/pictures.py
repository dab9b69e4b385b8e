"""From an uploaded file to renditions, or to the reason why not. Runs in a child process only.

Everything that a file says of where and with what it was taken is left behind: pixels are drawn on
a new canvas.
"""

import io
import warnings

import pillow_heif
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from media.keys import WIDTHS
from media.rendered import Rendered

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "GIF")
BYTES_MAX = 20 << 20
JPEG_PIXELS_MAX = 120_000_000
"""A JPEG is decoded shrunk (`draft`), so that it may be larger than others."""

PIXELS_MAX = 50_000_000
SIDE_MAX = 16_000
SIDE_MIN = 64
QUALITY = 80
METHOD = 2
"""WebP's effort: half the time of method 4 for 7 % more bytes."""

DRAFT_SIDE = 2_200
"""Large enough to scale down to the widest rendition without loss that can be seen."""

pillow_heif.register_heif_opener()
ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.MAX_IMAGE_PIXELS = None  # The limits above are checked before anything is decoded.


class Refused(Exception):
    """The file is not taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code, a promise of the API."""
        super().__init__(code)
        self.code = code


def render(data: bytes) -> Rendered:
    """Return the renditions of an uploaded file.

    Raises:
        Refused: `picture-too-large`, `-unsupported`, `-too-small`, `-too-wide`,
            `-too-many-pixels` or `-damaged`.
    """
    if len(data) > BYTES_MAX:
        raise Refused("picture-too-large")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                return _render(opened)
        except (UnidentifiedImageError, ValueError, SyntaxError) as error:
            raise Refused(_kind_of(data, error)) from None
        except (OSError, EOFError, MemoryError, IndexError, Image.DecompressionBombError) as error:
            raise Refused("picture-damaged") from error


def _kind_of(data: bytes, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError) and not _looks_taken(data):
        return "picture-unsupported"
    return "picture-damaged"


_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


def _looks_taken(data: bytes) -> bool:
    """Tell whether a file begins as one of a kind that is taken: then it is broken, not strange."""
    if data.startswith(_MAGIC) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return True
    return data[4:8] == b"ftyp" and data[8:12] in {b"avif", b"heic", b"heix", b"mif1", b"avis"}


def _render(opened: Image.Image) -> Rendered:
    width, height = opened.size
    if min(width, height) < SIDE_MIN:
        raise Refused("picture-too-small")
    limit = JPEG_PIXELS_MAX if opened.format == "JPEG" else PIXELS_MAX
    if width * height > limit:
        raise Refused("picture-too-many-pixels")
    if max(width, height) > SIDE_MAX:
        raise Refused("picture-too-wide")
    swapped = opened.getexif().get(0x0112, 1) in {5, 6, 7, 8}
    upright_size = (height, width) if swapped else (width, height)
    if opened.format == "JPEG":
        opened.draft("RGB" if opened.mode != "CMYK" else "CMYK", (DRAFT_SIDE, DRAFT_SIDE))
    opened.load()
    upright = _flat(ImageOps.exif_transpose(opened))
    renditions = {}
    for wide in WIDTHS:
        scaled = _scaled(upright, min(wide, upright_size[0]))
        renditions[wide] = _webp(scaled)
    small = upright.resize((1, 1), Image.Resampling.BOX)
    red, green, blue = small.getpixel((0, 0))  # type: ignore[misc] # an RGB pixel
    return Rendered(*upright_size, f"#{red:02x}{green:02x}{blue:02x}", renditions)


def _flat(image: Image.Image) -> Image.Image:
    """Return the pixels in sRGB, 8 bits, on white where they were see-through."""
    image = _to_srgb(image)
    if image.mode in {"I;16", "I;16B", "I;16L", "I", "F"}:
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        seen = image.convert("RGBA")
        canvas = Image.new("RGB", seen.size, "white")
        canvas.paste(seen, mask=seen.getchannel("A"))
        return canvas
    canvas = Image.new("RGB", image.size)
    canvas.paste(image.convert("RGB"))
    return canvas


def _to_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK", "L"}:
        return image
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, given, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        # A broken profile is no reason to refuse the picture; its colours are taken as they are.
        return image
    return converted or image


def _scaled(image: Image.Image, width: int) -> Image.Image:
    if width == image.width:
        return image
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, method=METHOD)
    return out.getvalue()
