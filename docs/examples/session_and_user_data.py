"""What the session tells at no cost, and what Clerk tells about the user."""

from flask import Flask, jsonify

from clerk_wsgi import ClerkMiddleware, auth, current_user

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.get("/api/session")
def session():
    """Read from the token: no call is made."""
    who = auth.protect()
    return jsonify(
        user=who.user_id,
        session=who.session_id,
        organization=who.org_slug,
        role=who.org_role,
        permissions=who.org_permissions,
        issued_at=who.session_claims["iat"],
        may_read_reports=who.has(permission="org:reports:read"),
    )


@app.get("/api/user")
def user():
    """Read from Clerk's Backend API."""
    auth.protect()
    user = current_user()
    return jsonify(
        id=user.id,
        first_name=user.first_name,
        emails=[each.email_address for each in user.email_addresses],
        plan=user.public_metadata.get("plan"),
    )
