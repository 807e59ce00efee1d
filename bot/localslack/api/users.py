"""People and groups: `users.*`, `usergroups.*`."""

from bot.localslack.api.call import Call, Json
from bot.localslack.api.conversations import listed
from bot.localslack.api.paging import page
from bot.localslack.api.table import READ, MethodTable
from bot.localslack.errors import SlackError
from bot.localslack.present import user_json, usergroup_json

METHODS = MethodTable()
_READ_USERS = ("users:read",)


@METHODS.method(
    "users.list", tier=2, scopes=_READ_USERS, errors="invalid_cursor invalid_limit", takes_json=False
)
def users_list(call: Call) -> Json:
    """List everyone, bots too."""
    users, more = page(call, list(call.workspace.users.values()))
    return {
        "members": [user_json(call.workspace, user) for user in users],
        "cache_ts": call.workspace.now(),
        **more,
    }


@METHODS.method(
    "users.info", tier=4, scopes=_READ_USERS, required=("user",), errors="user_not_found", takes_json=False
)
def users_info(call: Call) -> Json:
    """Describe one user."""
    return {"user": user_json(call.workspace, call.workspace.user(call.text("user")))}


@METHODS.method(
    "users.lookupByEmail",
    tier=3,
    scopes=("users:read.email",),
    required=("email",),
    errors="users_not_found",
    takes_json=False,
)
def lookup_by_email(call: Call) -> Json:
    """Find a person by address."""
    email = call.text("email").casefold()
    for user in call.workspace.users.values():
        if user.email.casefold() == email and not user.is_bot:
            return {"user": user_json(call.workspace, user)}
    raise SlackError("users_not_found")


@METHODS.method(
    "users.conversations",
    tier=3,
    scopes=READ,
    errors="invalid_cursor invalid_limit invalid_types user_not_found",
    takes_json=False,
)
def users_conversations(call: Call) -> Json:
    """List the channels that a user, or the bot, is a member of."""
    member = call.workspace.user(call.text("user", call.bot))
    return listed(call, [c for c in call.workspace.channels.values() if member.id in c.members])


@METHODS.method("usergroups.list", tier=2, scopes=("usergroups:read",), takes_json=False)
def usergroups_list(call: Call) -> Json:
    """List the user groups, with their members where asked for."""
    groups = [usergroup_json(call.workspace, group) for group in call.workspace.usergroups.values()]
    if not call.flag("include_users"):
        groups = [{key: value for key, value in group.items() if key != "users"} for group in groups]
    return {"usergroups": groups}


@METHODS.method(
    "usergroups.users.list",
    tier=2,
    scopes=("usergroups:read",),
    required=("usergroup",),
    errors="no_such_subteam",
    takes_json=False,
)
def usergroup_users(call: Call) -> Json:
    """List a user group's members."""
    group = call.workspace.usergroups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}
