"""How a method is declared: its rate tier, scopes, required arguments and the errors it may answer with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.localslack.api.call import Call, Json

Handler = Callable[[Call], Json]
AnyOf = tuple[str, ...]
ByKind = Mapping[str, AnyOf]

READ: ByKind = {
    "public": ("channels:read",),
    "private": ("groups:read",),
    "im": ("im:read",),
    "mpim": ("mpim:read",),
}
HISTORY: ByKind = {kind: (scopes[0].replace(":read", ":history"),) for kind, scopes in READ.items()}
MANAGE: ByKind = {
    "public": ("channels:manage",),
    "private": ("groups:write",),
    "im": ("im:write",),
    "mpim": ("mpim:write",),
}
INVITE: ByKind = {
    **MANAGE,
    "public": ("channels:manage", "channels:write.invites"),
    "private": ("groups:write", "groups:write.invites"),
}
KICK: ByKind = {**MANAGE, "im": ("groups:write",), "mpim": ("groups:write",)}
TOPIC: ByKind = {
    "public": ("channels:manage", "channels:write.topic"),
    "private": ("groups:write", "groups:write.topic"),
    "im": ("im:write", "im:write.topic"),
    "mpim": ("mpim:write", "mpim:write.topic"),
}


@dataclass(frozen=True, slots=True)
class Method:
    """One Web API method. `scopes` is one set for every call, or one for each kind of channel."""

    name: str
    handler: Handler
    tier: int
    scopes: AnyOf | ByKind
    required: tuple[str, ...]
    errors: frozenset[str]
    takes_json: bool
    token: str


class MethodTable(dict[str, Method]):
    """The methods of a family by name; `table.method(...)` is the decorator that adds one."""

    def method(
        self,
        name: str,
        *,
        tier: int,
        scopes: AnyOf | ByKind = (),
        required: tuple[str, ...] = (),
        errors: str = "",
        takes_json: bool = True,
        token: str = "xoxb",  # noqa: S107 - the kind of token, not one
    ) -> Callable[[Handler], Handler]:
        """Declare a method; `errors` names, separated by spaces, those beyond what any method may answer."""

        def add(handler: Handler) -> Handler:
            self[name] = Method(
                name, handler, tier, scopes, required, frozenset(errors.split()), takes_json, token
            )
            return handler

        return add
