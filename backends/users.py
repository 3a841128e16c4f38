"""Users: `clerk_client().users`. Source: Clerk, backend API, 3.1 and 3.2."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from clerk_wsgi.backends.group import Group
from clerk_wsgi.backends.organization_resources import OrganizationMembership
from clerk_wsgi.backends.resource import Page
from clerk_wsgi.backends.resources import Deleted
from clerk_wsgi.backends.user_resources import OAuthAccessToken, User

PAGING = ("limit", "offset", "order_by")


class Users(Group):
    def get(self, user_id: str) -> User:
        return self._ask(User, "GET", "users", user_id)

    def read(self, raw: dict[str, Any]) -> User:
        """The user whose `raw` JSON this is; Clerk is not asked."""
        return User(raw)

    def list(self, **filters: Any) -> Page[User]:
        """Users that fit, and how many do: two calls, made at the same time.

        Filters are Clerk's: `query`, `limit` (1 to 500), `offset`, `order_by`,
        `email_address=[...]`, `user_id=[...]`, `organization_id=[...]` and so on.
        """
        others = {k: v for k, v in filters.items() if k not in PAGING}
        with ThreadPoolExecutor(1, "clerk-count") as beside:
            counted = beside.submit(self.count, **others)
            users = self._list(User, "users", query=filters)
            return Page(users.data, counted.result())

    def count(self, **filters: Any) -> int:
        """How many users fit these filters."""
        return self._ask(int, "GET", "users", "count", query=filters)

    def create(self, **fields: Any) -> User:
        """`email_address=[...]`, `first_name`, `password`, `public_metadata`..."""
        return self._ask(User, "POST", "users", body=fields)

    def update(self, user_id: str, **fields: Any) -> User:
        """Change these fields; None empties one.

        Metadata given here replaces what was there: `update_metadata` and
        `replace_metadata` say which is meant.
        """
        return self._update(User, ("users", user_id), fields)

    def update_metadata(self, user_id: str, **metadata: Any) -> User:
        """Merge `public_metadata`, `private_metadata` and `unsafe_metadata`.

        Objects are merged at any depth; a key that is None is removed; lists and
        plain values are replaced.
        """
        return self._ask(User, "PATCH", "users", user_id, "metadata", body=metadata)

    def replace_metadata(self, user_id: str, **metadata: Any) -> User:
        """Replace each of the metadata fields that is given."""
        return self._ask(User, "PUT", "users", user_id, "metadata", body=metadata)

    def delete(self, user_id: str) -> Deleted:
        return self._ask(Deleted, "DELETE", "users", user_id)

    def ban(self, user_id: str) -> User:
        """Revoke the user's sessions and let them sign in no more."""
        return self._ask(User, "POST", "users", user_id, "ban")

    def unban(self, user_id: str) -> User:
        return self._ask(User, "POST", "users", user_id, "unban")

    def lock(self, user_id: str) -> User:
        return self._ask(User, "POST", "users", user_id, "lock")

    def unlock(self, user_id: str) -> User:
        return self._ask(User, "POST", "users", user_id, "unlock")

    def verify_password(self, user_id: str, password: str) -> bool:
        """True for the right one; a wrong one is a ClerkAPIError of Clerk's."""
        asked = {"password": password}
        return self._is_verified(user_id, "verify_password", asked)

    def verify_totp(self, user_id: str, code: str) -> bool:
        """True for the right code; a wrong one is a ClerkAPIError of Clerk's."""
        return self._is_verified(user_id, "verify_totp", {"code": code})

    def _is_verified(self, user_id: str, how: str, asked: dict[str, str]) -> bool:
        answer = self._ask(object, "POST", "users", user_id, how, body=asked)
        return isinstance(answer, dict) and answer.get("verified") is True

    def list_oauth_access_tokens(
        self, user_id: str, provider: str, **paging: Any
    ) -> Page[OAuthAccessToken]:
        """What the provider (`google` or `oauth_google`) gave for this user."""
        if provider and not provider.startswith("oauth_"):
            provider = f"oauth_{provider}"
        path = ("users", user_id, "oauth_access_tokens", provider)
        return self._list(OAuthAccessToken, *path, query={**paging, "paginated": True})

    def list_memberships(
        self, user_id: str, **paging: Any
    ) -> Page[OrganizationMembership]:
        """The user's organizations, with the role in each."""
        path = ("users", user_id, "organization_memberships")
        return self._list(OrganizationMembership, *path, query=paging)

    def set_profile_image(
        self,
        user_id: str,
        image: bytes,
        *,
        filename: str = "image",
        content_type: str = "application/octet-stream",
    ) -> User:
        files = {"file": (filename, image, content_type)}
        path = ("users", user_id, "profile_image")
        return self._ask(User, "POST", *path, files=files)

    def delete_profile_image(self, user_id: str) -> User:
        return self._ask(User, "DELETE", "users", user_id, "profile_image")
