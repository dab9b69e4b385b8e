"""Pictures of the demo town: pastel studio scenes of emoji objects, whose places are known exactly.

The objects are Microsoft's Fluent emoji (MIT), which the front-end's packages bring.
"""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 900, 1200
QUALITY = 88

Color = tuple[int, int, int]

PALETTES: tuple[tuple[Color, Color, Color], ...] = (
    ((255, 227, 224), (255, 157, 148), (122, 46, 42)),
    ((230, 240, 255), (159, 195, 255), (31, 61, 115)),
    ((255, 243, 214), (255, 207, 102), (107, 74, 0)),
    ((229, 246, 234), (143, 214, 166), (29, 90, 54)),
    ((241, 232, 255), (195, 163, 255), (67, 39, 122)),
    ((255, 233, 243), (255, 156, 199), (122, 36, 80)),
    ((227, 247, 247), (127, 211, 211), (15, 84, 84)),
    ((244, 239, 233), (216, 195, 169), (90, 66, 39)),
)
"""Light, strong, ink."""

PLACES = ((0.5, 0.48, 0.56), (0.22, 0.72, 0.32), (0.79, 0.7, 0.34), (0.24, 0.22, 0.22))
"""Where objects stand, in the order of their importance: x, y, and width, of the picture's."""


class AssetMissing(Exception):
    """An emoji or the font is not installed; the text says what to run."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture as JPEG, and where its objects are: fractions from the top left."""

    jpeg: bytes
    spots: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Assets:
    """Where the packages of the front-end are."""

    modules: Path

    def emoji(self, code: str, width: int) -> Image.Image:
        """Return an object, ``width`` pixels wide, on nothing.

        Raises:
            AssetMissing: the package is not there, or has no such emoji.
        """
        folder = self.modules / "@lobehub/fluent-emoji-3d/assets"
        for name in (code, f"{code}-fe0f"):
            path = folder / f"{name}.webp"
            if path.exists():
                with Image.open(path) as found:
                    shape = found.convert("RGBA")
                return shape.resize((width, width), Image.Resampling.LANCZOS)
        raise AssetMissing(f"{folder}/{code}.webp is not there; run `make setup`")

    def font(self, size: int, *, latin: bool) -> ImageFont.FreeTypeFont:
        """Return the headline font.

        Raises:
            AssetMissing: the package is not there.
        """
        part = "latin" if latin else "chinese-simplified"
        path = self.modules / f"@fontsource/noto-sans-sc/files/noto-sans-sc-{part}-700-normal.woff2"
        if not path.exists():
            raise AssetMissing(f"{path} is not there; run `make setup`")
        return ImageFont.truetype(str(path), size)


def studio(codes: Sequence[str], assets: Assets, *, seed: int) -> Scene:
    """Return objects on plinths before an arch; deterministic by ``seed``."""
    dice = random.Random(seed)  # noqa: S311 - a picture, not a secret
    light, strong, ink = PALETTES[seed % len(PALETTES)]
    height = dice.choice((HEIGHT, HEIGHT, WIDTH, 1080))
    image = _backdrop((WIDTH, height), light, strong, dice)
    _arch(image, light, strong, ink, dice)
    spots: list[tuple[float, float]] = []
    placed = list(zip(codes, PLACES, strict=False))
    for code, (x, y, width) in placed:
        at = (x + dice.uniform(-0.02, 0.02), y + dice.uniform(-0.015, 0.015))
        size = int(WIDTH * width)
        if y > 0.4:
            _plinth(image, at, size, light, strong)
        _put(image, assets.emoji(code, size), at, ink)
        spots.append((round(at[0], 4), round(at[1], 4)))
    return Scene(_jpeg(image), tuple(spots))


def cover(lines: Sequence[str], codes: Sequence[str], assets: Assets, *, seed: int) -> Scene:
    """Return a headline over a few objects; deterministic by ``seed``."""
    dice = random.Random(seed)  # noqa: S311 - a picture, not a secret
    light, strong, ink = PALETTES[seed % len(PALETTES)]
    image = _backdrop((WIDTH, HEIGHT), light, strong, dice)
    pen = ImageDraw.Draw(image)
    top = HEIGHT * 0.1
    for place, line in enumerate(lines):
        latin = line.isascii()
        ems = len(line) * (0.6 if latin else 1.0)
        size = int(min(140, (WIDTH - 130) / max(ems, 1)))
        font = assets.font(size, latin=latin)
        wide = pen.textlength(line, font=font)
        if place == 0:
            box = (60, top + size * 0.86, 76 + wide, top + size * 1.34)
            pen.rounded_rectangle(box, 12, fill=strong)
        pen.text((68, top), line, font=font, fill=ink)
        top += size * 1.42
    spots = []
    for place, code in enumerate(codes[:3]):
        x = (place + 0.5) / len(codes[:3])
        at = (x, 0.76 if place % 2 else 0.7)
        _put(image, assets.emoji(code, int(WIDTH * (0.44 if len(codes) < 3 else 0.34))), at, ink)
        spots.append((round(at[0], 4), round(at[1], 4)))
    return Scene(_jpeg(image), tuple(spots))


