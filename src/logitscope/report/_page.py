"""One HTML page that opens offline: text, tables and pictures, all in one file.

It knows HTML; it never knows what it shows.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO
from string import Template
from typing import Any, NamedTuple

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
body { margin: 2rem auto; padding: 0 1.25rem; max-width: 62rem; color: #1b1f24; background: #fff;
  font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin-bottom: .25rem; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid #d8dee4; padding-bottom: .25rem; }
p.lead { color: #57606a; margin-top: 0; }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .3rem .75rem .3rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid #eaeef2; }
th { border-bottom: 1px solid #8c959f; }
th:first-child, td:first-child { text-align: left; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .92rem; }
dt { font-weight: 600; }
dd { margin: 0; }
figure { margin: 1.5rem 0; }
img { max-width: 100%; height: auto; }
figcaption, footer { color: #57606a; font-size: .88rem; }
footer { margin-top: 3rem; }
pre { font-size: .85rem; overflow-x: auto; background: #f6f8fa; padding: .75rem; }
</style>
</head>
<body>
<h1>$title</h1>
<p class="lead">$lead</p>
$sections
<footer>$footer</footer>
</body>
</html>
""")


class Section(NamedTuple):
    """A heading and the HTML under it."""

    title: str
    body: str


def page(title: str, lead: str, sections: Sequence[Section], footer: str) -> str:
    """Return a whole page. Titles and texts are escaped, bodies are HTML already."""
    parts = [f"<section>\n<h2>{escape(section.title)}</h2>\n{section.body}\n</section>" for section in sections]
    return _PAGE.substitute(title=escape(title), lead=escape(lead), sections="\n".join(parts), footer=escape(footer))


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table, its first column to the left and the others to the right."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in headings)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>'


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Return names with their sentences; one without a name goes on with the one before."""
    items = [f"{f'<dt>{escape(name)}</dt>' if name else '<dt></dt>'}<dd>{escape(text)}</dd>" for name, text in pairs]
    return "<dl>\n" + "\n".join(items) + "\n</dl>"


def paragraph(text: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(text)}</p>"


def block(text: str) -> str:
    """Return text whose line ends and columns are kept."""
    return f"<pre>{escape(text)}</pre>"


def picture(image: Any, caption: str) -> str:
    """Return a picture with its caption, the image inside the page.

    Parameters
    ----------
    image : bytes or matplotlib figure
        A PNG file's content, or a figure to draw.
    """
    data = image if isinstance(image, bytes) else _drawn(image)
    text = escape(caption, quote=True)
    encoded = base64.b64encode(data).decode("ascii")
    return f'<figure><img alt="{text}" src="data:image/png;base64,{encoded}"><figcaption>{text}</figcaption></figure>'


def _drawn(figure: Any) -> bytes:
    from matplotlib.pyplot import close

    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    close(figure)
    return buffer.getvalue()


__all__ = ["Section", "block", "facts", "page", "paragraph", "picture", "table"]
