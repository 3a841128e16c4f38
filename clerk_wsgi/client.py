"""Clerk's Backend API from anywhere in the code that serves a request, or outside."""

import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import lru_cache
from typing import Any

from clerk_wsgi.core.auth_object import Proof
from clerk_wsgi.core.errors import ClerkAPIError, MissingMiddleware
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.state import SESSION_TOKEN, MachineSignedIn
from clerk_wsgi.instance import Instance, load
from clerk_wsgi.visit import Visit, current

MOST = 64
OUTSIDE = (
    "current_user() was called outside a request, or the request did not pass "
    "ClerkMiddleware or SessionLayer. Elsewhere ask for clerk_client().users.get(...)."
)


def clerk_client(**options: Any) -> Any:
    """The client of Clerk's Backend API: a `clerk_wsgi.backends.client.ClerkClient`.

    Inside a request it is the one of the request's own Clerk instance, outside it has
    the keys of the `CLERK_*` variables. Options change that: `clerk_client(
    secret_key=...)`. Equal options give the same client; 64 of them are kept. Raises
    ConfigurationError for options that cannot work; a missing secret key is named when
    the client is asked for something that needs it.
    """
    visit = current.get()
    if visit is None or visit.is_over:
        return made_for(Options.read(options, os.environ))
    if options:
        read = Options.read(options, {})
        changed = {name: getattr(read, name) for name in options}
        return made_for(replace(visit.instance.options, **changed))
    return client_of(visit.instance)


def current_user(*, treat_pending_as_signed_out: bool = True) -> Any:
    """The user who sends the request in progress, as Clerk's Backend API knows them.

    None if nobody is signed in. Clerk is asked once a request, however often and from
    however many threads this is called; errors (ClerkAPIError) are not remembered.
    Raises MissingMiddleware outside a request. Source: Clerk, middleware and auth
    object, 5.2.
    """
    visit = current.get()
    if visit is None or visit.is_over:
        raise MissingMiddleware(OUTSIDE)
    session = visit.proof(SESSION_TOKEN, treat_pending_as_signed_out).session
    if session is None or not session.user_id:
        return None
    user_id, instance = session.user_id, visit.instance
    return once_a_request(visit, f"user {user_id}", lambda: user_of(instance, user_id))


def user_of(instance: Instance, user_id: str) -> Any:
    """The user, from the shared store where the instance has one that knows them."""
    users, shared = client_of(instance).users, instance.users
    known = shared.read(user_id) if shared else None
    if known is not None:
        return users.read(known)
    user = users.get(user_id)
    if shared:
        shared.write(user.raw)
    return user


def session_token_for(
    visit: Visit,
    proof: Proof,
    template: str = "",
    expires_in_seconds: int | None = None,
) -> str | None:
    """A token for whoever sent the request, to show to somebody else.

    The request's own, unless a template or a lifetime asks Clerk for a new one; None
    for nobody. A machine's token is always its own. Raises ClerkAPIError. Source:
    Clerk, middleware and auth object, 5.1.
    """
    if isinstance(visit.state, MachineSignedIn) and proof.machine:
        return visit.state.text
    if proof.session is None or proof.token is None or not proof.session.session_id:
        return None
    if not template and expires_in_seconds is None:
        return proof.token.text
    sessions = client_of(visit.instance).sessions
    found = sessions.get_token(proof.session.session_id, template, expires_in_seconds)
    token = getattr(found, "jwt", None)
    if not isinstance(token, str):
        raise ClerkAPIError("Clerk's answer holds no token.")
    return token


def client_of(instance: Instance) -> Any:
    """The instance's client: its api's own, where the api has one."""
    own = getattr(instance.api, "client", None)
    return own or made_for(instance.options)


@lru_cache(MOST)
def made_for(options: Options) -> Any:
    return load("api").from_options(options).client


def once_a_request(visit: Visit, name: str, ask: Callable[[], Any]) -> Any:
    """What `ask()` gives; who comes while it is being asked waits for the same."""
    mine: Future[Any] = Future()
    shared = visit.shared.setdefault(name, mine)
    if shared is not mine:
        return shared.result()
    try:
        mine.set_result(ask())
    except BaseException as error:
        del visit.shared[name]
        mine.set_exception(error)
        raise
    return mine.result()
