"""A dashboard for admins: search for users, give them a role, take it away."""

from check_role import check_role
from flask import Flask, abort, redirect, render_template_string, request
from form_actions import is_same_origin
from werkzeug.exceptions import Forbidden

from clerk_wsgi import (
    ClerkAPIError,
    ClerkMiddleware,
    clerk_client,
    create_route_matcher,
)

ROLES = ("admin", "moderator")
PAGE = """
<!doctype html><title>Users</title>
<form><input name="search" value="{{ query }}"><button>Search</button></form>
{% for user in users %}
<form method="post" action="/admin/set-role">
  {{ user.full_name }}, {{ user.primary_email_address.email_address }}:
  {{ user.public_metadata.role or "no role" }}
  <input type="hidden" name="id" value="{{ user.id }}">
  {% for role in roles %}
  <button name="role" value="{{ role }}">{{ role }}</button>
  {% endfor %}
  <button formaction="/admin/remove-role">no role</button>
</form>
{% endfor %}
"""

app = Flask(__name__)
is_admin_page = create_route_matcher(["/admin", "/admin/(.*)"])


def check(auth, request):
    """Guards the page and every action below it, also those that are added later."""
    if is_admin_page(request):
        auth.protect(lambda has: check_role("admin"))
        if request.method == "POST" and not is_same_origin(request):
            return Forbidden("This form was sent from another site.")
    return None


@app.get("/admin")
def dashboard():
    query = request.args.get("search", "").strip()
    users = clerk_client().users.list(query=query) if query else []
    return render_template_string(PAGE, query=query, users=users, roles=ROLES)


@app.post("/admin/set-role")
def set_role():
    role = request.form["role"]
    if role not in ROLES:
        abort(400)
    return change_role(request.form["id"], role)


@app.post("/admin/remove-role")
def remove_role():
    return change_role(request.form["id"], None)


def change_role(user_id, role):
    """None takes the role away: what is null in a merge is removed."""
    clerk_client().users.update_metadata(user_id, public_metadata={"role": role})
    return redirect("/admin", 303)


@app.errorhandler(ClerkAPIError)
def tell_that_clerk_refused(error):
    return f"{error}\n", 502


app.wsgi_app = ClerkMiddleware(app.wsgi_app, check)
