"""Which users fit? The filters of Clerk's list of users (backend API, 3.1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from clerk_wsgi.local.memberships import identifier_of
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

Fits = Callable[[Document], bool]
Listed = Callable[[str], Sequence[str]]

IDENTIFIERS = ("email_address", "phone_number", "username", "web3_wallet")
SIGNED = ("user_id", "external_id", "organization_id")
"""Filters whose values may begin with `+` (one of these) or `-` (none of these)."""
TIMES = ("created_at", "last_active_at", "last_sign_in_at")
SORTED = (
    *("created_at", "updated_at", "email_address", "web3wallet", "first_name"),
    *("last_name", "phone_number", "username", "last_active_at", "last_sign_in_at"),
)


def found_users(
    state: State, query: Mapping[str, str], listed: Listed
) -> list[Document]:
    """`query` are the filters with one value, `listed` gives those with many."""
    tests = [
        *(within(values(kind), listed(kind)) for kind in IDENTIFIERS if listed(kind)),
        *(
            signed(known_as(state, name), listed(name))
            for name in SIGNED
            if listed(name)
        ),
        *text_tests(query),
        *time_tests(query),
    ]
    if query.get("banned"):
        is_banned = query["banned"].lower() == "true"
        tests.append(lambda user: user["banned"] is is_banned)
    if query.get("provider"):
        tests.append(lambda user: False)  # nobody signs in by another provider
    return [u for u in state.records.find("user") if all(fits(u) for fits in tests)]


def text_tests(query: Mapping[str, str]) -> Iterable[Fits]:
    searched = {
        "email_address_query": values("email_address"),
        "phone_number_query": values("phone_number"),
        "username_query": values("username"),
        "name_query": names,
        "query": anything,
    }
    for name, look_at in searched.items():
        if query.get(name):
            yield holding(look_at, query[name])


def time_tests(query: Mapping[str, str]) -> Iterable[Fits]:
    for member in TIMES:
        for end in ("before", "after", "since"):
            text = query.get(f"{member}_{end}", "")
            if text.isascii() and text.isdigit():
                yield timed(member, end, int(text))


def within(look_at: Callable[[Document], list[str]], wanted: Sequence[str]) -> Fits:
    known = {each.casefold() for each in wanted}
    return lambda user: not known.isdisjoint(each.casefold() for each in look_at(user))


def signed(look_at: Callable[[Document], list[str]], wanted: Sequence[str]) -> Fits:
    """A `+` that was not escaped arrives as a space."""
    no = {each[1:] for each in wanted if each.startswith("-")}
    yes = {each.lstrip("+ ") for each in wanted if not each.startswith("-")}

    def fits(user: Document) -> bool:
        has = set(look_at(user))
        return no.isdisjoint(has) and (not yes or not yes.isdisjoint(has))

    return fits


def holding(look_at: Callable[[Document], list[str]], text: str) -> Fits:
    sought = text.strip().casefold()
    return lambda user: any(sought in each.casefold() for each in look_at(user))


def timed(member: str, end: str, moment: int) -> Fits:
    def fits(user: Document) -> bool:
        at = user[member]
        if at is None:
            return False
        return bool(at < moment if end == "before" else at >= moment)

    return fits


def values(kind: str) -> Callable[[Document], list[str]]:
    """All of the user's e-mail addresses, or phone numbers, or the user name."""
    lists = {
        "email_address": "email_addresses",
        "phone_number": "phone_numbers",
        "web3_wallet": "web3_wallets",
    }

    def look_at(user: Document) -> list[str]:
        if kind in lists:
            return [each[kind] for each in user[lists[kind]]]
        return [user[kind]] if user[kind] else []

    return look_at


def known_as(state: State, name: str) -> Callable[[Document], list[str]]:
    def organizations(user: Document) -> list[str]:
        found = state.records.find("membership", user_id=user["id"])
        return [each["organization_id"] for each in found]

    member = "id" if name == "user_id" else name
    if name == "organization_id":
        return organizations
    return lambda user: [user[member]] if user[member] else []


def names(user: Document) -> list[str]:
    both = [user["first_name"] or "", user["last_name"] or ""]
    return [" ".join(filter(None, both))]


def anything(user: Document) -> list[str]:
    found = [each for kind in IDENTIFIERS for each in values(kind)(user)]
    return [user["id"], *names(user), *found, user["external_id"] or ""]


def sort_keys(user: Document) -> dict[str, Any]:
    """What the user is sorted by, where that is no member of the document."""
    numbers = values("phone_number")(user)
    address = identifier_of(user) if user["email_addresses"] else None
    return {
        **user,
        "email_address": address,
        "phone_number": numbers[0] if numbers else None,
        "web3wallet": None,
    }
