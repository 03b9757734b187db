"""The way to the internet: straight, or through the proxy that the user's environment names; and what goes past it."""

import os

import httpx

from lab.core.errors import UsageError

PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy")


def client() -> httpx.Client:
    """Return a client that follows redirects. Raises UsageError for a proxy that it can't use, such as SOCKS."""
    try:
        return httpx.Client(follow_redirects=True, timeout=60)
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        names = [name for name in PROXIES if (url := os.environ.get(name)) and not _usable(url)]
        what = f"{', '.join(names) or 'the proxy settings'} can't be used for a download"
        fix = "name an http:// proxy there, or unset it"
        raise UsageError(what, why=str(error).splitlines()[0], fix=fix) from error


def past(names: str) -> dict[str, str]:
    """Return variables that keep another program's calls to `names` off the proxy, with those the user keeps off it."""
    theirs = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    return dict.fromkeys(("NO_PROXY", "no_proxy"), f"{theirs},{names}" if theirs else names)


def _usable(url: str) -> bool:
    """Return whether a proxy's setting is one for the client; the environment may leave its http:// out."""
    try:
        httpx.Client(proxy=url if "://" in url else f"http://{url}").close()
    except (ImportError, ValueError, httpx.InvalidURL):
        return False
    return True
