"""Who is in a channel: inviting, joining, leaving, direct messages."""

from bot.localslack import channels
from bot.localslack.api.call import Call, Json
from bot.localslack.api.paging import page
from bot.localslack.api.table import INVITE, KICK, MANAGE, READ, MethodTable
from bot.localslack.errors import SlackError
from bot.localslack.present import channel_json

METHODS = MethodTable()
_KIND = "method_not_supported_for_channel_type"
_MAX_IN_MPIM = 8


@METHODS.method(
    "conversations.members",
    tier=4,
    scopes=READ,
    required=("channel",),
    errors="channel_not_found invalid_cursor invalid_limit",
    takes_json=False,
)
def members(call: Call) -> Json:
    """List the members' ids."""
    part, more = page(call, call.channel().members)
    return {"members": list(part), **more}


@METHODS.method(
    "conversations.invite",
    tier=3,
    scopes=INVITE,
    required=("channel", "users"),
    errors=f"channel_not_found not_in_channel is_archived no_user user_not_found cant_invite_self "
    f"already_in_channel too_many_users {_KIND}",
)
def invite(call: Call) -> Json:
    """Invite up to 100 users."""
    users = call.names("users")
    if len(users) > channels.MAX_INVITED:
        raise SlackError("too_many_users")
    before = call.channel()
    refused = channels.uninvitable(call.workspace, call.bot, before, users)
    channel = channels.invite(call.workspace, call.bot, before, users, force=call.flag("force"))
    errors: Json = {"errors": refused} if refused else {}
    return {"channel": channel_json(call.workspace, channel, call.bot), **errors}


@METHODS.method(
    "conversations.kick",
    tier=3,
    scopes=KICK,
    required=("channel",),
    errors=f"channel_not_found not_in_channel user_not_found cant_kick_self cant_kick_from_general {_KIND}",
)
def kick(call: Call) -> Json:
    """Remove a member."""
    channels.kick(call.workspace, call.bot, call.channel(), call.text("user"))
    return {}


@METHODS.method(
    "conversations.join",
    tier=3,
    scopes=("channels:join",),
    required=("channel",),
    errors=f"channel_not_found is_archived {_KIND}",
)
def join(call: Call) -> Json:
    """Make the bot a member of a public channel."""
    before = call.channel()
    channel = channels.join(call.workspace, call.bot, before)
    answer: Json = {"channel": channel_json(call.workspace, channel, call.bot)}
    if call.bot in before.members:
        answer |= {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    return answer


@METHODS.method(
    "conversations.leave",
    tier=3,
    scopes=MANAGE,
    required=("channel",),
    errors=f"channel_not_found is_archived cant_leave_general {_KIND}",
)
def leave(call: Call) -> Json:
    """Take the bot out of a channel."""
    was_in = channels.leave(call.workspace, call.bot, call.channel())
    return {} if was_in else {"not_in_channel": True}


@METHODS.method(
    "conversations.open",
    tier=3,
    scopes=("im:write", "mpim:write", "channels:manage", "groups:write"),
    errors="channel_not_found users_list_not_supplied user_not_found too_many_users",
)
def open_direct(call: Call) -> Json:
    """Open a direct message with one user or several."""
    if call.text("channel"):
        channel = call.channel()
    else:
        users = call.names("users")
        if not users:
            raise SlackError("users_list_not_supplied")
        if len(users) > _MAX_IN_MPIM:
            raise SlackError("too_many_users")
        channel = call.workspace.direct([call.bot, *(call.workspace.user(user).id for user in users)])
    whole = call.flag("return_im")
    return {"channel": channel_json(call.workspace, channel, call.bot) if whole else {"id": channel.id}}
