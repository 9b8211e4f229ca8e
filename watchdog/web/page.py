"""The page's look: one template, one style sheet within it, nothing from elsewhere."""

import base64
import hashlib

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from watchdog.web.view import Page

_ENVIRONMENT = Environment(
    loader=PackageLoader("watchdog.web", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_STYLE = _ENVIRONMENT.from_string('{% include "page.css" %}').render()

# What a browser compares the style element with: any other style, and any script at all, is refused.
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def render_page(page: Page) -> str:
    """The page as HTML; every text in it is escaped."""
    style = Markup(_STYLE)  # noqa: S704 - our own file
    return _ENVIRONMENT.get_template("page.html").render(page=page, style=style)
