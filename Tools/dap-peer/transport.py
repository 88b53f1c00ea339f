"""HTTP as DAP uses it: media types, bearer tokens, problem documents, and resources that are not ready yet."""

import dataclasses
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

PROBLEM_PREFIX = "urn:ietf:params:ppm:dap:error:"
#: The walk extension's problems.
WALK_PROBLEM_PREFIX = "tag:populus.example,2026:dap-walk:error:"


#: Further fields of all requests about a task, by the task's ID as URLs have it.
TASK_FIELDS: dict[str, dict[str, str]] = {}


class Refused(Exception):
    """A response of the classes 4xx and 5xx."""

    def __init__(self, status: int, type: str, document: dict):
        self.status, self.type, self.document = status, type, document
        super().__init__(f"{status} {type}: {document.get('detail', '')}")

    @property
    def name(self) -> str:
        """The problem's name without the name space."""
        return self.type.removeprefix(PROBLEM_PREFIX).removeprefix(WALK_PROBLEM_PREFIX)


@dataclass(frozen=True)
class Response:
    status: int
    url: str
    media_type: str
    headers: http.client.HTTPMessage
    body: bytes

    def expect(self, media_type: str) -> bytes:
        """The body, if it is what it should be. Parameters other than `message` do not matter."""
        if _essence(self.media_type) != _essence(media_type):
            raise ProtocolError(f"{self.url} answers with {self.media_type!r}, {media_type!r} is due")
        return self.body


class ProtocolError(Exception):
    """An answer that the specification does not permit."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def _essence(media_type: str) -> tuple[str, str]:
    name, *parameters = (part.strip() for part in media_type.split(";"))
    named = dict(part.partition("=")[::2] for part in parameters)
    return name.lower(), named.get("message", "").strip('"')


def _task_fields(url: str) -> dict[str, str]:
    """What goes with a request because of the task that its path names."""
    segments = urllib.parse.urlsplit(url).path.split("/")
    named = [after for before, after in zip(segments, segments[1:]) if before == "tasks"]
    return TASK_FIELDS.get(named[-1], {}) if named else {}


def request(method: str, url: str, *, body: bytes | None = None, media_type: str | None = None,
            token: str | None = None, timeout: float = 120) -> Response:
    """One exchange. Raises `Refused` for a status of 400 or more."""
    headers = {"Content-Type": media_type} if media_type else {}
    headers |= _task_fields(url)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    outgoing = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with _opener.open(outgoing, timeout=timeout) as incoming:
            return Response(incoming.status, url, incoming.headers.get("Content-Type", ""), incoming.headers,
                            incoming.read())
    except urllib.error.HTTPError as error:
        with error:
            content = error.read()
        document = {}
        if _essence(error.headers.get("Content-Type", ""))[0] == "application/problem+json":
            document = json.loads(content)
        raise Refused(error.code, document.get("type", "about:blank"), document) from None


def create(url: str, body: bytes, media_type: str, token: str, patience: float = 120) -> Response:
    """Creates a resource and waits until it is ready (DAP §3.1, §3.2). A body that is empty means: not yet."""
    response = request("POST", url, body=body, media_type=media_type, token=token)
    location = response.headers.get("Location")
    if location is None:
        raise ProtocolError("a resource was created without a Location")
    return wait(at(response, join(url, location)), token, patience)


def join(url: str, location: str) -> str:
    """A `Location` may be relative to the URL that was asked."""
    return urllib.parse.urljoin(url, location)


def at(response: Response, url: str) -> Response:
    """A response as that of another resource."""
    return dataclasses.replace(response, url=url)


def wait(response: Response, token: str, patience: float = 120) -> Response:
    """Polls a resource until it has a body. `url` of the response is where the resource lies."""
    deadline = time.monotonic() + patience
    while not response.body:
        if time.monotonic() > deadline:
            raise ProtocolError(f"{response.url} is not ready after {patience} s")
        time.sleep(min(float(response.headers.get("Retry-After", "1")), 1.0))
        response = request("GET", response.url, token=token)
    return response
