"""The Backend API's calls about pictures, and the pictures themselves."""

from collections.abc import Mapping
from contextlib import closing

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from clerk_wsgi.local.answers import ApiError
from clerk_wsgi.local.bapi_calls import Asked, Call, Part
from clerk_wsgi.local.fapi_origins import base_url
from clerk_wsgi.local.images import LARGEST, PATH, drop_image, image, keep_image
from clerk_wsgi.local.organizations import change_organization, need_organization
from clerk_wsgi.local.records import Document
from clerk_wsgi.local.users import change_user

FOR_FORM = 64 * 1024


class BackendImages(Part):
    def calls(self) -> Mapping[str, Call]:
        user, logo = (
            "/v1/users/<user_id>/profile_image",
            "/v1/organizations/<name>/logo",
        )
        return {
            f"POST {user}": self.set_portrait,
            f"DELETE {user}": self.delete_portrait,
            f"PUT {logo}": self.set_logo,
            f"DELETE {logo}": self.delete_logo,
        }

    def rules(self) -> list[Rule]:
        """Everybody may see a picture whose id is known."""
        seen = Rule(f"{PATH}/<identity>", endpoint=self.image, methods=["GET"])
        return [*super().rules(), seen]

    def image(self, request: Request, identity: str) -> Response:
        media_type, raw = image(self.state, identity)
        answer = Response(raw, content_type=media_type)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer

    def set_portrait(self, asked: Asked, user_id: str) -> Document:
        user = self.state.need("user", user_id)
        url = self.kept(asked, user)
        return change_user(self.state, user_id, **portrait(url))

    def delete_portrait(self, asked: Asked, user_id: str) -> Document:
        drop_image(self.state, self.state.need("user", user_id))
        return change_user(self.state, user_id, **portrait(""))

    def set_logo(self, asked: Asked, name: str) -> Document:
        organization = need_organization(self.state, name)
        url = self.kept(asked, organization)
        return change_organization(self.state, organization["id"], **logo(url))

    def delete_logo(self, asked: Asked, name: str) -> Document:
        organization = need_organization(self.state, name)
        drop_image(self.state, organization)
        return change_organization(self.state, organization["id"], **logo(""))

    def kept(self, asked: Asked, owner: Document) -> str:
        """The picture's URL."""
        identity = keep_image(self.state, owner, file_in(asked.request))
        return f"{base_url(asked.request)}{PATH}/{identity}"


def file_in(request: Request) -> bytes:
    """The picture in a form. Raises ApiError (400), or RequestEntityTooLarge."""
    request.max_content_length = LARGEST + FOR_FORM
    request.max_form_memory_size = 4 * FOR_FORM  # more than is read at a time
    with closing(request):
        sent = request.files.get("file")
        if sent is None:
            said = "There was no image file present in the request"
            raise ApiError(400, "form_param_missing", said, "file")
        raw: bytes = sent.read(LARGEST)
    return raw


def portrait(url: str) -> Document:
    return {"image_url": url, "profile_image_url": url, "has_image": bool(url)}


def logo(url: str) -> Document:
    return {"image_url": url, "logo_url": url or None, "has_image": bool(url)}
