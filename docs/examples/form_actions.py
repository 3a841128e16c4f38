"""Forms that do something: only for those who signed in, only from our own pages."""

from flask import Flask, redirect
from flask import request as sent
from werkzeug.exceptions import Forbidden

from clerk_wsgi import ClerkMiddleware, auth

app = Flask(__name__)
posts = []


def is_same_origin(request):
    """Was it sent by a page of this site? Browsers say so, and pages cannot lie."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.url.origin


def check(auth, request):
    if request.method not in ("GET", "HEAD") and not is_same_origin(request):
        return Forbidden("This form was sent from another site.")
    return None


@app.get("/posts")
def write():
    return '<form method="post"><input name="title"><button>Post</button></form>'


@app.post("/posts")
def publish():
    who = auth.protect()
    posts.append((who.user_id, sent.form["title"]))
    return redirect("/posts", 303)


app.wsgi_app = ClerkMiddleware(app.wsgi_app, check)
