"""Colour themes: text colours have a contrast of at least 4.5 to 1 to their ground."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A set of colours."""

    ground: str
    ink: str
    quiet: str
    """Colour of axis labels and notes."""
    line: str
    """Colour of grid and pitch."""
    home: str
    away: str
    good: str
    fair: str
    bad: str
    on_colour: str
    """Colour of text on `good`, `fair` and `bad`."""
    ramp: tuple[str, str]
    """Colours of the lowest and the highest value in heat maps."""
    many: tuple[str, ...]
    """Colours of lines of many teams; more teams start again with dashed lines."""


LIGHT = Theme(
    ground="#ffffff",
    ink="#1b2129",
    quiet="#57606a",
    line="#c8d0d9",
    home="#0b5cc4",
    away="#b8410b",
    good="#1a7f42",
    fair="#6b7480",
    bad="#c0272d",
    on_colour="#ffffff",
    ramp=("#f4f7fb", "#0b4a9e"),
    many=(
        "#0b5cc4", "#b8410b", "#1a7f42", "#8a3fc0", "#c0272d",
        "#0f7a86", "#8a6100", "#b52c79", "#4d5b6b", "#5b6b00",
    ),
)  # fmt: skip

DARK = Theme(
    ground="#0f141a",
    ink="#e8edf2",
    quiet="#9aa5b1",
    line="#3a444f",
    home="#6cb0ff",
    away="#ff9c5e",
    good="#4cc27a",
    fair="#a3adb8",
    bad="#ff7b7b",
    on_colour="#0f141a",
    ramp=("#161d26", "#7cc0ff"),
    many=(
        "#6cb0ff", "#ff9c5e", "#4cc27a", "#c794f5", "#ff7b7b",
        "#4fc7d4", "#e0b040", "#f58ac0", "#a9b6c4", "#b9cc55",
    ),
)  # fmt: skip

THEMES = {"light": LIGHT, "dark": DARK}
