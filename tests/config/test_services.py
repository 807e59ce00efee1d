from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.config.services import entity_name
from tests.config.folders import loaded, problems

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata:
      name: cart
      title: Cart
      labels: {a: b}
      annotations:
        tocsin.dev/responders: " ada@example.com ,, U024BE7LH "
        tocsin.dev/link-health: https://cart.example.com/healthz
        github.com/project-slug: shop/cart
      links:
        - {url: "https://dashboards.example.com/cart", title: Our Dashboard, icon: dashboard}
        - {url: "https://run.example.com", type: runbook}
    spec:
      type: service
      owner: group:default/team-cart
      dependsOn: [component:payments, "resource:default/cart-db", component:cart]
      consumesApis: [prices]
    ---
    apiVersion: backstage.io/v1alpha1
    kind: Component
    metadata: {name: pricing}
    spec: {providesApis: [api:default/prices]}
    ---
    ---
    apiVersion: backstage.io/v1alpha1
    kind: Group
    metadata: {name: cart}
    spec: {type: team, children: []}
"""


def test_the_form_of_backstage(tmp_path: Path) -> None:
    services = loaded(tmp_path, {"services/shop.yaml": SHOP}).catalog.services
    assert set(services) == {"cart", "pricing"}
    cart = services["cart"]
    assert (cart.title, cart.owner) == ("Cart", "team-cart")
    assert cart.depends_on == ("payments", "cart-db", "pricing")
    assert cart.responders == ("ada@example.com", "U024BE7LH")
    assert cart.links == {
        "our_dashboard": "https://dashboards.example.com/cart",
        "runbook": "https://run.example.com",
        "health": "https://cart.example.com/healthz",
    }


def test_a_cycle_is_told_where_it_begins(tmp_path: Path) -> None:
    text = "---\n".join(
        f"apiVersion: x\nkind: Component\nmetadata: {{name: {name}}}\nspec: {{dependsOn: [{to}]}}\n"
        for name, to in (("a", "b"), ("b", "c"), ("c", "a"))
    )
    [problem] = problems(tmp_path, {"services/a.yaml": text})
    assert problem.startswith(
        "services/a.yaml:4:20: spec.dependsOn[0]: a cycle of dependencies: a > b > c > a"
    )


def test_a_cycle_over_an_api_is_told_at_the_apis(tmp_path: Path) -> None:
    text = """
        apiVersion: x
        kind: Component
        metadata: {name: shop}
        spec: {consumesApis: [prices]}
        ---
        apiVersion: x
        kind: Component
        metadata: {name: pricing}
        spec: {providesApis: [prices], dependsOn: [shop]}
    """
    [problem] = problems(tmp_path, {"services/a.yaml": text})
    assert "4:22: spec.consumesApis: a cycle of dependencies: shop > pricing > shop" in problem


@pytest.mark.parametrize("order", [("API", "Component"), ("Component", "API")])
def test_a_service_may_be_called_like_its_api(tmp_path: Path, order: tuple[str, str]) -> None:
    text = "---\n".join(
        f"apiVersion: x\nkind: {kind}\nmetadata: {{name: prices, title: {kind}}}\n" for kind in order
    )
    [service] = loaded(tmp_path, {"services/a.yaml": text}).catalog.services.values()
    assert service.title == "Component"


def test_an_api_that_nobody_provides_is_a_service(tmp_path: Path) -> None:
    text = "apiVersion: x\nkind: API\nmetadata: {name: prices}\n"
    assert set(loaded(tmp_path, {"services/a.yaml": text}).catalog.services) == {"prices"}


def test_kinds_of_others_are_left_alone(tmp_path: Path) -> None:
    text = "apiVersion: x\nkind: Spaceship\nmetadata: nothing that we know\n"
    assert loaded(tmp_path, {"services/a.yaml": text}).catalog.services == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: Component\nmetadata: {name: a}\n", "apiVersion: is missing"),
        ("apiVersion: x\nmetadata: {name: a}\n", "kind: is missing"),
        ("apiVersion: x\nkind: Component\n", "metadata: is missing"),
        ("apiVersion: x\nkind: Component\nmetadata: {name: 'a b'}\n", "a.yaml:3:18: metadata.name: "),
        (
            "apiVersion: x\nkind: Component\nmetadata: {name: a}\nspec: {dependsOn: component:b}\n",
            'a.yaml:4:19: spec.dependsOn: a list is expected here: ["component:b"]',
        ),
        ("apiVersion: x\nkind: component\nmetadata: {name: a}\n", "did you mean Component?"),
        ("services:\n- {name: a}\n", "a.yaml:1:1: describes no service; write each as a document of its own"),
    ],
)
def test_a_bad_document_is_told_at_its_place(tmp_path: Path, text: str, message: str) -> None:
    [problem] = problems(tmp_path, {"services/a.yaml": text})
    assert message in problem


@pytest.mark.parametrize("reference", ["a", "component:a", "component:default/a", "default/a"])
def test_references(reference: str) -> None:
    assert entity_name(reference) == "a"
