"""The same credentials once more: asked again only what may have changed."""

from clerk_wsgi.core.attempt import Attempt
from clerk_wsgi.core.options import Options
from clerk_wsgi.core.ports import Ports, Verified
from clerk_wsgi.core.request import RequestView
from clerk_wsgi.core.token_keys import name_of_key


def recall(request: RequestView, options: Options, ports: Ports) -> Verified | None:
    """The session that these very headers proved before, if they still prove it.

    Its key, the time and what was revoked are asked again. In doubt this is None, and
    the request is judged from the start: near expiry too, where the choice between
    plain and suffixed cookies may turn out differently.
    """
    known = ports.remembered.get(request.credentials)
    if known is None or not known.since_ms <= ports.now() < known.until_ms:
        return None
    if options.is_satellite or not is_plain(request.query_string):
        return None
    try:
        key = ports.find_key(name_of_key(known.token))
        is_cut_off = ports.revocations.judge(known)
    except Exception:  # who judges from the start meets it again, and reports it
        return None
    if is_cut_off or not (key is known.key or key == known.key):
        return None
    return known


def remember(attempt: Attempt, verified: Verified) -> None:
    """Keep what these headers proved, unless a handshake waits among them.

    Only for a token that comes again: many headers come once and never more.
    """
    if not attempt.is_known or attempt.handshake_nonce or attempt.handshake_token:
        return
    if is_plain(attempt.request.query_string):
        attempt.ports.remembered[attempt.request.credentials] = verified


def is_plain(query: str) -> bool:
    """Can the query hold none of Clerk's parameters, in any spelling?"""
    return not query or ("clerk" not in query and "%" not in query)
