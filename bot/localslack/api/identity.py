"""Who the app is: `api.*`, `auth.*`, `apps.*`, `team.*`, `bots.*`."""

from bot.localslack.api.call import Call, Json
from bot.localslack.api.table import MethodTable
from bot.localslack.errors import SlackError

METHODS = MethodTable()


@METHODS.method("api.test", tier=4, token="")
def api_test(call: Call) -> Json:
    """Echo the arguments, or the error that is asked for."""
    if error := call.text("error"):
        raise SlackError(error, args=call.args)
    return {"args": call.args}


@METHODS.method("auth.test", tier=5)
def auth_test(call: Call) -> Json:
    """Tell whose token this is."""
    settings = call.workspace.settings
    return {
        "url": f"{call.base_url}/",
        "team": settings.team_name,
        "user": call.workspace.users[call.bot].name,
        "team_id": settings.team_id,
        "user_id": call.bot,
        "bot_id": settings.app.bot_id,
        "is_enterprise_install": False,
    }


@METHODS.method("apps.connections.open", tier=3, token="xapp")  # noqa: S106 - the kind of token, not one
def connections_open(call: Call) -> Json:
    """Return a one-time WebSocket address for Socket Mode."""
    ticket = call.open_socket()
    server = call.base_url.replace("http", "ws", 1)
    return {"url": f"{server}/link/?ticket={ticket}&app_id={call.workspace.app.app_id}"}


@METHODS.method("team.info", tier=3, scopes=("team:read",), errors="team_not_found")
def team_info(call: Call) -> Json:
    """Describe the workspace."""
    settings = call.workspace.settings
    if call.text("team", settings.team_id) != settings.team_id:
        raise SlackError("team_not_found")
    team = {
        "id": settings.team_id,
        "name": settings.team_name,
        "domain": settings.team_domain,
        "email_domain": "",
    }
    return {"team": {**team, "icon": {"image_default": True}}}


@METHODS.method("bots.info", tier=3, scopes=("users:read",), errors="bot_not_found", takes_json=False)
def bots_info(call: Call) -> Json:
    """Describe the app's bot."""
    app = call.workspace.app
    if call.text("bot", app.bot_id) != app.bot_id:
        raise SlackError("bot_not_found")
    bot = {"id": app.bot_id, "deleted": False, "name": app.name, "updated": 0}
    return {"bot": {**bot, "app_id": app.app_id, "user_id": app.bot_user_id, "icons": {}}}
