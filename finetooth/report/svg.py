"""Drawings for the page: matplotlib's SVG, recoloured by style sheet so that light and dark are one file.

Each colour below is a stand-in. After drawing it is replaced by a CSS variable, so the page decides what it looks like.
"""

import io
import re
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from finetooth.report.blocks import Chart
from finetooth.report.formatting import MINUS

INK, MUTED, FAINT, PAPER = "#010101", "#010102", "#010103", "#010104"
TUNED, DEFAULT, OTHER, BAD, BAND = "#010105", "#010106", "#010107", "#010108", "#010109"
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    FAINT: "--faint",
    PAPER: "--paper",
    TUNED: "--tuned",
    DEFAULT: "--default",
    OTHER: "--other",
    BAD: "--bad",
    BAND: "--band",
}
WIDE, NARROW = 760, 350
_SETTINGS = {"svg.fonttype": "none", "svg.hashsalt": "finetooth", "text.usetex": False, "text.parse_math": False}
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what XML cannot hold
_LOCK = threading.Lock()  # matplotlib's settings belong to the whole process

Draw = Callable[[Any, bool], None]


def chart(key: str, caption: str, draw: Draw, height: int = 300, narrow: int = 0) -> Chart:
    """A full-width drawing, and the same one for a phone. `draw(figure, narrow)` fills an empty figure."""
    wide = svg(key, caption, lambda figure: draw(figure, False), WIDE, height)
    small = svg(f"{key}-narrow", caption, lambda figure: draw(figure, True), NARROW, narrow or height)
    return Chart(caption, wide, small)


def svg(key: str, caption: str, draw: Callable[[Any], None], width: int, height: int) -> str:
    """One drawing of `width` x `height` CSS pixels as inline SVG; `key` keeps its ids apart from those of others."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    buffer = io.StringIO()
    with _LOCK, mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the page's own fonts may have it
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        canvas = FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        draw(figure)
        # Laid out once, then drawn once: left to itself, matplotlib draws twice for this.
        ConstrainedLayoutEngine(w_pad=3 / 72, h_pad=3 / 72).execute(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    return _inline(buffer.getvalue(), key, caption)


def axes_of(figure: Any, *grid: Any, **options: Any) -> Any:
    """Axes without a box: light horizontal lines, muted labels."""
    axes = figure.add_subplot(*grid, **options)
    style_axes(axes)
    return axes


def style_axes(axes: Any) -> None:
    """Style axes: light grid lines, muted labels, no frame."""
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(colors=FAINT, labelcolor=MUTED, labelsize=12, length=3)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=True, axis="y", color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_color(MUTED)
        axis.label.set_size(12)
        axis.get_offset_text().set_color(MUTED)


def ticks(axis: Any, *, log: bool = False, most: int = 5) -> None:
    """A few round ticks in plain numbers, also on a log scale."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

    if log:
        axis.axes.set(**{f"{axis.axis_name}scale": "log"})
        axis.set_major_locator(LogLocator(base=10, subs=(1.0,), numticks=most))
        axis.set_minor_formatter(NullFormatter())
        axis.set_minor_locator(NullLocator())
        low, high = axis.get_view_interval()
        if high < 30 * low:
            axis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=most + 2))
    else:
        axis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda at, _: f"{at:,.6g}".replace("-", MINUS).replace("e−0", "e−")))  # noqa: RUF001


def title(axes: Any, text: str) -> None:
    """What the vertical axis shows, above it at the left, where it is read first."""
    axes.set_title(text, loc="left", fontsize=12, color=MUTED, pad=8)


def dots(axes: Any, x: Sequence[float], y: Sequence[float], tips: Sequence[str], **style: Any) -> None:
    """Points with tooltips."""
    options = {"s": 34, "linewidths": 1.2, "zorder": 3} | style
    if len(x):
        # An address for each point is turned into its tooltip in `_inline`.
        axes.scatter(x, y, urls=[f"tip:{tip}" for tip in tips], **options)


def label(axes: Any, x: float, y: float, text: str, color: str = INK, **style: Any) -> None:
    """A text label at (x, y), `offset` CSS pixels away."""
    offset = style.pop("offset", (0, 0))
    options = {"fontsize": 12, "color": color, "va": "center", "annotation_clip": False} | style
    axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", **options)


def _inline(text: str, key: str, caption: str) -> str:
    root = ET.fromstring(_UNPRINTABLE.sub("", text))  # noqa: S314 - matplotlib's own output, made a moment ago
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("metadata", "style")):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.rsplit("}", 1)[-1]
        names = {name.rsplit("}", 1)[-1]: value for name, value in element.attrib.items()}
        element.attrib = {name: _unique_to_drawing(name, value, key) for name, value in names.items()}
        _recolour(element)
        _tooltip(element)
    _, _, width, height = root.attrib["viewBox"].split()
    root.attrib = {
        "viewBox": root.attrib["viewBox"],
        "width": width,
        "height": height,
        "role": "img",
        "aria-label": caption,
    }
    return ET.tostring(root, encoding="unicode")


def _unique_to_drawing(name: str, value: str, key: str) -> str:
    """The attribute value with ids prefixed by `key`, since all drawings of a page share one namespace."""
    if name == "id":
        return f"{key}-{value}"
    if name == "href" and value.startswith("#"):
        return f"#{key}-{value[1:]}"
    return value.replace("url(#", f"url(#{key}-")


def _recolour(element: ET.Element) -> None:
    style = element.attrib.get("style", "")
    for placeholder, variable in VARIABLES.items():
        style = style.replace(placeholder, f"var({variable})")
    if element.tag == "text":
        style = _without_family(style)
    if style:
        element.set("style", style)


def _without_family(style: str) -> str:
    """The page's own font at the size asked for."""
    parts = [part.strip() for part in style.split(";") if part.strip()]
    without_font = [part for part in parts if not part.startswith(("font:", "font-family"))]
    sizes = [word for part in parts if part.startswith("font:") for word in part.split() if word.endswith("px")]
    weight = ["font-weight: 600"] if any(part.startswith(("font: bold", "font: 700")) for part in parts) else []
    return "; ".join([*without_font, *(f"font-size: {size}" for size in sizes[:1]), *weight])


def _tooltip(element: ET.Element) -> None:
    address = element.attrib.get("href", "")
    if element.tag == "a" and address.startswith("tip:"):
        element.tag, element.attrib = "g", {}
        tip = ET.Element("title")
        tip.text = address.removeprefix("tip:")
        element.insert(0, tip)
