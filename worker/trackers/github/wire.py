"""How PyGithub's requests reach the network: its own connection classes, with three corrections.

PyGithub follows a 301 by the path alone and so loses `since`, `state` and `per_page` of a renamed repository's list;
here a 301 comes back as a 308, and `GitHubClient` follows it whole. Bodies are always read as UTF-8, which is what JSON
is, instead of being guessed. And one `requests` session serves one thread, whatever the credential.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, RequestsResponse

REDIRECTS = frozenset({301, 302, 307, 308})


def _corrected(answer: RequestsResponse) -> RequestsResponse:
    answer.response.encoding = "utf-8"
    if answer.status == 301:
        answer.status = 308
    return answer


class HttpsWire(HTTPSRequestsConnectionClass):
    """A TLS connection pool of one thread."""

    def getresponse(self) -> RequestsResponse:
        return _corrected(super().getresponse())


class HttpWire(HTTPRequestsConnectionClass):
    """The same without TLS, for servers on this machine."""

    def getresponse(self) -> RequestsResponse:
        return _corrected(super().getresponse())


Wire = HttpsWire | HttpWire


def wire_to(api_url: str, *, timeout_s: int) -> Wire:
    """A connection to the server of `api_url` that never repeats a request by itself."""
    parts = urlsplit(api_url)
    kind = HttpsWire if parts.scheme == "https" else HttpWire
    return kind(parts.hostname or "", parts.port, timeout=timeout_s, retry=None)
