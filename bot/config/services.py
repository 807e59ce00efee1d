"""The service catalogue from Backstage's `catalog-info.yaml` form.

Kinds Component, Resource, API and System are services here; other kinds are left alone. Dependencies come
from `spec.dependsOn` and `spec.consumesApis` (an API stands for whoever provides it).
"""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.catalog import Service

API: Final = "API"
KINDS: Final = ("Component", "Resource", "System", API)
OTHER_KINDS: Final = frozenset({"Domain", "Group", "Location", "Template", "User"})
RESPONDERS: Final = "tocsin.dev/responders"
LINK_PREFIX: Final = "tocsin.dev/link-"


class Link(BaseModel):
    """One of `metadata.links`."""

    model_config = ConfigDict(extra="ignore")

    url: str
    title: str = ""
    type: str = ""


class Metadata(BaseModel):
    """What we read of `metadata`."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")
    title: str = ""
    annotations: dict[str, str] = Field(default_factory=dict)
    links: list[Link] = Field(default_factory=list)


class Spec(BaseModel):
    """What we read of `spec`."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    owner: str = ""
    depends_on: list[str] = Field(default_factory=list, alias="dependsOn")
    consumes_apis: list[str] = Field(default_factory=list, alias="consumesApis")
    provides_apis: list[str] = Field(default_factory=list, alias="providesApis")


class Entity(BaseModel):
    """One document of the catalogue; unknown fields are Backstage's own business."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    api_version: str = Field(alias="apiVersion")
    kind: str
    metadata: Metadata
    spec: Spec = Field(default_factory=Spec)


def entity_name(reference: str) -> str:
    """The name in an entity reference `[kind:][namespace/]name`."""
    return reference.rsplit(":", 1)[-1].rsplit("/", 1)[-1]


def services_of(entities: list[Entity]) -> list[Service]:
    """The services that the entities describe, in their order."""
    providers: dict[str, list[str]] = {}
    for entity in entities:
        for api in entity.spec.provides_apis:
            providers.setdefault(entity_name(api), []).append(entity.metadata.name)
    named = {entity.metadata.name for entity in entities if entity.kind != API}
    return [
        _service(entity, providers)
        for entity in entities
        if entity.kind in KINDS and (entity.kind != API or entity.metadata.name not in named)
    ]


def _service(entity: Entity, providers: dict[str, list[str]]) -> Service:
    consumed = [
        provider
        for api in entity.spec.consumes_apis
        for provider in providers.get(entity_name(api), [entity_name(api)])
    ]
    depends_on = dict.fromkeys([*(entity_name(one) for one in entity.spec.depends_on), *consumed])
    depends_on.pop(entity.metadata.name, None)
    annotations = entity.metadata.annotations
    responders = [part.strip() for part in annotations.get(RESPONDERS, "").split(",")]
    return Service(
        name=entity.metadata.name,
        title=entity.metadata.title,
        owner=entity_name(entity.spec.owner),
        depends_on=tuple(depends_on),
        responders=tuple(part for part in responders if part),
        links=_links(entity.metadata),
    )


def _links(metadata: Metadata) -> dict[str, str]:
    links: dict[str, Any] = {}
    for link in metadata.links:
        links.setdefault(_slug(link.type or link.title or "link"), link.url)
    for name, value in metadata.annotations.items():
        if name.startswith(LINK_PREFIX):
            links[_slug(name.removeprefix(LINK_PREFIX))] = value
    return links


def _slug(text: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in text.lower()).split()) or "link"
