"""A page sends strangers to sign-in, and from there back to itself."""

from flask import Flask

from clerk_wsgi import ClerkMiddleware, auth

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.get("/dashboard")
def dashboard():
    who = auth()
    if who.user_id is None:
        return who.redirect_to_sign_in()
    return f"Hello, {who.user_id}."
