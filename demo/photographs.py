"""The sample photographs of scikit-image, and crops of them as someone else would have them."""

import csv
import io
from pathlib import Path

import skimage
from PIL import Image, ImageEnhance

PICTURES = Path(skimage.__file__).resolve().parent / "data"


def listed():
    """The rows of photographs.csv: file, title, kind."""
    with open(
        Path(__file__).resolve().parent / "photographs.csv", newline="", encoding="utf-8"
    ) as table:
        return list(csv.DictReader(table))


def opened(file):
    return Image.open(PICTURES / file)


def cut(image, region, scale, brightness, contrast=1, quality=85):
    """The region (x1, y1, x2, y2 in pixels) enlarged, in another light, and saved again as JPEG."""
    crop = image.convert("RGB").crop(region)
    crop = crop.resize(
        [max(1, round(side * scale)) for side in crop.size], Image.Resampling.BICUBIC
    )
    crop = ImageEnhance.Brightness(crop).enhance(brightness)
    crop = ImageEnhance.Contrast(crop).enhance(contrast)
    jpeg = io.BytesIO()
    crop.save(jpeg, "JPEG", quality=quality)
    return Image.open(jpeg)
