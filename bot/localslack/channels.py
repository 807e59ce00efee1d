"""What can be done with a channel and its members, and what others hear of it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.localslack.errors import SlackError
from bot.localslack.messages import post_notice
from bot.localslack.model import Bookmark, Channel, Note
from bot.localslack.names import check_channel_name
from bot.localslack.workspace import Workspace

MAX_NOTE = 250
MAX_INVITED = 100
MAX_BOOKMARKS = 100


def create(workspace: Workspace, actor: str, name: str, *, private: bool = False) -> Channel:
    """Create a channel with the actor as its only member."""
    name = check_channel_name(name)
    if workspace.channel_named(name):
        raise SlackError("name_taken")
    kind = "private" if private else "public"
    channel = Channel(workspace.ids("C"), name, kind, actor, workspace.now(), members=(actor,))  # type: ignore[arg-type]  # mypy widens the conditional to str
    workspace.put(channel)
    if not private:
        body = {"id": channel.id, "name": name, "created": channel.created, "creator": actor}
        workspace.emit("channel_created", {"channel": body})
    return channel


def rename(workspace: Workspace, actor: str, channel: Channel, name: str) -> Channel:
    """Give a channel another name; only its creator or an admin may."""
    name = check_channel_name(name)
    _require_member(channel, actor)
    _require_open(channel)
    if actor != channel.creator and not workspace.user(actor).is_admin:
        raise SlackError("not_authorized")
    taken = workspace.channel_named(name)
    if taken and taken.id != channel.id:
        raise SlackError("name_taken")
    channel = replace(channel, name=name, previous_names=(*channel.previous_names, channel.name))
    workspace.put(channel)
    body = {"id": channel.id, "name": name, "created": channel.created}
    workspace.emit("channel_rename", {"channel": body}, channel)
    return channel


def join(workspace: Workspace, actor: str, channel: Channel) -> Channel:
    """Make the actor a member of a public channel; being one already is fine."""
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    _require_open(channel)
    return channel if actor in channel.members else _add(workspace, channel, actor, inviter=None)


def invite(
    workspace: Workspace, actor: str, channel: Channel, users: Sequence[str], *, force: bool = False
) -> Channel:
    """Make others members. One bad id refuses all, unless `force` takes the good ones."""
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if not users:
        raise SlackError("no_user")
    _require_member(channel, actor)
    _require_open(channel)
    problems = uninvitable(workspace, actor, channel, users)
    if problems and not force:
        raise SlackError(str(problems[0]["error"]), errors=problems)
    refused = {problem["user"] for problem in problems}
    for user in users:
        if user not in refused:
            channel = _add(workspace, channel, user, inviter=actor)
    return channel


def uninvitable(
    workspace: Workspace, actor: str, channel: Channel, users: Sequence[str]
) -> list[dict[str, object]]:
    """Those of the users who cannot be made members, as Slack's answer names them."""
    problems = {user: _invite_problem(workspace, actor, channel, user) for user in users}
    return [{"ok": False, "error": why, "user": user} for user, why in problems.items() if why]


def kick(workspace: Workspace, actor: str, channel: Channel, user: str) -> Channel:
    """Remove another member."""
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if user == actor:
        raise SlackError("cant_kick_self")
    if channel.is_general:
        raise SlackError("cant_kick_from_general")
    _require_member(channel, actor)
    workspace.user(user)
    if user not in channel.members:
        raise SlackError("not_in_channel")
    return _remove(workspace, channel, user)


def leave(workspace: Workspace, actor: str, channel: Channel) -> bool:
    """Take the actor out; return False if it was no member."""
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_general:
        raise SlackError("cant_leave_general")
    _require_open(channel)
    if actor not in channel.members:
        return False
    _remove(workspace, channel, actor)
    return True


def set_topic(workspace: Workspace, actor: str, channel: Channel, topic: str) -> Channel:
    """Set the topic; the channel shows who did."""
    note = _note(workspace, actor, channel, topic)
    channel = replace(channel, topic=note)
    workspace.put(channel)
    post_notice(workspace, channel, actor, "channel_topic", f"set the channel topic: {topic}")
    return channel


def set_purpose(workspace: Workspace, actor: str, channel: Channel, purpose: str) -> Channel:
    """Set the purpose (shown as the description)."""
    channel = replace(channel, purpose=_note(workspace, actor, channel, purpose))
    workspace.put(channel)
    return channel


