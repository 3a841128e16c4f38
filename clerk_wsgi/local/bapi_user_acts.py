"""What the Backend API does to a user besides (Clerk: backend API, 3.1)."""

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import BULK, Asked, Call, Part
from clerk_wsgi.local.memberships import membership_resource, memberships_of
from clerk_wsgi.local.organization_invitations import invitations_for
from clerk_wsgi.local.params import read, text, texts
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.user_changes import (
    ban_user,
    lock_user,
    remove_password,
    require_password,
    unban_user,
    unlock_user,
)


class BackendUserActs(Part):
    def calls(self) -> dict[str, Call]:
        user = "/v1/users/<user_id>"
        return {
            f"POST {user}/ban": self.ban,
            f"POST {user}/unban": self.unban,
            f"POST {user}/lock": self.lock,
            f"POST {user}/unlock": self.unlock,
            "POST /v1/users/ban": self.ban_many,
            "POST /v1/users/unban": self.unban_many,
            f"POST {user}/verify_password": self.verify_password,
            f"POST {user}/verify_totp": self.verify_totp,
            f"POST {user}/remove_password": self.remove_password,
            f"DELETE {user}/mfa": self.without_mfa,
            f"DELETE {user}/totp": self.without_mfa,
            f"DELETE {user}/backup_code": self.without_mfa,
            f"GET {user}/organization_memberships": self.memberships,
            f"GET {user}/organization_invitations": self.invitations,
            f"GET {user}/oauth_access_tokens/<provider>": self.oauth_tokens,
        }

    def ban(self, asked: Asked, user_id: str) -> Document:
        return ban_user(self.state, user_id)

    def unban(self, asked: Asked, user_id: str) -> Document:
        return unban_user(self.state, user_id)

    def lock(self, asked: Asked, user_id: str) -> Document:
        return lock_user(self.state, user_id)

    def unlock(self, asked: Asked, user_id: str) -> Document:
        return unlock_user(self.state, user_id)

    def ban_many(self, asked: Asked) -> list[Document]:
        return [ban_user(self.state, each) for each in some_users(asked)]

    def unban_many(self, asked: Asked) -> list[Document]:
        return [unban_user(self.state, each) for each in some_users(asked)]

    def verify_password(self, asked: Asked, user_id: str) -> Document:
        given = read(asked.body, {"password": text}, required=["password"])
        require_password(self.state, user_id, given["password"])
        return {"verified": True}

    def verify_totp(self, asked: Asked, user_id: str) -> Document:
        """Nobody has a second factor here."""
        read(asked.body, {"code": text}, required=["code"])
        self.state.need("user", user_id)
        said = "This user does not have TOTP enabled in their account"
        raise ApiError(400, "totp_disabled", said)

    def remove_password(self, asked: Asked, user_id: str) -> Document:
        return remove_password(self.state, user_id)

    def without_mfa(self, asked: Asked, user_id: str) -> Document:
        return {"user_id": self.state.need("user", user_id)["id"]}

    def memberships(self, asked: Asked, user_id: str) -> Document:
        self.state.need("user", user_id)
        page = asked.page(asked.ordered(memberships_of(self.state, user_id)))
        page["data"] = [membership_resource(self.state, e) for e in page["data"]]
        return page

    def invitations(self, asked: Asked, user_id: str) -> Document:
        user = self.state.need("user", user_id)
        statuses = asked.listed("status") or ["pending"]
        return asked.page(invitations_for(self.state, user, statuses))

    def oauth_tokens(self, asked: Asked, user_id: str, provider: str) -> object:
        """Nobody signs in by another provider here."""
        self.state.need("user", user_id)
        return asked.page([]) if asked.is_set("paginated") else []


def some_users(asked: Asked) -> list[str]:
    given = read(asked.body, {"user_ids": texts}, required=["user_ids"])
    users: list[str] = given["user_ids"]
    if len(users) > 10 * BULK:
        said = f"user_ids should not exceed {10 * BULK} items."
        raise ApiError(422, "form_param_array_size_exceeded", said, "user_ids")
    return users
