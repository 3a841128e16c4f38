"""A route asks who is there, and has an answer of its own for nobody."""

from flask import Flask, jsonify

from clerk_wsgi import ClerkMiddleware, auth

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.get("/api/me")
def me():
    user_id = auth().user_id
    if user_id is None:
        return jsonify(error="You are not signed in."), 401
    return jsonify(user=user_id)
