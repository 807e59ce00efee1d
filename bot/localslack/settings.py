"""What can be chosen about a local workspace. Nothing here reads the environment."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

ALL_SCOPES = (
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "channels:write.invites",
    "channels:write.topic",
    "chat:write",
    "chat:write.customize",
    "chat:write.public",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "groups:write.invites",
    "groups:write.topic",
    "im:history",
    "im:read",
    "im:write",
    "im:write.topic",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "mpim:write.topic",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
ALL_EVENTS = (
    "app_home_opened",
    "app_mention",
    "channel_archive",
    "channel_created",
    "channel_rename",
    "channel_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "pin_added",
    "pin_removed",
    "reaction_added",
    "reaction_removed",
)


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SlashCommand(_Settings):
    """A command that the app owns, as in its manifest."""

    command: str = Field(pattern=r"^/[a-z0-9_-]{1,32}$")
    description: str = ""
    usage_hint: str = ""


class Shortcut(_Settings):
    """A global or message shortcut of the app."""

    name: str = Field(max_length=24)
    callback_id: str = Field(max_length=255)
    kind: str = Field(default="global", pattern="^(global|message)$")


class AppSettings(_Settings):
    """The one app of the workspace. `request_url` takes events, interactivity and commands."""

    name: str = Field(default="Tocsin", max_length=35)
    handle: str = "tocsin"
    app_id: str = "A0LOCALAPP"
    bot_id: str = "B0LOCALBOT"
    bot_user_id: str = "U0LOCALBOT"
    bot_token: str = Field(default="xoxb-local-bot-token", pattern="^xoxb-", repr=False)
    app_token: str = Field(default="xapp-local-app-token", pattern="^xapp-", repr=False)
    signing_secret: str = Field(default="local-signing-secret", min_length=8, repr=False)
    verification_token: str = Field(default="local-verification", repr=False)
    request_url: str | None = None
    commands: tuple[SlashCommand, ...] = (
        SlashCommand(
            command="/incident", description="Declare and run incidents", usage_hint="[declare|help]"
        ),
    )
    shortcuts: tuple[Shortcut, ...] = ()
    scopes: tuple[str, ...] = ALL_SCOPES
    events: tuple[str, ...] = ALL_EVENTS


class SeedUser(_Settings):
    """A person who is there from the start. The first one is "you"."""

    id: str = Field(pattern=r"^[UW][A-Z0-9]{2,}$")
    name: str
    real_name: str
    email: str
    is_admin: bool = False
    color: str = "4a6fa5"


class SeedGroup(_Settings):
    """A user group that is there from the start."""

    id: str = Field(pattern=r"^S[A-Z0-9]{2,}$")
    handle: str
    name: str
    users: tuple[str, ...]


DEFAULT_USERS = (
    SeedUser(
        id="U0ADA00001",
        name="ada",
        real_name="Ada Lovelace",
        email="ada@example.com",
        is_admin=True,
        color="8b5fbf",
    ),
    SeedUser(
        id="U0GRACE002", name="grace", real_name="Grace Hopper", email="grace@example.com", color="2f8f6b"
    ),
    SeedUser(
        id="U0LINUS003", name="linus", real_name="Linus Yale", email="linus@example.com", color="c27a2c"
    ),
    SeedUser(
        id="U0MARGAR04",
        name="margaret",
        real_name="Margaret Hamilton",
        email="margaret@example.com",
        color="b4506a",
    ),
    SeedUser(id="U0ALAN0005", name="alan", real_name="Alan Turing", email="alan@example.com", color="3f7cac"),
)
DEFAULT_GROUPS = (
    SeedGroup(id="S0ONCALL01", handle="oncall", name="On call", users=("U0ADA00001", "U0GRACE002")),
)


class LocalSlackSettings(_Settings):
    """A workspace and its server.

    `port` 0 picks a free one below 32768. `base_url` is how the app reaches this server and `public_url` how
    people do; both default to the bound address. `data_file` keeps the workspace over restarts. Times are in
    seconds.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    base_url: str | None = None
    public_url: str | None = None
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "::1")
    data_file: Path | None = None
    team_id: str = "T0LOCAL001"
    team_name: str = "Local workspace"
    team_domain: str = "local"
    users: tuple[SeedUser, ...] = Field(default=DEFAULT_USERS, min_length=1)
    usergroups: tuple[SeedGroup, ...] = DEFAULT_GROUPS
    channels: tuple[str, ...] = ("general", "incidents")
    app: AppSettings = AppSettings()
    rate_limits: bool = True
    ack_timeout: float = 3.0
    trigger_lifetime: float = 3.0
    retry_backoff: tuple[float, ...] = (0.0, 60.0, 300.0)
    journal_size: int = Field(default=10_000, ge=1)
