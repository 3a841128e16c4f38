"""A user and what belongs to one. Source: Clerk, backend API, 4.1."""

from collections.abc import Iterable
from typing import Any, TypeVar

from clerk_wsgi.backends.resource import Resource, field

Entry = TypeVar("Entry", bound=Resource)


class Verification(Resource):
    """Whether an address or account is its owner's, and how that was found out."""

    status: str = field()
    strategy: str = field()
    attempts: int | None = field()
    expire_at: int | None = field()
    external_verification_redirect_url: str | None = field()
    nonce: str | None = field()
    message: str | None = field()


class IdentificationLink(Resource):
    """Another identification that this one came with."""

    id: str = field()
    type: str = field()


class EmailAddress(Resource):
    kind = "email_address"

    id: str = field()
    email_address: str = field()
    verification: Verification | None = field(of=Verification)
    linked_to: list[IdentificationLink] = field(list, of=IdentificationLink)


class PhoneNumber(Resource):
    kind = "phone_number"

    id: str = field()
    phone_number: str = field()
    reserved_for_second_factor: bool = field(bool)
    default_second_factor: bool = field(bool)
    reserved: bool = field(bool)
    verification: Verification | None = field(of=Verification)
    linked_to: list[IdentificationLink] = field(list, of=IdentificationLink)


class Web3Wallet(Resource):
    kind = "web3_wallet"

    id: str = field()
    web3_wallet: str = field()
    verification: Verification | None = field(of=Verification)


class ExternalAccount(Resource):
    """An account at a provider that the user signs in with."""

    kind = "external_account"

    id: str = field()
    provider: str = field()
    email_address: str = field()
    public_metadata: dict[str, Any] = field(dict)
    verification: Verification | None = field(of=Verification)


class OAuthAccessToken(Resource):
    """What a provider gave for the user's account there; `token` is a secret."""

    kind = "oauth_access_token"

    external_account_id: str = field()
    provider: str = field()
    token: str = field()
    public_metadata: dict[str, Any] = field(dict)
    label: str = field(str)
    scopes: list[str] = field(list)
    expires_at: int | None = field()


class User(Resource):
    kind = "user"

    id: str = field()
    external_id: str | None = field()
    username: str | None = field()
    first_name: str | None = field()
    last_name: str | None = field()
    image_url: str = field(str)
    has_image: bool = field(bool)
    primary_email_address_id: str | None = field()
    primary_phone_number_id: str | None = field()
    primary_web3_wallet_id: str | None = field()
    password_enabled: bool = field(bool)
    two_factor_enabled: bool = field(bool)
    totp_enabled: bool = field(bool)
    backup_code_enabled: bool = field(bool)
    email_addresses: list[EmailAddress] = field(list, of=EmailAddress)
    phone_numbers: list[PhoneNumber] = field(list, of=PhoneNumber)
    web3_wallets: list[Web3Wallet] = field(list, of=Web3Wallet)
    external_accounts: list[ExternalAccount] = field(list, of=ExternalAccount)
    enterprise_accounts: list[Resource] = field(list, of=Resource)
    password_last_updated_at: int | None = field()
    public_metadata: dict[str, Any] = field(dict)
    private_metadata: dict[str, Any] = field(dict)
    unsafe_metadata: dict[str, Any] = field(dict)
    last_sign_in_at: int | None = field()
    last_active_at: int | None = field()
    banned: bool = field(bool)
    locked: bool = field(bool)
    deprovisioned: bool = field(bool)
    lockout_expires_in_seconds: int | None = field()
    verification_attempts_remaining: int | None = field()
    created_at: int = field()
    updated_at: int = field()
    create_organization_enabled: bool = field(bool)
    create_organizations_limit: int | None = field()
    delete_self_enabled: bool = field(bool)
    legal_accepted_at: int | None = field()
    locale: str | None = field()
    timezone: str | None = field()

    @property
    def full_name(self) -> str | None:
        """First and last name, or the one there is."""
        return " ".join(filter(None, (self.first_name, self.last_name))).strip() or None

    @property
    def primary_email_address(self) -> EmailAddress | None:
        return named(self.primary_email_address_id, self.email_addresses)

    @property
    def primary_phone_number(self) -> PhoneNumber | None:
        return named(self.primary_phone_number_id, self.phone_numbers)

    @property
    def primary_web3_wallet(self) -> Web3Wallet | None:
        return named(self.primary_web3_wallet_id, self.web3_wallets)


def named(identity: str | None, entries: Iterable[Entry]) -> Entry | None:
    """The entry with that id, None if there is none."""
    for each in entries if identity else ():
        if isinstance(each, Resource) and each.raw.get("id") == identity:
            return each
    return None
