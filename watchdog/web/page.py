"""The page's look: one template, one style sheet within it, nothing from elsewhere."""

import base64
import functools
import hashlib
from collections.abc import Callable
from importlib.resources import files

from watchdog.web.view import Page

_STYLE = files("watchdog.web").joinpath("page.css").read_text(encoding="utf-8").rstrip("\n")

# What a browser compares the style element with: any other style, and any script at all, is refused.
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def render_page(page: Page) -> str:
    """The page as HTML; every text in it is escaped."""
    return _template()(page=page)


@functools.cache
def _template() -> Callable[..., str]:
    # It takes more than 1 MB, and many a watchdog is asked by Prometheus alone.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415
    from markupsafe import Markup  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("watchdog.web", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup(_STYLE)  # noqa: S704 - our own file
    return environment.get_template("page.html", globals={"style": style}).render