def archive(workspace: Workspace, actor: str, channel: Channel) -> Channel:
    """Close a channel for posting."""
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if channel.is_archived:
        raise SlackError("already_archived")
    _require_member(channel, actor)
    post_notice(workspace, channel, actor, "channel_archive", "archived the channel")
    channel = replace(channel, is_archived=True)
    workspace.put(channel)
    workspace.emit("channel_archive", {"channel": channel.id, "user": actor}, channel)
    return channel


def unarchive(workspace: Workspace, actor: str, channel: Channel) -> Channel:
    """Open an archived channel again."""
    if not channel.is_archived:
        raise SlackError("not_archived")
    channel = replace(channel, is_archived=False)
    workspace.put(channel)
    workspace.emit("channel_unarchive", {"channel": channel.id, "user": actor}, channel)
    return channel


def mark_read(workspace: Workspace, actor: str, channel: Channel, ts: str) -> Channel:
    """Move the actor's read mark."""
    _require_member(channel, actor)
    channel = replace(channel, last_read={**channel.last_read, actor: ts})
    workspace.put(channel)
    return channel


def add_bookmark(
    workspace: Workspace, actor: str, channel: Channel, *, title: str, link: str, emoji: str
) -> Bookmark:
    """Add a link to the header."""
    _require_link(link)
    if len(channel.bookmarks) >= MAX_BOOKMARKS:
        raise SlackError("too_many_bookmarks")
    bookmark = Bookmark(workspace.ids("Bk"), title, link, emoji, workspace.now(), user=actor)
    workspace.put(replace(channel, bookmarks=(*channel.bookmarks, bookmark)))
    return bookmark


def edit_bookmark(
    workspace: Workspace, channel: Channel, bookmark_id: str, changes: dict[str, str]
) -> Bookmark:
    """Change a bookmark's title, link or emoji."""
    _require_link(changes.get("link", "https://unchanged"))
    bookmark = replace(find_bookmark(channel, bookmark_id), **changes, updated=workspace.now())  # type: ignore[arg-type]  # the names are those of str fields
    others = tuple(bookmark if b.id == bookmark_id else b for b in channel.bookmarks)
    workspace.put(replace(channel, bookmarks=others))
    return bookmark


def remove_bookmark(workspace: Workspace, channel: Channel, bookmark_id: str) -> None:
    """Take a bookmark out of the header."""
    gone = find_bookmark(channel, bookmark_id)
    workspace.put(replace(channel, bookmarks=tuple(b for b in channel.bookmarks if b is not gone)))


def find_bookmark(channel: Channel, bookmark_id: str) -> Bookmark:
    """Return one of the channel's bookmarks, or raise `not_found`."""
    for bookmark in channel.bookmarks:
        if bookmark.id == bookmark_id:
            return bookmark
    raise SlackError("not_found")


def _add(workspace: Workspace, channel: Channel, user: str, inviter: str | None) -> Channel:
    channel = replace(channel, members=(*channel.members, user))
    workspace.put(channel)
    post_notice(workspace, channel, user, "channel_join", f"<@{user}> has joined the channel")
    kind = "C" if channel.kind == "public" else "G"
    body = {"user": user, "channel": channel.id, "channel_type": kind, "team": workspace.settings.team_id}
    workspace.emit("member_joined_channel", {**body, **({"inviter": inviter} if inviter else {})}, channel)
    return channel


def _remove(workspace: Workspace, channel: Channel, user: str) -> Channel:
    left = replace(channel, members=tuple(member for member in channel.members if member != user))
    workspace.put(left)
    kind = "C" if channel.kind == "public" else "G"
    body = {"user": user, "channel": channel.id, "channel_type": kind, "team": workspace.settings.team_id}
    workspace.emit("member_left_channel", body, channel)
    return left


def _invite_problem(workspace: Workspace, actor: str, channel: Channel, user: str) -> str | None:
    if user == actor:
        return "cant_invite_self"
    if user not in workspace.users:
        return "user_not_found"
    return "already_in_channel" if user in channel.members else None


def _note(workspace: Workspace, actor: str, channel: Channel, text: str) -> Note:
    if channel.is_direct:
        raise SlackError("method_not_supported_for_channel_type")
    _require_member(channel, actor)
    _require_open(channel)
    if len(text) > MAX_NOTE:
        raise SlackError("too_long")
    return Note(text, actor, workspace.now())


def _require_member(channel: Channel, actor: str) -> None:
    if actor not in channel.members:
        raise SlackError("not_in_channel")


def _require_open(channel: Channel) -> None:
    if channel.is_archived:
        raise SlackError("is_archived")


def _require_link(link: str) -> None:
    if not link.startswith(("https://", "http://")):
        raise SlackError("invalid_link")
