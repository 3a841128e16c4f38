"""The Backend API: users change their own names.

JSON is all that is read, and no page of another site can have it sent.
"""

from flask import Flask, jsonify, request

from clerk_wsgi import ClerkMiddleware, auth, clerk_client

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.post("/api/names")
def update_names():
    who = auth.protect()
    names = request.get_json()
    user = clerk_client().users.update(
        who.user_id, first_name=names["first"], last_name=names["last"]
    )
    return jsonify(name=user.full_name)
