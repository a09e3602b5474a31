"""The colours of tiles: the same as the canvas's, read from static/css/tokens.css."""

from __future__ import annotations

import re
from functools import cache

from app.map.assets import asset_text

SHADES = 32
"""Steps from few to many people within one class."""

BAND_CLASSES = 5
"""Latency bands, near to far; one more class is "no site in reach"."""

FAINTEST_ALPHA = 110

CLASSES = {
    "density": ("demand",),
    "state": ("kept", "lost"),
    "band": (*(f"band-{band}" for band in range(BAND_CLASSES)), "lost"),
}
"""Names of --map- colours by what a tile's colour tells."""


@cache
def palette(scheme: str, colour: str) -> tuple[bytes, bytes]:
    """RGB triples and alphas: 0 is transparent, then SHADES from faint to full for each class."""
    tokens = _tokens(scheme)
    rgb, alpha = bytearray(3), bytearray(1)
    for name in CLASSES[colour]:
        rgb += bytes.fromhex(tokens[name]) * SHADES
        alpha += bytes(round(FAINTEST_ALPHA + (255 - FAINTEST_ALPHA) * step / (SHADES - 1)) for step in range(SHADES))
    return bytes(rgb), bytes(alpha)


def _tokens(scheme: str) -> dict[str, str]:
    light, _, dark = asset_text("css/tokens.css").partition("prefers-color-scheme: dark")
    colours = re.compile(r"--map-([\w-]+): #([0-9a-f]{6});")
    return dict(colours.findall(light if scheme == "light" else dark))
