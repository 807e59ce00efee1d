"""Modals and home tabs: `views.*`."""

from typing import Any

from bot.localslack import modals
from bot.localslack.api.call import Call, Json
from bot.localslack.api.table import MethodTable
from bot.localslack.blockkit.payloads import check_view
from bot.localslack.errors import missing
from bot.localslack.model import View
from bot.localslack.present import view_json

METHODS = MethodTable()
_TRIGGER = "expired_trigger_id exchanged_trigger_id invalid_trigger_id"
_VIEW = "view_too_large duplicate_external_id"


@METHODS.method("views.open", tier=4, required=("view",), errors=f"{_TRIGGER} {_VIEW}")
def open_view(call: Call) -> Json:
    """Open a modal for the user who triggered it."""
    payload = check_view(_view(call), "modal")
    return _answer(call, modals.open_modal(call.workspace, _user(call), payload))


@METHODS.method(
    "views.push", tier=4, required=("view",), errors=f"{_TRIGGER} {_VIEW} not_found push_limit_reached"
)
def push_view(call: Call) -> Json:
    """Put a modal on top of the open one."""
    payload = check_view(_view(call), "modal")
    return _answer(call, modals.push_modal(call.workspace, _user(call), payload))


@METHODS.method("views.update", tier=4, required=("view",), errors=f"{_VIEW} not_found hash_conflict")
def update_view(call: Call) -> Json:
    """Replace what a modal shows."""
    view = modals.find(call.workspace, call.text("view_id"), call.text("external_id") or None)
    payload = check_view(_view(call), view.kind)
    return _answer(call, modals.update_view(call.workspace, view, payload, call.text("hash")))


@METHODS.method(
    "views.publish", tier=4, required=("user_id", "view"), errors=f"{_VIEW} hash_conflict user_not_found"
)
def publish_view(call: Call) -> Json:
    """Show a home tab to a user."""
    user = call.workspace.user(call.text("user_id"))
    payload = check_view(_view(call), "home")
    return _answer(call, modals.publish_home(call.workspace, user.id, payload, call.text("hash")))


def _view(call: Call) -> Any:
    return call.json("view", "invalid_arguments")


def _user(call: Call) -> str:
    trigger = call.text("trigger_id") or call.text("interactivity_pointer")
    if not trigger:
        raise missing("trigger_id")
    return call.triggers.exchange(trigger)


def _answer(call: Call, view: View) -> Json:
    return {"view": view_json(call.workspace, view)}
