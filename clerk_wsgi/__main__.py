"""`python -m clerk_wsgi` is `clerk-wsgi`."""

import sys

from clerk_wsgi.cli import main

if __name__ == "__main__":
    sys.exit(main())
