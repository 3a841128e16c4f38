"""Pictures of users and organizations, as the instance hands them out again."""

from base64 import b64decode, b64encode

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.state import State

KIND = "image"
PATH = "/v1/images"
LARGEST = 5 * 1024 * 1024
SIGNS = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/webp": (b"RIFF",),
}
"""What files of that type begin with: what the sender says is not asked."""


def keep_image(state: State, owner: Document, raw: bytes) -> str:
    """The id of the picture, in place of the owner's former one. Raises ApiError (422).

    `owner` is a user or an organization.
    """
    image = {
        "id": state.ids.new("img"),
        "owner_id": owner["id"],
        "type": type_of(raw),
        "data": b64encode(raw).decode(),
    }
    with state.changing():
        drop_image(state, owner)
        state.records.keep(KIND, image)
    return str(image["id"])


def drop_image(state: State, owner: Document) -> None:
    with state.changing():
        for each in state.records.find(KIND, owner_id=owner["id"]):
            state.records.drop(KIND, each["id"])


def image(state: State, identity: str) -> tuple[str, bytes]:
    """Its media type and its bytes. Raises ApiError (404)."""
    found = state.records.get(KIND, identity)
    if found is None:
        raise ApiError(404, "image_not_found", "Image not found")
    return str(found["type"]), b64decode(found["data"])


def type_of(raw: bytes) -> str:
    for media_type, signs in SIGNS.items():
        if raw.startswith(signs):
            return media_type
    said = "The file is no PNG, JPEG, GIF or WebP image."
    raise ApiError(422, "form_param_value_invalid", said, "file")
