"""The Frontend API: what browsers ask (Clerk: backend API, 6)."""

from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import json_answer
from clerk_wsgi.local.fapi_addresses import FrontendAddresses
from clerk_wsgi.local.fapi_clients import FrontendClients
from clerk_wsgi.local.fapi_images import FrontendImages
from clerk_wsgi.local.fapi_me import FrontendMe
from clerk_wsgi.local.fapi_members import FrontendMembers
from clerk_wsgi.local.fapi_memberships import FrontendMemberships
from clerk_wsgi.local.fapi_organizations import FrontendOrganizations
from clerk_wsgi.local.fapi_reverification import FrontendReverification
from clerk_wsgi.local.fapi_sign_ins import FrontendSignIns
from clerk_wsgi.local.fapi_sign_ups import FrontendSignUps
from clerk_wsgi.local.handshake_endpoint import HandshakeEndpoint
from clerk_wsgi.local.issuing import Issuer

PARTS: tuple[Any, ...] = (
    *(HandshakeEndpoint, FrontendClients, FrontendSignIns, FrontendSignUps),
    *(FrontendMe, FrontendAddresses, FrontendMemberships, FrontendOrganizations),
    *(FrontendMembers, FrontendImages, FrontendReverification),
)


class FrontendApi:
    def __init__(self, issuer: Issuer) -> None:
        self.keys = issuer.keys
        self.parts = [part(issuer) for part in PARTS]

    def rules(self) -> list[Rule]:
        path = "/.well-known/jwks.json"
        keys = Rule(path, endpoint=self.key_set, methods=["GET"])
        return [keys, *(rule for part in self.parts for rule in part.rules())]

    def key_set(self, request: Request) -> Response:
        return json_answer(self.keys.key_set)
