"""What all calls of the Backend API have in common: a key, a query, a body, a list.

Source: Clerk, backend API, 1.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from hmac import compare_digest
from typing import Any, TypeVar

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.cookies import bearer_token
from clerk_wsgi.core.strict_json import read_object
from clerk_wsgi.local.answers import ApiError, json_answer
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import shown_value

Call = Callable[..., object]
Item = TypeVar("Item")

LIMIT, MOST = 10, 500
LARGEST_OFFSET = 2**31
BULK = 10
WRONG_KEY = (
    "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is "
    "correct."
)


class Asked:
    """One request: its query and its body. Raises ApiError for what cannot be read."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.query = request.args

    @property
    def key(self) -> str:
        return bearer_token(self.request.headers.get("Authorization")) or ""

    @cached_property
    def body(self) -> Mapping[str, Any]:
        """The JSON object; no body is an empty one."""
        raw = self._raw()
        try:
            return read_object(raw) if raw.strip() else {}
        except ValueError:
            raise wrong_body() from None

    @cached_property
    def entries(self) -> list[Mapping[str, Any]]:
        """The objects of a JSON array, ten at most."""
        try:
            found = read_object(b'{"entries":' + self._raw() + b"}")
        except ValueError:
            raise wrong_body() from None
        entries = found["entries"]
        if len(found) > 1 or not isinstance(entries, list):
            raise wrong_body()
        if not all(isinstance(each, dict) for each in entries):
            raise wrong_body()
        if len(entries) > BULK:
            said = f"Parameters exceed the maximum allowed bulk size of {BULK}."
            raise ApiError(400, "bulk_size_exceeded", said)
        return entries

    def _raw(self) -> bytes:
        kind = self.request.mimetype
        if kind and kind != "application/json":
            said = f"Content-Type {kind} is unsupported. Use application/json instead."
            raise ApiError(415, "unsupported_content_type", said)
        return self.request.get_data()

    def listed(self, name: str) -> list[str]:
        """All values of that name; also as PHP and Rails write it: `name[]`."""
        return self.query.getlist(name) + self.query.getlist(f"{name}[]")

    def is_set(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("true", "1")

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self.query.get(name) or str(default)
        try:
            number = float(text)
        except ValueError:
            raise wrong_query(name, text) from None
        if not lowest <= number <= highest or number != int(number):
            raise wrong_query(name, text)
        return int(number)

    def part(self, found: Sequence[Item]) -> list[Item]:
        """What `limit` and `offset` leave of them."""
        limit = self.number("limit", LIMIT, 1, MOST)
        offset = self.number("offset", 0, 0, LARGEST_OFFSET)
        return list(found[offset : offset + limit])

    def page(self, found: Sequence[Document]) -> Document:
        return {"data": self.part(found), "total_count": len(found)}

    def ordered(
        self,
        found: Sequence[Document],
        allowed: Sequence[str] = ("created_at",),
        default: str = "-created_at",
    ) -> list[Document]:
        """As `order_by` says: a member's name after `+`, `-` or nothing."""
        asked = (self.query.get("order_by") or default).strip()
        name = asked.lstrip("+-")
        if name not in allowed:
            raise wrong_query("order_by", asked)
        downwards = asked.startswith("-")
        known = [each for each in found if each.get(name) is not None]
        unknown = [each for each in found if each.get(name) is None]
        if downwards:
            known.reverse()  # of what is equal, the newest first
        known.sort(key=lambda each: sortable(each[name]), reverse=downwards)
        return known + unknown


def sortable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


class Part(ABC):
    """Some calls that belong together: each gets what was asked, and the path's names.

    Whatever it changes, it changes as a whole or not at all. It gives a document, a
    list of them, a Response of its own, or a document and its status.
    """

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    @abstractmethod
    def calls(self) -> Mapping[str, Call]:
        """Functions by method and path: `{"GET /v1/users": self.users}`."""

    def rules(self) -> list[Rule]:
        return [
            rule(call, self._answering(function))
            for call, function in self.calls().items()
        ]

    def require_key(self, asked: Asked) -> None:
        """Raises ApiError (401) for whoever lacks the instance's secret key."""
        if not self.is_instance_key(asked.key):
            raise ApiError(401, "clerk_key_invalid", WRONG_KEY)

    def is_instance_key(self, key: str) -> bool:
        return compare_digest(key.encode(), self.issuer.settings.secret_key.encode())

    def _answering(self, function: Call) -> Callable[..., Response]:
        def answer(request: Request, **names: str) -> Response:
            asked = Asked(request)
            self.require_key(asked)
            if request.method == "GET":
                return answered(function(asked, **names))
            with self.state.changing():
                return answered(function(asked, **names))

        return answer


def rule(call: str, endpoint: Callable[..., Response]) -> Rule:
    method, _, path = call.partition(" ")
    return Rule(path, endpoint=endpoint, methods=[method])


def answered(found: object) -> Response:
    if isinstance(found, Response):
        return found
    document, status = found if isinstance(found, tuple) else (found, 200)
    return json_answer(shown_value(document), status)


def twice(calls: Mapping[str, Call]) -> dict[str, Call]:
    """Calls that some SDKs make below the version, and others at the root."""
    versioned = {call.replace(" /", " /v1/", 1): calls[call] for call in calls}
    return {**calls, **versioned}


def wrong_body() -> ApiError:
    said = "The request body is invalid: it must be JSON, of the right form."
    return ApiError(400, "request_body_invalid", said)


def wrong_query(name: str, value: str) -> ApiError:
    said = f"{value[:80]} does not match one of the allowed values for parameter {name}"
    return ApiError(400, "invalid_query_parameter_value", said, name)


def missing_query(name: str) -> ApiError:
    said = f"The query parameter '{name}' is missing from the request."
    return ApiError(400, "missing_query_parameter", said, name)
