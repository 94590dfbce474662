"""The cover of the demo song: a road at night towards a striped sun, drawn, 3000 x 3000 pixels."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.demo.score import ARTIST, TITLE
from maxbooster_kernel.files import writing

SIDE = 3000
HORIZON = 0.62
SKY = (
    (0.0, (11, 10, 38)),
    (0.30, (38, 17, 84)),
    (0.48, (122, 31, 120)),
    (0.58, (232, 72, 118)),
    (0.62, (255, 158, 94)),
)
GROUND = ((0.62, (58, 16, 84)), (0.72, (26, 10, 58)), (1.0, (8, 6, 26)))
SUN = ((255, 226, 120), (255, 92, 140))
NEON = (255, 74, 198)
CYAN = (92, 232, 255)


def draw_cover(side: int = SIDE) -> Any:
    """Return the cover as a Pillow image, RGB, ``side`` pixels wide and high."""
    from PIL import Image, ImageDraw

    picture = Image.fromarray(_background(side))
    pen = ImageDraw.Draw(picture)
    _mountains(pen, side)
    _grid(pen, side)
    _road(pen, side)
    _words(pen, side)
    return picture


def write_cover(path: str | os.PathLike[str], *, side: int = SIDE, force: bool = True) -> Path:
    """Write the cover as a JPEG file and return its path."""
    picture = draw_cover(side)
    with writing(path, force=force) as temporary:
        picture.save(temporary, "JPEG", quality=90, dpi=(300, 300))
    return Path(path)


def _background(side: int) -> NDArray[np.uint8]:
    """Sky with stars, the sun with its stripes, and the ground, as ``(side, side, 3)``."""
    rows = np.arange(side) / side
    stops = SKY + GROUND
    places = np.array([place for place, _ in stops])
    places[len(SKY)] += 1e-6
    column = np.stack([np.interp(rows, places, [colour[band] for _, colour in stops]) for band in range(3)], axis=1)
    image = np.repeat(np.rint(column).astype(np.uint8)[:, np.newaxis], side, axis=1)
    _stars(image, side)
    _sun(image, side)
    return image


def _stars(image: NDArray[np.uint8], side: int) -> None:
    rng = np.random.default_rng(7)
    for _ in range(260):
        x, y = int(rng.uniform(0, side)), int(rng.uniform(0, 0.42) * side)
        size = max(1, round(float(rng.choice([1, 1, 2, 3])) * side / 1500))
        spot = image[y : y + size, x : x + size].astype(np.int32) + int(rng.uniform(50, 170))
        image[y : y + size, x : x + size] = np.minimum(spot, 255)


def _sun(image: NDArray[np.uint8], side: int) -> None:
    radius, middle, top = 0.235 * side, side / 2, 0.185 * side
    ys = np.arange(int(top), int(HORIZON * side))
    share = (ys - top) / (2 * radius)
    for y, part in zip(ys, share, strict=True):
        half = np.sqrt(max(radius**2 - (y - top - radius) ** 2, 0.0))
        stripe = (part * 11.0) % 1.0
        if half < 1 or (part > 0.45 and stripe < (part - 0.40) * 0.85):
            continue
        colour = [np.interp(part, (0, 0.9), (SUN[0][band], SUN[1][band])) for band in range(3)]
        image[y, int(middle - half) : int(middle + half)] = np.rint(colour).astype(np.uint8)


def _mountains(pen: Any, side: int) -> None:
    for seed, height, colour in ((3, 0.135, (46, 15, 80)), (5, 0.075, (22, 9, 50))):
        rng = np.random.default_rng(seed)
        xs = np.linspace(0, side, 26)
        slope = np.abs(np.linspace(-1, 1, 26)) ** 0.9
        tops = HORIZON * side - side * height * slope * rng.uniform(0.45, 1.0, 26)
        pen.polygon([(0, HORIZON * side), *zip(xs, tops, strict=True), (side, HORIZON * side)], fill=colour)


def _grid(pen: Any, side: int) -> None:
    horizon = HORIZON * side
    for step in range(1, 20):
        depth = (step / 19) ** 2.3
        y = horizon + depth * (side - horizon)
        colour = tuple(round(value * (0.25 + 0.5 * depth) + 20) for value in NEON)
        pen.line([(0, y), (side, y)], fill=colour, width=max(1, round(side / 1500 * (1 + 3 * depth))))
    for column in range(-26, 27):
        x = side / 2 + column * side * 0.13
        pen.line(
            [(side / 2 + column * side * 0.022, horizon), (x, side)], fill=(150, 46, 150), width=max(1, side // 1000)
        )
    pen.line([(0, horizon), (side, horizon)], fill=NEON, width=max(2, side // 500))


def _road(pen: Any, side: int) -> None:
    horizon, middle = HORIZON * side, side / 2
    pen.polygon(
        [(middle - 0.012 * side, horizon), (middle + 0.012 * side, horizon), (0.80 * side, side), (0.20 * side, side)],
        fill=(12, 8, 30),
    )
    for sign in (-1, 1):
        pen.line(
            [(middle + sign * 0.012 * side, horizon), (middle + sign * 0.30 * side, side)],
            fill=CYAN,
            width=max(2, side // 330),
        )
    for index in range(8):
        near, far = ((index + 0.55) / 9) ** 2.2, (index / 9) ** 2.2
        high, low = horizon + far * (side - horizon), horizon + near * (side - horizon)
        wide, thin = 0.010 * side * near + 1, 0.010 * side * far + 1
        pen.polygon(
            [(middle - thin, high), (middle + thin, high), (middle + wide, low), (middle - wide, low)],
            fill=(255, 226, 150),
        )


def _words(pen: Any, side: int) -> None:
    from PIL import ImageFont

    _spaced(
        pen, TITLE.upper(), ImageFont.load_default(size=0.092 * side), side, 0.062 * side, 0.020 * side, (255, 240, 246)
    )
    _spaced(pen, ARTIST.upper(), ImageFont.load_default(size=0.030 * side), side, 0.925 * side, 0.016 * side, CYAN)


def _spaced(pen: Any, text: str, font: Any, side: int, y: float, gap: float, colour: tuple[int, int, int]) -> None:
    """Write centred capitals with ``gap`` pixels between them, over a soft shadow."""
    widths = [font.getlength(letter) for letter in text]
    x = (side - sum(widths) - gap * (len(text) - 1)) / 2
    for letter, width in zip(text, widths, strict=True):
        pen.text((x + side / 500, y + side / 500), letter, font=font, fill=(30, 8, 50))
        pen.text((x, y), letter, font=font, fill=colour)
        x += width + gap