def product_shot(code: str, assets: Assets, *, seed: int) -> bytes:
    """Return one object on a plain ground, square, as JPEG."""
    light, strong, ink = PALETTES[seed % len(PALETTES)]
    image = _backdrop((720, 720), light, _mix(light, strong, 0.4), random.Random(seed))  # noqa: S311 - a picture
    _put(image, assets.emoji(code, 470), (0.5, 0.5), ink)
    return _jpeg(image)


def avatar(code: str, assets: Assets, *, seed: int) -> bytes:
    """Return a face on a coloured ground, square, as JPEG."""
    light, strong, ink = PALETTES[seed % len(PALETTES)]
    image = Image.new("RGB", (360, 360), _mix(light, strong, 0.6))
    _put(image, assets.emoji(code, 290), (0.5, 0.54), ink)
    return _jpeg(image)


def _backdrop(
    size: tuple[int, int], light: Color, strong: Color, dice: random.Random
) -> Image.Image:
    fall = Image.linear_gradient("L").resize(size)
    image = Image.composite(
        Image.new("RGB", size, _mix(light, strong, 0.55)), Image.new("RGB", size, light), fall
    )
    glow = Image.radial_gradient("L").resize(size)
    glow = ImageChops.offset(
        glow, int(size[0] * dice.uniform(-0.3, 0.3)), int(-size[1] * dice.uniform(0.1, 0.3))
    )
    shine = glow.point(lambda value: max(0, 110 - value))
    image.paste(Image.new("RGB", size, "white"), (0, 0), shine)
    return image


def _arch(image: Image.Image, light: Color, strong: Color, ink: Color, dice: random.Random) -> None:
    width, height = image.size
    middle, half = width * dice.uniform(0.44, 0.56), width * dice.uniform(0.3, 0.36)
    pen = ImageDraw.Draw(image, "RGBA")
    pen.rounded_rectangle(
        (middle - half, height * 0.13, middle + half, height * 0.92),
        radius=int(half),
        fill=(*_mix(light, strong, 0.8), 150),
    )
    pen.rectangle((0, height * 0.8, width, height), fill=(*_mix(light, (255, 255, 255), 0.35), 255))
    edge = Image.new("L", image.size, 0)
    ImageDraw.Draw(edge).rectangle((0, height * 0.785, width, height * 0.81), fill=45)
    image.paste(Image.new("RGB", image.size, ink), (0, 0), edge.filter(ImageFilter.BoxBlur(10)))


def _plinth(
    image: Image.Image, at: tuple[float, float], size: int, light: Color, strong: Color
) -> None:
    x, y = image.width * at[0], image.height * at[1] + size * 0.42
    wide, tall, flat = size * 0.46, image.height * 0.07, size * 0.1
    pen = ImageDraw.Draw(image)
    side, top = _mix(strong, light, 0.35), _mix(light, (255, 255, 255), 0.75)
    pen.rectangle((x - wide, y, x + wide, y + tall), fill=side)
    pen.ellipse((x - wide, y + tall - flat, x + wide, y + tall + flat), fill=side)
    pen.ellipse((x - wide, y - flat, x + wide, y + flat), fill=top)


def _put(image: Image.Image, shape: Image.Image, at: tuple[float, float], ink: Color) -> None:
    x = int(image.width * at[0] - shape.width / 2)
    y = int(image.height * at[1] - shape.height / 2)
    shadow = shape.getchannel("A").point(lambda value: value * 2 // 7)
    small = shadow.resize((shape.width // 4, shape.height // 4)).filter(ImageFilter.BoxBlur(6))
    image.paste(Image.new("RGB", shape.size, ink), (x, y + 22), small.resize(shape.size))
    image.paste(shape, (x, y), shape)


def _mix(one: Color, other: Color, part: float) -> Color:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
