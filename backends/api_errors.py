"""What Clerk's answers mean that are no success.

Source: Clerk, backend API, 1.3 and 1.5. Neither messages nor attributes hold what was
sent: no key, no token.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from clerk_wsgi.backends.http import Answer
from clerk_wsgi.core.errors import ClerkAPIError, ErrorDetail

UNEXPECTED = "unexpected_error"
RETRY_AFTER = re.compile(r"\s*([+-]?[0-9]{1,9})")
PLAIN = re.compile(r"[\w.:-]{1,80}", re.ASCII)
META = frozenset(
    (
        *("param_name", "session_id", "email_addresses", "identifiers", "zxcvbn"),
        *("plan", "is_plan_upgrade_possible", "seats_quantity_to_add"),
        *("seats_quantity", "trace_id", "kind", "title", "description"),
        *("link_url", "link_text", "data"),
    )
)


def read_answer(answer: Answer) -> Any:
    """The JSON of an answer, its text if it is no JSON, None if there is none.

    Raises ClerkAPIError for a status that is no success, and for broken JSON.
    """
    is_good = 200 <= answer.status < 300
    try:
        document = read_body(answer)
    except (ValueError, RecursionError):
        if is_good:
            raise unexpected("The answer is no JSON.") from None
        document = {"errors": [{"code": UNEXPECTED}]}
    if not is_good:
        raise refused(answer, document)
    return document


def read_body(answer: Answer) -> Any:
    if answer.status == 204:
        return None
    kind = header(answer, "Content-Type").partition(";")[0].strip().lower()
    if kind == "application/json":
        return json.loads(answer.body)
    text = answer.body.decode(errors="replace")
    if kind:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def header(answer: Answer, name: str) -> str:
    """That header's value or an empty text, however its name is spelled."""
    wanted = name.lower()
    found = (v for n, v in answer.headers.items() if n.lower() == wanted)
    return next(found, "")


def refused(answer: Answer, document: object) -> ClerkAPIError:
    said = document if isinstance(document, dict) else {}
    errors, trace = details(said.get("errors")), said.get("clerk_trace_id")
    trace = trace if isinstance(trace, str) else header(answer, "CF-Ray")
    return ClerkAPIError(
        message_of(answer.status, errors, trace),
        status=answer.status,
        errors=errors,
        clerk_trace_id=trace,
        retry_after=retry_after(answer),
    )


def message_of(status: int, errors: tuple[ErrorDetail, ...], trace: str) -> str:
    """Status, codes and trace id: what is fit for a log, whoever wrote the answer."""
    message = f"Clerk answered {status}"
    codes = [each.code for each in errors if PLAIN.fullmatch(each.code)]
    if codes:
        message += f": {', '.join(codes[:5])}"
    if PLAIN.fullmatch(trace):
        message += f" (Clerk Trace ID: {trace})"
    return f"{message}."


def retry_after(answer: Answer) -> int | None:
    """The whole seconds that `Retry-After` begins with; dates count as none."""
    found = RETRY_AFTER.match(header(answer, "Retry-After"))
    return int(found[1]) if found else None


def details(errors: object) -> tuple[ErrorDetail, ...]:
    entries = errors if isinstance(errors, list) else ()
    return tuple(detail(each) for each in entries if isinstance(each, dict))


def detail(entry: Mapping[str, Any]) -> ErrorDetail:
    meta = entry.get("meta")
    known = meta.items() if isinstance(meta, dict) else ()
    return ErrorDetail(
        code=text(entry.get("code")),
        message=text(entry.get("message")),
        long_message=text(entry.get("long_message")),
        meta={name: value for name, value in known if name in META},
    )


def text(value: object) -> str:
    return "" if value is None else str(value)


def unexpected(message: str) -> ClerkAPIError:
    """There was no answer, or none that can be read."""
    return ClerkAPIError(message, errors=(ErrorDetail(UNEXPECTED, message),))
