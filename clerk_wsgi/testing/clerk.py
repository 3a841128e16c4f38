"""A Clerk for tests: whoever it signs in is signed in, by a signature that is real."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from clerk_wsgi.backends.api import BackendApi
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.clock import Clock
from clerk_wsgi.local.in_process import transport_to
from clerk_wsgi.local.organizations import create_organization
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.sessions import activate, create_session, end_session
from clerk_wsgi.local.signing import SigningKey
from clerk_wsgi.local.users import create_user, find_by_identifier
from clerk_wsgi.middleware import ClerkMiddleware
from clerk_wsgi.testing.arranging import entered, join, subscribe
from clerk_wsgi.testing.clients import carry
from clerk_wsgi.testing.machines import Machines
from clerk_wsgi.testing.people import Organization, SignedIn, User

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ORIGIN = "http://localhost"
HOUR = 60 * 60
TIMES = ("exp", "iat", "nbf")


class Clerk(Machines):
    """An instance in the process; `clock` can be frozen and moved.

    `local` is the instance itself, with everything that it can do besides.
    """

    def __init__(self, private_key: RSAPrivateKey | None = None) -> None:
        self.clock = Clock()
        self.local = LocalClerk({}, private_key=private_key, clock=self.clock)
        self.state = self.local.state

    def reset(self) -> None:
        """As new, but for the keys: the next test knows nobody."""
        self.clock.resume()
        self.local.reset({})

    @property
    def options(self) -> dict[str, Any]:
        """Options for an application that you make: `create_app(**clerk.options)`."""
        options = self.local.options(ORIGIN)
        del options["authorized_parties"]  # test clients have many names for a site
        return options

    @cached_property
    def api(self) -> BackendApi:
        """Clerk's Backend API, in the process."""
        return BackendApi(
            api_url=ORIGIN,
            api_version="v1",
            secret_key=self.local.secret_key,
            transport=transport_to(self.local),
        )

    def middleware(
        self, app: "WSGIApplication", handler: Any = None, **options: Any
    ) -> ClerkMiddleware:
        """`ClerkMiddleware` around the application, with this Clerk behind it."""
        return ClerkMiddleware(
            app,
            handler,
            **{
                "backend": "pem",
                "api": self.api,
                "clock": self.clock,
                **self.options,
                **options,
            },
        )

    def user(self, email: str = "", **fields: Any) -> User:
        """A new user; `fields` are those of Clerk's API, as `public_metadata`."""
        addresses = [email] if email else []
        made = create_user(self.state, email_addresses=addresses, **fields)
        return User(made["id"], email)

    def organization(
        self,
        slug: str,
        name: str = "",
        *,
        members: Mapping[User, str] | None = None,
        **fields: Any,
    ) -> Organization:
        """A new organization; `members` maps users to roles. `plan` and `features`
        may be among the fields.
        """
        made = create_organization(self.state, name or slug, slug=slug, **fields)
        for user, role in (members or {}).items():
            join(self.state, user.id, made["id"], role)
        return Organization(made["id"], made["slug"])

    def sign_in(
        self, client: Any, user: User | str | None = None, **given: Any
    ) -> SignedIn:
        """Sign somebody in on a test client, or in a dict of headers.

        Nobody in particular, if no user is named; an e-mail address names one, who is
        made if there is none. What else can be given is said at `session`.
        """
        session = self.session(user, **given)
        carry(client, self.cookies(session))
        return session

    def sign_out(self, client: Any, session: SignedIn | None = None) -> None:
        """The client is nobody's; the session, if it is named, has ended."""
        suffix = self.local.settings.suffix
        empty = {"__session": "", "__client_uat": "0"}
        suffixed = {f"{name}_{suffix}": value for name, value in empty.items()}
        carry(client, {**empty, **suffixed, f"__refresh_{suffix}": ""})
        if session:
            end_session(self.state, session.session_id, "ended")

    def session(
        self,
        user: User | str | None = None,
        *,
        org: Organization | str | None = None,
        role: str = "",
        permissions: Sequence[str] = (),
        plan: str = "",
        features: Sequence[str] = (),
        **claims: Any,
    ) -> SignedIn:
        """A session of that user, and its token.

        `org` is the organization that is active; a slug names one, which is made if
        there is none. The user is its member, with `role` and, where they are given,
        `permissions`. `plan` and `features` are the organization's, without one the
        user's. Further `claims` are put into the token; None takes one away.
        """
        person = self.person(user)
        made = create_session(self.state, person.id)
        if org is not None:
            organization = entered(self.state, person, org, role, permissions)
            made = activate(self.state, made, organization.id) or made
        elif role or permissions:
            raise ConfigurationError(
                "A role or permissions need an org to have them in."
            )
        subscribe(
            self.state, person.id, made["last_active_organization_id"], plan, features
        )
        return self.signed(person, made, claims)

    def signed(self, user: User, session: Document, own: Mapping[str, Any]) -> SignedIn:
        claims = {**self.local.issuer.session_claims(session, ORIGIN), **own}
        said = {name: value for name, value in claims.items() if value is not None}
        token = self.local.keys.current.sign(said)
        return SignedIn(user, session["id"], token, said)

    def token(self, user: User | str | None = None, **given: Any) -> str:
        """A session token; takes what `session` takes."""
        return self.session(user, **given).token

    def headers(self, user: User | str | None = None, **given: Any) -> dict[str, str]:
        """`Authorization` with a session token; takes what `session` takes."""
        return self.session(user, **given).headers

    def expired_token(self, user: User | str | None = None, **given: Any) -> str:
        """A token that was good until an hour ago."""
        claims = self.session(user, **given).claims
        past = {name: claims[name] - HOUR for name in TIMES if name in claims}
        return self.local.keys.current.sign({**claims, **past})

    def forged_token(self, user: User | str | None = None, **given: Any) -> str:
        """A token as good as any, but for the signature: it is another key's."""
        return self.forger.sign(self.session(user, **given).claims)

    @cached_property
    def forger(self) -> SigningKey:
        return SigningKey(self.local.keys.current.kid)

    def cookies(self, session: SignedIn) -> dict[str, str]:
        """What a browser holds after signing in, in both of Clerk's flavours."""
        kept = self.state.need("session", session.session_id)
        client = self.state.need("client", kept["client_id"])
        both = {
            "__session": session.token,
            "__client_uat": str(client["_changed_at"]),
            "__clerk_db_jwt": client["_token"],
        }
        suffix = self.local.settings.suffix
        suffixed = {f"{name}_{suffix}": value for name, value in both.items()}
        return {**both, **suffixed, f"__refresh_{suffix}": kept["_refresh_token"]}

    def person(self, user: User | str | None) -> User:
        """The user; an e-mail address or id that nobody has is somebody new's."""
        if isinstance(user, User):
            return user
        if user is None:
            return self.user()
        known = self.state.records.get("user", user)
        known = known or find_by_identifier(self.state, user)
        return User(known["id"], user) if known else self.user(user)
