"""The operator's page at `/admin`: a few files of the package, which ask the API with the key that is typed
into them. They hold nothing of anybody."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HOME = "admin.html"
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "img-src data:",  # the icon, which is empty
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",  # no text becomes HTML, not even by mistake
            "trusted-types 'none'",
        )
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",  # kept, and asked about: after an upgrade nobody has half of the old one
}


def operator_routes() -> list[Route]:
    """The page, and what it is made of. Read once: the package may be on a disk that nobody writes."""
    pages = {
        file.name: _serve(file.name, file.read_bytes()) for file in files("gateway").joinpath("web").iterdir()
    }

    async def part(request: Request) -> Response:
        serve = pages.get(request.path_params["name"])
        if serve is None:
            raise HTTPException(404)
        return await serve(request)

    home = pages[HOME]
    return [Route("/admin", home), Route("/admin/", home), Route("/admin/{name}", part)]


def _serve(name: str, content: bytes) -> Callable[[Request], Awaitable[Response]]:
    kind = KINDS[PurePath(name).suffix]
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, "ETag": etag}

    async def serve(request: Request) -> Response:
        if etag in _named(request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=kind)

    return serve


def _named(if_none_match: str) -> list[str]:
    """Entity tags, weak ones as strong: a proxy that compresses makes them so (RFC 9110, section 13.1.2)."""
    return [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
