"""The Frontend API: what browsers ask (Clerk: backend API, 6)."""

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import json_answer
from clerk_wsgi.local.issuing import Issuer


class FrontendApi:
    def __init__(self, issuer: Issuer) -> None:
        self.issuer = issuer
        self.state = issuer.state

    def rules(self) -> list[Rule]:
        return [
            Rule("/.well-known/jwks.json", endpoint=self.key_set, methods=["GET"]),
        ]

    def key_set(self, request: Request) -> Response:
        return json_answer(self.issuer.keys.key_set)
