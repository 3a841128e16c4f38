"""The URL names the organization, and the session follows it.

Who may not enter an organization keeps the one they have, so views compare.
"""

from flask import Flask, abort

from clerk_wsgi import ClerkMiddleware, auth

app = Flask(__name__)


@app.get("/orgs/<slug>")
def organization(slug):
    who = auth.protect()
    if who.org_slug != slug:
        abort(404)
    return f"{slug}, where you are {who.org_role}."


@app.get("/me")
def personal_account():
    who = auth.protect()
    return "Your own account." if who.org_id is None else f"Still in {who.org_slug}."


app.wsgi_app = ClerkMiddleware(
    app.wsgi_app,
    organization_patterns=["/orgs/:slug", "/orgs/:slug/(.*)"],
    personal_account_patterns=["/me", "/me/(.*)"],
)
