"""The stack of modals that a user has open, and the home tab."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.localslack.errors import SlackError
from bot.localslack.model import View
from bot.localslack.workspace import Workspace

MAX_STACK = 3
Payload = dict[str, Any]


def stack(workspace: Workspace, user: str) -> list[View]:
    """Return the user's open modals, the one on top last."""
    return [
        view
        for view in workspace.views.values()
        if view.user == user and view.kind == "modal" and view.is_open
    ]


def home(workspace: Workspace, user: str) -> View | None:
    """Return what the app published for the user's home tab."""
    return next((v for v in workspace.views.values() if v.user == user and v.kind == "home"), None)


def find(workspace: Workspace, view_id: str | None, external_id: str | None = None) -> View:
    """Return an open view by either id, or raise `not_found`."""
    for view in workspace.views.values():
        if view.is_open and (view.id == view_id or (external_id and view.external_id == external_id)):
            return view
    raise SlackError("not_found")


def open_modal(workspace: Workspace, user: str, payload: Payload) -> View:
    """Open a modal, in place of what was open."""
    _require_free_external_id(workspace, payload, None)
    close_all(workspace, user)
    return _add(workspace, user, payload, lambda view_id: (view_id, None))


def push_modal(workspace: Workspace, user: str, payload: Payload) -> View:
    """Put a modal on top of the open ones."""
    opened = stack(workspace, user)
    if not opened:
        raise SlackError("not_found")
    if len(opened) >= MAX_STACK:
        raise SlackError("push_limit_reached")
    _require_free_external_id(workspace, payload, None)
    return _add(workspace, user, payload, lambda _: (opened[0].id, opened[-1].id))


def update_view(workspace: Workspace, view: View, payload: Payload, expected_hash: str | None = None) -> View:
    """Replace what a view shows; raise `hash_conflict` if it is not the version that the app has seen."""
    if expected_hash and expected_hash != view.hash:
        raise SlackError("hash_conflict")
    _require_free_external_id(workspace, payload, view)
    external_id = payload.get("external_id") or view.external_id
    changed = replace(view, payload=payload, hash=_hash(workspace), external_id=external_id)
    workspace.put(changed)
    return changed


def publish_home(workspace: Workspace, user: str, payload: Payload, expected_hash: str | None = None) -> View:
    """Show a home tab to one user."""
    shown = home(workspace, user)
    if shown:
        return update_view(workspace, shown, payload, expected_hash)
    view_id = workspace.ids("V")
    view = View(
        view_id, "home", user, payload, _hash(workspace), view_id, external_id=payload.get("external_id", "")
    )
    workspace.put(view)
    return view


def close(workspace: Workspace, view: View) -> None:
    """Close one view."""
    workspace.put(replace(view, is_open=False))


def close_all(workspace: Workspace, user: str) -> None:
    """Close every modal of a user."""
    for view in stack(workspace, user):
        close(workspace, view)


def _add(
    workspace: Workspace, user: str, payload: Payload, place: Callable[[str], tuple[str, str | None]]
) -> View:
    view_id = workspace.ids("V")
    root, previous = place(view_id)
    external_id = payload.get("external_id") or ""
    view = View(view_id, "modal", user, payload, _hash(workspace), root, previous, external_id)
    workspace.put(view)
    return view


def _hash(workspace: Workspace) -> str:
    return f"{workspace.now()}.{workspace.ids('h')}"


def _require_free_external_id(workspace: Workspace, payload: Payload, own: View | None) -> None:
    external_id = payload.get("external_id")
    if not external_id:
        return
    for view in workspace.views.values():
        if view.is_open and view.external_id == external_id and (own is None or view.id != own.id):
            raise SlackError("duplicate_external_id")
