"""What all pictures share: colours, lines of text, and how one drawing becomes SVG, PNG or a PDF's figure.

Sizes are in points.
"""

from xml.dom.minidom import Element, Node

import resvg_py
from reportlab import rl_config
from reportlab.graphics import renderSVG
from reportlab.graphics.shapes import Drawing, String
from reportlab.lib.colors import Color, HexColor

from rms.reports.fonts import BOLD, FAMILY, FONT_FILES, REGULAR, drawable_alone

rl_config.shapeChecking = 0  # the drawing library would check every attribute of every shape

BLUE = HexColor("#1d4f91")
RED = HexColor("#a3222a")
PALE_BLUE = HexColor("#d6e3f5")
PALE_RED = HexColor("#fbeceb")
INK = HexColor("#1b1f24")
QUIET = HexColor("#5a626b")
GRID = HexColor("#d5d9de")

WIDTH = 496  # of every picture, as of the text on a printed page

# What a browser falls back to when it has no DejaVu; Verdana was drawn after the same model.
FAMILIES = f"{FAMILY}, Verdana, sans-serif"
SVG_FONTS = {REGULAR: {"family": FAMILIES}, BOLD: {"family": FAMILIES, "weight": "bold"}}


def text(
    x: float,
    y: int,
    words: str,
    *,
    size: float,
    font: str = REGULAR,
    anchor: str = "start",
    colour: Color = INK,
) -> String:
    """A line of text. `y` is a whole number: the SVG renderer cuts its fraction off."""
    words = drawable_alone(words, font=font)
    return String(round(x, 2), y, words, fontName=font, fontSize=size, textAnchor=anchor, fillColor=colour)


def as_svg(drawing: Drawing, *, title: str, description: str) -> bytes:
    """The drawing as a picture for pages: SVG with a title and a description for those who do not see it.

    The same drawing gives the same bytes. The file points at nothing outside itself.
    """
    canvas = renderSVG.SVGCanvas((drawing.width, drawing.height), useClip=True, fontHacks=SVG_FONTS)
    renderSVG.draw(drawing, canvas)
    svg = canvas.svg
    for tag, words in (("title", title), ("desc", description)):
        element = svg.getElementsByTagName(tag)[0]
        element.firstChild.data = drawable_alone(words, font=REGULAR)
        element.setAttribute("id", f"plot-{tag}")
    svg.setAttribute("role", "img")
    svg.setAttribute("aria-labelledby", "plot-title plot-desc")
    _tidy(svg)
    xml: str = svg.toxml()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}\n'.encode()


def as_png(drawing: Drawing, *, scale: float = 2) -> bytes:
    """The drawing as PNG, `scale` pixels to the point, from the same SVG; needs no font of the machine."""
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=as_svg(drawing, title="", description="").decode(),
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(FONT_FILES[name]) for name in (REGULAR, BOLD)],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
            zoom=scale,
        )
    )


def _tidy(svg: Element) -> None:
    """Turns style attributes into plain ones (a strict content security policy forbids inline styles)."""
    svg.removeAttribute("xmlns:xlink")
    elements = [svg, *(node for node in svg.getElementsByTagName("*") if node.nodeType == Node.ELEMENT_NODE)]
    for element in elements:
        for declaration in filter(None, map(str.strip, element.getAttribute("style").split(";"))):
            name, value = declaration.split(":", 1)
            element.setAttribute(name.strip(), value.strip())
        for empty in ("style", "clip", "transform"):
            if element.hasAttribute(empty) and (
                empty != "transform" or not element.getAttribute(empty).strip()
            ):
                element.removeAttribute(empty)
        if element.getAttribute("id") == "group":
            element.removeAttribute("id")
