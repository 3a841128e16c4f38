"""The whole user, as Clerk's Backend API knows them; asked once a request."""

from flask import Flask, jsonify

from clerk_wsgi import ClerkMiddleware, current_user

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.get("/api/me")
def me():
    user = current_user()
    if user is None:
        return jsonify(error="You are not signed in."), 401
    email = user.primary_email_address
    return jsonify(
        name=user.full_name,
        email=email.email_address if email else None,
        picture=user.image_url,
    )
