"""How the documentation is built: `sphinx-build -W docs docs/_build/html`."""

from importlib.metadata import version as installed_version

project = "clerk-wsgi"
author = "the authors of clerk-wsgi"
release = version = installed_version("clerk-wsgi")
copyright = author  # noqa: A001 - the name is Sphinx's

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
# Docstrings are read in code first: `this` is code there as it is here.
default_role = "code"
html_theme = "furo"
html_title = f"clerk-wsgi {release}"

myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
