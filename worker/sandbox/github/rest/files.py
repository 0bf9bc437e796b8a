"""Files of a repository, as the contents API shows them; there is one branch, and nothing is ever committed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from urllib.parse import quote

from worker.sandbox.github.context import Context, ok
from worker.sandbox.github.errors import not_found
from worker.sandbox.wire import Reply, Router

routes: Router[Callable[..., Reply]] = Router()
CONTENTS = "/repos/{owner}/{repo}/contents"
BRANCH = "main"


@routes.on("GET", CONTENTS + "/{name}")
def top_file(ctx: Context, owner: str, repo: str, name: str) -> Reply:
    """Get a file beside the README."""
    return _file(ctx, owner, repo, name)


@routes.on("GET", CONTENTS + "/{folder}/{name}")
def inner_file(ctx: Context, owner: str, repo: str, folder: str, name: str) -> Reply:
    """Get a file one folder down."""
    return _file(ctx, owner, repo, f"{folder}/{name}")


def _file(ctx: Context, owner: str, repo: str, path: str) -> Reply:
    place = ctx.repo(owner, repo)
    text = place.files.get(path)
    if text is None:
        raise not_found()
    content = text.encode()
    sha = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    own = f"{ctx.views.base}/repos/{place.full_name}"
    page = f"{ctx.views.root}/{place.full_name}"
    url, html = f"{own}/contents/{quote(path)}?ref={BRANCH}", f"{page}/blob/{BRANCH}/{quote(path)}"
    blob = f"{own}/git/blobs/{sha}"
    return ok(
        {
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": sha,
            "size": len(content),
            "url": url,
            "html_url": html,
            "git_url": blob,
            "download_url": f"{page}/raw/{BRANCH}/{quote(path)}",
            "type": "file",
            # GitHub breaks the lines of what it encodes.
            "content": base64.encodebytes(content).decode(),
            "encoding": "base64",
            "_links": {"self": url, "git": blob, "html": html},
        }
    )
