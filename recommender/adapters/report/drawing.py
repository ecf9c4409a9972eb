"""Drawing with matplotlib: figures become SVG text that stands inside a page and takes its colours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#123456"
"""Stands for the colour of the page's text, which is dark or light as the reader likes."""

BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY = (
    *("#0072B2", "#E69F00", "#009E73"),
    *("#D55E00", "#CC79A7", "#56B4E9"),
)
"""Colours that colour-blind readers can tell apart: Okabe and Ito, Color Universal Design (2008)."""

LINES = ((BLUE, "-"), (ORANGE, "--"), (PURPLE, ":"), (GREEN, "-."), (SKY, "-"), (VERMILLION, "--"))
"""Colour and dashes of the first line, the second, and so on."""

_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "font.size": 9,
    "grid.alpha": 0.15,
    "grid.color": INK,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


def svg(name: str, alt: str, inches: tuple[float, float], draw: Callable[[Figure], None]) -> str:
    """Draw a figure into an `<svg>` element that loads nothing and whose ids begin with the name.

    alt: what it shows, for those who cannot see it. The same drawing has the same bytes.
    """
    # When matplotlib is imported it may write a cache of fonts, which importing a module must not.
    import matplotlib.style  # noqa: PLC0415 - see above
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above

    written = io.StringIO()
    with matplotlib.style.context(["default", {**_STYLE, "svg.hashsalt": name}]):
        figure = Figure(figsize=inches)
        draw(figure)
        figure.savefig(written, format="svg", metadata={"Date": None})
    return _inlined(written.getvalue(), name, alt)


def percent_axis(axes: Axes, which: str = "x") -> None:
    """Label an axis of shares in percent; of a logarithmic one, only the powers of ten."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(lambda share, _place: f"{100 * share:g} %")
    axis.set_minor_formatter("")


def spoken(name: str) -> str:
    """The name of a method or metric as people write it."""
    return name.replace("_", " ")


def _inlined(drawn: str, name: str, alt: str) -> str:
    """What a page can hold: no prologue, no metadata, no style that would reach the rest of the page."""
    body = drawn[drawn.index("<svg") :]
    for element in ("metadata", "style"):
        body = re.sub(rf"\s*<{element}\b.*?</{element}>", "", body, flags=re.DOTALL)
    body = re.sub(r'((?:\s|<)id="|href="#|url\(#)', rf"\1{name}-", body)
    body = body.replace(INK, "currentColor")
    return body.replace("<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1)
