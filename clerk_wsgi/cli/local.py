"""`clerk-wsgi local`: an instance alone, for an application that runs by itself."""

from collections.abc import Mapping
from shlex import quote
from typing import Any

from clerk_wsgi.cli.serving import serve as serve_on
from clerk_wsgi.cli.telling import chosen_seeds, kept, people
from clerk_wsgi.core.errors import ConfigurationError
from clerk_wsgi.local import LocalClerk
from clerk_wsgi.local.data_file import IN_MEMORY

KEYS = {
    "publishable_key": "CLERK_PUBLISHABLE_KEY",
    "secret_key": "CLERK_SECRET_KEY",
}


def serve(
    port: int,
    env: Mapping[str, str],
    *,
    data: str | None = None,
    seeds: str | None = None,
    clerk_js: str | None = None,
    webhook: str | None = None,
    is_production: bool = False,
) -> None:
    """Serve until Ctrl-C. Test keys are taken from `env`, live ones are refused."""
    manner = "production" if is_production else "development"
    keys = {} if is_production else test_keys(env)
    sown = chosen_seeds(seeds)
    with LocalClerk(
        sown,
        data=data or IN_MEMORY,
        manner=manner,
        clerk_js=clerk_js,
        webhook_url=webhook,
        **keys,
    ) as local:

        def told(origin: str) -> str:
            pairs = exported(local, origin)
            parts = [
                f"A local Clerk is at {origin}/ (Ctrl-C ends it). "
                "For your application:",
                "\n".join(f"export {name}={quote(text)}" for name, text in pairs),
                people(local, sown),
                "\n".join(where(local)),
            ]
            return "\n\n".join(parts)

        local.sender.start()
        serve_on(port, lambda origin: local, told)


def test_keys(env: Mapping[str, str]) -> dict[str, Any]:
    """Those that are set. Raises ConfigurationError for live ones."""
    found = {name: env[KEYS[name]] for name in KEYS if env.get(KEYS[name])}
    for name, key in found.items():
        if "_live_" in key[:8]:
            raise ConfigurationError(
                f"A local Clerk takes no live keys: unset {KEYS[name]}, or set it to a "
                "test key."
            )
    return found


def exported(local: LocalClerk, origin: str) -> list[tuple[str, str]]:
    """The variables of an application on another port; secrets that guard nothing."""
    pairs = [
        ("CLERK_PUBLISHABLE_KEY", local.publishable_key),
        ("CLERK_SECRET_KEY", local.secret_key),
        ("CLERK_API_URL", origin),
        ("CLERK_PROXY_URL", origin),
        ("CLERK_SIGN_IN_URL", f"{origin}/sign-in"),
        ("CLERK_SIGN_UP_URL", f"{origin}/sign-up"),
    ]
    if local.webhooks.url:
        secret = local.settings.webhook_secret
        pairs.append(("CLERK_WEBHOOK_SIGNING_SECRET", secret))
    return pairs


def where(local: LocalClerk) -> list[str]:
    """What becomes of things."""
    url = local.webhooks.url
    sent = f"sent to {url}" if url else "kept, not sent (--webhook URL)"
    return [
        f"{kept(local)} Webhooks are {sent}.",
        "It listens on this machine only, and takes no live keys.",
    ]
