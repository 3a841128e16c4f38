"""One WSGI class a module, each answering one question."""
