"""A route protects itself. Code below `protect` runs only for those who may."""

from flask import Flask, jsonify

from clerk_wsgi import ClerkMiddleware, auth

app = Flask(__name__)
app.wsgi_app = ClerkMiddleware(app.wsgi_app)


@app.get("/api/me")
def me():
    who = auth.protect()
    return jsonify(user=who.user_id)


@app.delete("/api/invoices/<int:number>")
def delete_invoice(number):
    who = auth.protect(permission="org:invoices:delete")
    return jsonify(deleted=number, by=who.user_id)
