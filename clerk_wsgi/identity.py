"""Auth: Clerk's auth object with a request behind it, so that it can act."""

from collections.abc import Callable
from enum import Enum
from inspect import isawaitable
from typing import Any, Final, NoReturn

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from clerk_wsgi.core.auth_object import AuthObject, Proof
from clerk_wsgi.core.authorization import UNASKED, Name, Reverification
from clerk_wsgi.core.events import Emit
from clerk_wsgi.core.redirects import (
    RedirectSettings,
    redirect_to_sign_in,
    redirect_to_sign_up,
)
from clerk_wsgi.core.state import SESSION_TOKEN, SignedOut
from clerk_wsgi.core.token_types import machine_token_type
from clerk_wsgi.core.urls import parse_url
from clerk_wsgi.mishaps import tell
from clerk_wsgi.responses import REDIRECTED, redirect
from clerk_wsgi.visit import AcceptedTokens, Visit, refuse_unknown

SHOWN = 7  # characters of a token
CHALLENGE = ("WWW-Authenticate", "Bearer")
GUARDED_SIGN_IN = (
    "clerk: the page that sign_in_url names is protected, so nobody can sign in."
)
NOTHING = (UNASKED,) * 5
REWRITE = ("X-Clerk-Auth-Reason", "protect-rewrite")

Predicate = Callable[[Callable[..., bool]], object]


class Here(Enum):
    """Says that no URL was given, so this page is meant."""

    THIS_PAGE = "this page"


HERE: Final = Here.THIS_PAGE


