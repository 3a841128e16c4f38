"""The Backend API: what applications ask with the secret key.

Source: Clerk, backend API, 1 and 2.
"""

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.core.cookies import bearer_token
from clerk_wsgi.core.strict_json import read_object
from clerk_wsgi.local.answers import ApiError, json_answer
from clerk_wsgi.local.handshakes import take_handshake
from clerk_wsgi.local.issuing import Issuer
from clerk_wsgi.local.renewal import Renewal
from clerk_wsgi.local.state import shown

WRONG_KEY = (
    "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is "
    "correct."
)


class BackendApi:
    """Everything here needs the secret key as bearer token."""

    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    def rules(self) -> list[Rule]:
        get, post = ["GET"], ["POST"]
        renew = "/v1/sessions/<session_id>/refresh"
        nonce = "/v1/clients/handshake_payload"
        return [
            Rule("/v1/jwks", endpoint=self.guarded(self.key_set), methods=get),
            Rule(nonce, endpoint=self.guarded(self.handshake_payload), methods=get),
            Rule(renew, endpoint=self.guarded(self.renew), methods=post),
            Rule("/v1/users/<user_id>", endpoint=self.guarded(self.user), methods=get),
        ]

    def guarded(self, answer: Callable[..., Response]) -> Callable[..., Response]:
        def asked(request: Request, **names: str) -> Response:
            self.require_key(request)
            return answer(request, **names)

        return asked

    def require_key(self, request: Request) -> None:
        given = bearer_token(request.headers.get("Authorization")) or ""
        if not compare_digest(given.encode(), self.issuer.settings.secret_key.encode()):
            raise ApiError(401, "clerk_key_invalid", WRONG_KEY)

    def key_set(self, request: Request) -> Response:
        return json_answer(self.issuer.keys.key_set)

    def handshake_payload(self, request: Request) -> Response:
        directives = take_handshake(self.state, request.args.get("nonce", ""))
        if directives is None:
            raise ApiError(404, "resource_not_found", "No handshake has this nonce.")
        return json_answer({"directives": directives})

    def renew(self, request: Request, session_id: str) -> Response:
        asked = body_of(request)
        renewal = Renewal(asked, session_id, self.issuer)
        session, site = renewal.granted()
        if asked.get("format") == "cookie":
            cookies = self.issuer.session_cookies(
                session, session["created_at"] // 1000, site
            )
            return json_answer({"object": "cookies", "cookies": cookies})
        token = self.issuer.session_token(session, site.origin)
        return json_answer({"object": "token", "jwt": token})

    def user(self, request: Request, user_id: str) -> Response:
        return json_answer(shown(self.state.need("user", user_id)))


def body_of(request: Request) -> Mapping[str, Any]:
    try:
        return read_object(request.get_data())
    except ValueError:
        said = "The body is no JSON object."
        raise ApiError(400, "request_body_invalid", said) from None
