"""Data from another service, asked for in the user's name.

The service trusts tokens that Clerk makes from the JWT template "supabase".
"""

import os

import urllib3
from flask import Flask, abort, jsonify

from clerk_wsgi import ClerkMiddleware, auth

ORDERS = f"{os.environ['SUPABASE_URL']}/rest/v1/orders"

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.get("/api/orders")
def orders():
    token = auth().get_token(template="supabase")
    if token is None:
        abort(401)
    headers = {"Authorization": f"Bearer {token}"}
    answer = urllib3.request("GET", ORDERS, headers=headers, timeout=3, retries=False)
    return jsonify(answer.json()), answer.status
