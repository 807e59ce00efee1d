"""Serves the page, its parts, and the files that were uploaded."""

from dataclasses import replace
from pathlib import Path

from aiohttp import web

from bot.localslack.workspace import Workspace

FOLDER = Path(__file__).parent / "page"
_POLICY = "default-src 'self'; img-src 'self' data: https: http:; frame-ancestors 'none'"


def add_page(app: web.Application, workspace: Workspace) -> None:
    """Add the routes of the page and of the files."""

    async def page(_request: web.Request) -> web.StreamResponse:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return web.FileResponse(FOLDER / "index.html", headers=headers)

    async def download(request: web.Request) -> web.StreamResponse:
        file = workspace.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)

    async def upload(request: web.Request) -> web.StreamResponse:
        file = workspace.files.get(request.match_info["file"])
        if file is None or file.complete:
            raise web.HTTPNotFound
        content = await _content(request)
        workspace.put(replace(file, content=content, size=len(content)))
        return web.Response(text=f"OK - {len(content)}")

    app.router.add_get("/", page)
    app.router.add_get("/archives/{channel}", page)
    app.router.add_get("/archives/{channel}/{message}", page)
    app.router.add_static("/page/", FOLDER)
    app.router.add_get("/files/{file}/{name}", download)
    app.router.add_post("/upload/v1/{file}", upload)


async def _content(request: web.Request) -> bytes:
    """Return the uploaded bytes, sent bare or as the one file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""