class Auth(AuthObject):
    """Who sends the request in progress, and what happens to those who may not.

    Calling it gives the same for other tokens: `auth(accepts_token="api_key")`.
    """

    def __init__(
        self,
        visit: Visit,
        accepts_token: AcceptedTokens = SESSION_TOKEN,
        treat_pending_as_signed_out: bool = True,
    ) -> None:
        if accepts_token is not SESSION_TOKEN:
            refuse_unknown(accepts_token)
        self._visit = visit
        self._accepted = accepts_token
        self._pending_is_out = treat_pending_as_signed_out

    @property
    def _proof(self) -> Proof:
        return self._visit.proof(self._accepted, self._pending_is_out)

    def __call__(
        self,
        *,
        accepts_token: AcceptedTokens = SESSION_TOKEN,
        treat_pending_as_signed_out: bool = True,
    ) -> "Auth":
        return Auth(self._visit, accepts_token, treat_pending_as_signed_out)

    def protect(
        self,
        check: Predicate | None = None,
        /,
        *,
        role: Name = UNASKED,
        permission: Name = UNASKED,
        feature: Name = UNASKED,
        plan: Name = UNASKED,
        reverification: Reverification = UNASKED,
        token: AcceptedTokens = SESSION_TOKEN,
        unauthenticated_url: str = "",
        unauthorized_url: str = "",
    ) -> "Auth":
        """Go on only for those who may; the others get their answer.

        Nobody signed in: a redirect to sign-in for a page, else 404 (or 401 where the
        option `unauthenticated_status` says so). Signed in, but not allowed: 404, or
        401 for machines. The two URLs redirect instead. Where keys cannot be had: 503.

        `check` is given `has` and says whether this user may; if it raises, they may
        not, and the error is logged. Returns the auth object
        of whoever passed, else raises a `werkzeug.exceptions.HTTPException`. Source:
        Clerk, middleware and auth object, 4.
        """
        who = self(accepts_token=token)
        if not who.is_authenticated:
            who._refuse_stranger(unauthenticated_url)
        asked = (role, permission, feature, plan, reverification)
        may = asked == NOTHING or who.has(
            role=role,
            permission=permission,
            feature=feature,
            plan=plan,
            reverification=reverification,
        )
        if not may or not passes(check, who, self._visit.instance.emit):
            who._refuse(unauthorized_url)
        return who

    def debug(self) -> dict[str, Any]:
        """What was decided and by what, for a developer; secrets and tokens cut short.

        Source: Clerk, middleware and auth object, 2.2.
        """
        state, instance = self._visit.state, self._visit.instance
        token = self._proof.token
        return {
            "status": state.status,
            "reason": state.reason,
            "message": state.message,
            "token_type": self.token_type,
            "user_id": self.user_id,
            "session_claims": self.session_claims,
            "session_token": token.text[:SHOWN] if token else "",
            "token_in_header": (self._visit.request.bearer or "")[:SHOWN],
            "url": str(self._visit.url).partition("?")[0],
            "options": instance.options.told,
        }

    def get_token(
        self, *, template: str = "", expires_in_seconds: int | None = None
    ) -> str | None:
        """A token of this user's to show to another service; None for nobody.

        Without arguments it is the request's own. `template` names one of your JWT
        templates; with it, or with a lifetime, Clerk mints a new token. Raises
        ClerkAPIError (Clerk: middleware and auth object, 5.1).
        """
        from clerk_wsgi.client import session_token_for  # few requests need it

        return session_token_for(self._visit, self._proof, template, expires_in_seconds)

    def revoke_session(self, session_id: str | None = None) -> None:
        """End a session now, the request's own where none is named.

        It is cut off at once, here and wherever the store is read, and then revoked at
        Clerk, if a secret key is set: without one its browser may get new tokens,
        which are refused as well. The request in progress goes on as it is. Raises
        ClerkAPIError where Clerk could not be told; ValueError if nobody is signed in.
        """
        from clerk_wsgi.revoking import revoke_session

        revoke_session(self._visit.instance, session_id or self.session_id)

    def revoke_user(self, user_id: str | None = None) -> None:
        """End all sessions of a user now, the request's own user if none is named.

        Tokens issued until now, or in the next five seconds, since clocks differ, are
        cut off; then each session is revoked at Clerk, which needs the secret key:
        without one the user's browsers get new tokens. Raises as `revoke_session`.
        """
        from clerk_wsgi.revoking import revoke_user

        revoke_user(self._visit.instance, user_id or self.user_id)

    def redirect_to_sign_in(
        self, return_back_url: str | Here | None = HERE
    ) -> Response:
        """A redirect to the sign-in page, and from there back to `return_back_url`.

        Left out, that is this page; None leads back nowhere. Never build it from what
        a client sent. The answer is a WSGI application and a Flask response.
        """
        return redirect(self._sign_in_url(return_back_url))

    def redirect_to_sign_up(
        self, return_back_url: str | Here | None = HERE
    ) -> Response:
        """A redirect to the sign-up page; see `redirect_to_sign_in`."""
        settings = self._redirect_settings()
        back = self._way_back(return_back_url)
        return redirect(redirect_to_sign_up(settings, back))

    def _refuse_stranger(self, url: str) -> NoReturn:
        state, request = self._visit.state, self._visit.request
        if isinstance(state, SignedOut) and state.retry_after is not None:
            self._visit.refuse(503, ("Retry-After", str(state.retry_after)))
        if self.token_type != SESSION_TOKEN:
            self._refuse("")
        if url:
            self._redirect_away(url)
        if request.is_document:
            self._redirect_to_sign_in()
        status = self._visit.instance.options.unauthenticated_status
        self._visit.refuse(status, CHALLENGE if status == 401 else REWRITE)

    def _redirect_to_sign_in(self) -> None:
        """Unless this is that page already: there nobody could ever sign in."""
        to = self._sign_in_url(HERE)
        here = self._visit.url._replace(query=None, fragment=None)
        if parse_url(to)._replace(query=None, fragment=None) != here:
            self._redirect_away(to)
        self._visit.instance.on_arrival.warn(GUARDED_SIGN_IN)

    def _refuse(self, url: str) -> NoReturn:
        if self.token_type != SESSION_TOKEN or not self._accepts_sessions():
            self._visit.refuse(401, *self._oauth_challenge())
        if url:
            self._redirect_away(url)
        self._visit.refuse(404, REWRITE)

    def _accepts_sessions(self) -> bool:
        return self._accepted == "any" or SESSION_TOKEN in (
            (self._accepted,) if isinstance(self._accepted, str) else self._accepted
        )

    def _oauth_challenge(self) -> list[tuple[str, str]]:
        """Where an OAuth client learns how to get a better token (RFC 9728)."""
        bearer = self._visit.request.bearer
        if not bearer or machine_token_type(bearer) != "oauth_token":
            return []
        host = self._visit.instance.options.instance.host
        metadata = f"https://{host}/.well-known/oauth-protected-resource"
        return [("WWW-Authenticate", f'Bearer resource_metadata="{metadata}"')]

    def _redirect_away(self, url: str) -> NoReturn:
        to = str(parse_url(url, self._visit.url))
        self._visit.refuse(307, ("Location", to), REDIRECTED)

    def _sign_in_url(self, return_back_url: str | Here | None) -> str:
        settings = self._redirect_settings()
        return redirect_to_sign_in(settings, self._way_back(return_back_url))

    def _way_back(self, return_back_url: str | Here | None) -> str | None:
        if return_back_url is HERE or return_back_url == "":
            return str(self._visit.url)
        return return_back_url

    def _redirect_settings(self) -> RedirectSettings:
        options, request = self._visit.instance.options, self._visit.request
        return RedirectSettings(
            base_url=str(self._visit.url),
            publishable_key=options.instance,
            sign_in_url=options.sign_in_url,
            sign_up_url=options.sign_up_url,
            is_satellite=options.is_satellite,
            dev_browser=request.cookies.get("__clerk_db_jwt", ""),
            session_status=self.session_status,
        )


def passes(check: Predicate | None, who: AuthObject, emit: Emit) -> bool:
    """Does the caller's own check hold? One that fails, or that nobody waited for, does
    not; the first is logged, and `emit` is told."""
    if check is None:
        return True
    try:
        verdict = check(who.has)
    except HTTPException:
        raise
    except Exception as error:
        tell(error, "check", emit)
        return False
    if isawaitable(verdict) or callable(verdict):
        return False
    return bool(verdict)
