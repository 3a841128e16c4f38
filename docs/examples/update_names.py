"""The Backend API: users change their own names.

JSON is all that is read, and no page of another site can have it sent.
"""

from flask import Flask, abort, jsonify, request

from clerk_wsgi import ClerkMiddleware, auth, clerk_client

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.post("/api/names")
def update_names():
    who = auth.protect()
    match request.get_json():
        case {"first": str(first), "last": str(last)}:
            names = {"first_name": first, "last_name": last}
        case _:
            abort(400)
    user = clerk_client().users.update(who.user_id, **names)
    return jsonify(name=user.full_name)
