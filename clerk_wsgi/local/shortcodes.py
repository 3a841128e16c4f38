"""Claims of one's own, with places for what is known: `{{user.public_metadata.role}}`.

A text that is one place only becomes the value itself, else its text is put in. What
nobody knows is null, or nothing within a text. `||` gives others to try, as Clerk's
shortcodes do: `{{user.username || 'nobody'}}`.
"""

import re
from collections.abc import Mapping
from typing import Any

PLACE = re.compile(r"\{\{(.*?)\}\}")


def filled(template: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(template, Mapping):
        return {name: filled(value, known) for name, value in template.items()}
    if isinstance(template, list):
        return [filled(value, known) for value in template]
    if not isinstance(template, str):
        return template
    whole = PLACE.fullmatch(template)
    if whole and "{{" not in whole[1]:
        return value_of(whole[1], known)
    return PLACE.sub(lambda found: text_of(value_of(found[1], known)), template)


def value_of(place: str, known: Mapping[str, Any]) -> Any:
    for choice in place.split("||"):
        name = choice.strip()
        if re.fullmatch(r"'[^']*'|\"[^\"]*\"", name):
            return name[1:-1]
        found = looked_up(name.split("."), known)
        if found is not None:
            return found
    return None


def looked_up(path: list[str], known: Any) -> Any:
    for name in path:
        if not isinstance(known, Mapping):
            return None
        known = known.get(name)
    return known


def text_of(value: Any) -> str:
    return "" if value is None else str(value)
