"""Clerk's own browser library and components, from a folder that the user names.

They are served unchanged, under the paths that Clerk's frameworks ask for:
`/npm/@clerk/clerk-js@6/dist/clerk.browser.js`.
"""

import mimetypes
from functools import partial
from pathlib import Path

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.utils import send_from_directory
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.errors import ConfigurationError

PACKAGES = ("clerk-js", "ui")
CLERK_JS = "/npm/@clerk/clerk-js@latest/dist/clerk.browser.js"
CLERK_UI = "/npm/@clerk/ui@latest/dist/ui.browser.js"
NONE = (
    "This local Clerk has no browser bundles. Install them with npm install "
    "@clerk/clerk-js @clerk/ui and name the folder: --clerk-js node_modules, or "
    "LocalClerk(clerk_js='node_modules')."
)


class Bundles:
    """`folder` is a `node_modules`, or None. Raises ConfigurationError for others."""

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = None if folder is None else Path(folder).absolute()
        for package in PACKAGES if self.folder else ():
            if not self.path(package).is_dir():
                raise ConfigurationError(
                    f"The folder {str(folder)!r} holds no @clerk/{package}: name the "
                    "node_modules that npm made."
                )

    def rules(self) -> list[Rule]:
        return [
            Rule(
                f"/npm/@clerk/{package}{version}/dist/<path:name>",
                endpoint=partial(self.bundle, package=package),
                methods=["GET"],
            )
            for package in PACKAGES
            for version in ("", "@<version>")
        ]

    def path(self, package: str) -> Path:
        assert self.folder is not None
        return self.folder / "@clerk" / package / "dist"

    def bundle(
        self, request: Request, *, package: str, name: str, version: str = ""
    ) -> Response:
        """Revalidated each time, since the version in the path may be a range."""
        if self.folder is None:
            raise NotFound(NONE)
        answer = send_from_directory(self.path(package), name, request.environ)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if name.endswith((".js", ".mjs")):
            kind = "text/javascript"
        answer.headers["Content-Type"] = f"{kind}; charset=utf-8"
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer
