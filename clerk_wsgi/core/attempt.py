"""One request being judged: all that the decision looks at, read once."""

from clerk_wsgi.core.cookie_flavour import uses_suffixed_cookies
from clerk_wsgi.core.cookies import leading_integer, loop_counter
from clerk_wsgi.core.once import once
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Ports
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.state import SignedOut, explained
from clerk_wsgi.core.tokens import Token, parse_token


class Attempt:
    """The request's credentials, in the cookie flavour that counts.

    `is_known` says that a token among them was verified before. Source: Clerk,
    authenticating a request, 1.3.
    """

    def __init__(self, request: RequestView, options: Options, ports: Ports) -> None:
        self.request = request
        self.options = options
        self.ports = ports
        self.is_known = False
        self._opened: dict[str, Token] = {}

    @property
    def is_development(self) -> bool:
        return self.options.instance.is_development

    def open(self, text: str) -> Token:
        """The token, parsed once. Raises TokenVerificationError."""
        token = self._opened.get(text)
        if token is None:
            known = self.ports.remembered.get(text)
            self.is_known = self.is_known or known is not None
            token = self._opened[text] = known.token if known else parse_token(text)
        return token

    def signed_out(
        self, reason: str, message: str = "", retry_after: int | None = None
    ) -> SignedOut:
        return explained(SignedOut(reason, message, retry_after=retry_after))

    @once
    def suffixed(self) -> bool:
        """Do the cookies with this instance's suffix count, or the plain ones?"""
        return uses_suffixed_cookies(self)

    def cookie(self, name: str) -> str:
        return self.request.cookies.get(name) or ""

    def suffixed_cookie(self, name: str) -> str:
        return self.cookie(f"{name}_{self.options.cookie_suffix}")

    def flavoured_cookie(self, name: str) -> str:
        return self.suffixed_cookie(name) if self.suffixed else self.cookie(name)

    def parameter(self, name: str) -> str:
        return self.request.query.get(name) or ""

    @once
    def session_token(self) -> str:
        return self.flavoured_cookie("__session")

    @once
    def client_uat(self) -> int:
        """When the browser's authentication last changed, in epoch seconds."""
        return leading_integer(self.flavoured_cookie("__client_uat"))

    @property
    def refresh_token(self) -> str:
        return self.suffixed_cookie("__refresh")

    @property
    def dev_browser(self) -> str:
        name = "__clerk_db_jwt"
        return self.parameter(name) or self.flavoured_cookie(name)

    @once
    def handshake_token(self) -> str:
        name = "__clerk_handshake"
        return self.parameter(name) or self.cookie(name)

    @once
    def handshake_nonce(self) -> str:
        name = "__clerk_handshake_nonce"
        return self.parameter(name) or self.cookie(name)

    @property
    def redirects(self) -> float:
        """How often this browser was sent to Clerk in the last two seconds."""
        return loop_counter(self.cookie("__clerk_redirect_count"))
