"""HTML from templates. One function escapes; whatever it did not make, it escapes."""

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template


class Html(str):
    """Text that is markup already. What is made of it otherwise is plain text again."""

    __slots__ = ()


def shown(value: object) -> Html:
    """Any value as markup that displays it, in an element or a quoted attribute."""
    return value if isinstance(value, Html) else Html(escape(str(value), quote=True))


def fill(template: str, /, **values: object) -> Html:
    """The template with `$name` replaced. Raises KeyError for a value that lacks."""
    found = {name: shown(value) for name, value in values.items()}
    return Html(Template(template).substitute(found))


def joined(parts: Iterable[Html]) -> Html:
    return Html("\n".join(map(shown, parts)))


class Pages:
    """The templates in the folder `pages` of a package, each read once."""

    def __init__(self, package: str) -> None:
        self._folder = files(package) / "pages"
        self._texts: dict[str, str] = {}

    def text(self, name: str) -> str:
        if name not in self._texts:
            text = (self._folder / name).read_text("utf-8")
            self._texts[name] = text.removesuffix("\n")
        return self._texts[name]

    def render(self, name: str, /, **values: object) -> Html:
        return fill(self.text(name), **values)
