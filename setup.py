from pathlib import Path

from setuptools import find_packages, setup

README = Path(__file__).with_name("README.md").read_text("utf-8")
VERSION = "0.1.0"

WEB = ["bottle", "django", "falcon", "flask", "pyramid"]
SERVERS = ["cheroot", "gevent", "granian", "gunicorn", "waitress"]
CLERKS = ["clerk-backend-api"]
EVENTS = ["opentelemetry-sdk", "prometheus-client"]
ORACLES = ["pyjwt"]
TOOLS = ["hypothesis", "pytest", "redis", "selenium", "setuptools>=77", "webtest"]
TEST = [*TOOLS, *WEB, *SERVERS, *CLERKS, *EVENTS, *ORACLES]

setup(
    name="clerk-wsgi",
    version=VERSION,
    description="Clerk in front of any WSGI application.",
    long_description=README,
    long_description_content_type="text/markdown",
    license_expression="MIT",
    python_requires=">=3.11",
    packages=[
        *find_packages(include=["clerk_wsgi", "clerk_wsgi.*"]),
        "clerk_wsgi.backends",
    ],
    package_dir={"clerk_wsgi.backends": "backends"},
    package_data={
        "clerk_wsgi": ["py.typed", "local/pages/*", "local/seeds.toml", "cli/pages/*"]
    },
    install_requires=[
        "authlib>=1.9",
        "cachetools>=6",
        "cryptography>=45.0.1",
        "joserfc>=1.7.4",
        "urllib3>=2.6",
        "werkzeug>=3.1",
    ],
    extras_require={
        "test": TEST,
        "opentelemetry": ["opentelemetry-api"],
        "prometheus": ["prometheus-client"],
        "redis": ["redis>=5"],
        "docs": ["furo", "myst-parser", "sphinx"],
    },
    entry_points={
        "console_scripts": ["clerk-wsgi = clerk_wsgi.cli:main"],
        "clerk_wsgi.backends": [
            "jwks = clerk_wsgi.backends.jwks:JwksBackend",
            "pem = clerk_wsgi.backends.pem:PemBackend",
            "api = clerk_wsgi.backends.api:BackendApi",
            "proxy = clerk_wsgi.backends.proxy:ProxyTransport",
            "memory = clerk_wsgi.backends.memory:MemoryStore",
            "redis = clerk_wsgi.backends.redis:RedisStore",
            "rediss = clerk_wsgi.backends.redis:RedisStore",
        ],
        "pytest11": ["clerk_wsgi = clerk_wsgi.testing.plugin"],
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Internet :: WWW/HTTP :: WSGI :: Middleware",
        "Topic :: Security",
        "Typing :: Typed",
    ],
)
