"""The tables of what is documented and what is inferred, and a bank's corrections to them."""

import json

import pytest

from lola.errors import ConfigurationError
from lola.partners.m2m import ROUTES, M2MClient, with_overrides
from lola.partners.m2m.contract import FIELDS

KEY = "m2m_test_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6"
DOCUMENTED = {
    "create_link",
    "list_links",
    "revoke_link",
    "unblock_user",
    "list_operations",
    "fulfill_data_request",
    "regenerate_secret",
}


@pytest.fixture
def corrected(http, partner, sleep):
    def corrected_(routes, fields):
        return M2MClient(
            http,
            base_url=partner.url,
            api_key=KEY,
            timeout=5,
            environment="sandbox",
            contract=with_overrides(routes, fields),
            sleep=sleep,
        )

    return corrected_


def test_there_are_22_operations_and_what_no_page_prints_is_marked():
    """Seven routes are printed on pages; every other one is inferred (reference/m2m.md 0, 9.1)."""
    assert len(ROUTES) == 22
    assert {name for name, route in ROUTES.items() if not route.inferred} == DOCUMENTED


def test_fields_can_be_corrected_only_where_they_are_inferred():
    """The table of inferred fields has no documented operation."""
    assert set(FIELDS) <= set(ROUTES) - DOCUMENTED


async def test_a_corrected_route_is_used(corrected, partner):
    """The bank's own row replaces the inferred one; an id may move from the body to the path."""
    client = corrected(
        {
            "profile": "GET /partner/profile",
            "create_cip_ticket": "POST /partner/links/{link_id}/cip/tickets",
        },
        {},
    )
    partner.answer({"success": True, "data": {"name": "Sol"}})
    assert (await client.profile()).name == "Sol"
    partner.answer({"success": True, "data": {"ticketId": "t"}}, 201)
    await client.create_cip_ticket("link_1")
    assert [path for _, path, _, _ in partner.requests] == [
        "/partner/profile",
        "/partner/links/link_1/cip/tickets",
    ]


async def test_a_corrected_field_is_used_both_ways(corrected, partner):
    """Queries, bodies and responses all use the partner's names."""
    client = corrected(
        {},
        {
            "list_users.cipStatus": "verification",
            "update_webhook_url.webhookUrl": "url",
            "link_activity.items": "events",
            "link_activity.type": "kind",
        },
    )
    items = [{"userId": "u", "verification": "verified"}]
    partner.answer({"success": True, "data": {"items": items}})
    (user,) = [user async for user in client.list_users(cip_status="verified", blocked=False)]
    assert user.cip_status == "verified"
    assert "verification=verified&blocked=false" in partner.requests[0][1]
    partner.answer({"url": "https://bank.example/hook"})
    config = await client.update_webhook_url("https://bank.example/hook")
    assert config.webhook_url == "https://bank.example/hook"
    assert json.loads(partner.requests[1][2]) == {"url": "https://bank.example/hook"}
    partner.answer({"success": True, "data": {"events": [{"kind": "link.opened"}]}})
    assert [step.type for step in await client.link_activity("l")] == ["link.opened"]


@pytest.mark.parametrize(
    ("routes", "fields", "named"),
    [
        ({"nonsense": "GET /x"}, {}, "nonsense"),
        ({"create_link": "POST /other"}, {}, "create_link"),
        ({"profile": "/partner/profile"}, {}, "profile"),
        ({"profile": "DELETE /partner/profile"}, {}, "profile"),
        ({"profile": "GET partner"}, {}, "profile"),
        ({"profile": "GET /partner/{link_id}"}, {}, "link_id"),
        ({"profile": "GET /partner?x=1"}, {}, "profile"),
        ({"profile": "GET //evil.example/x"}, {}, "profile"),
        ({"get_link": "GET /partner/links/details"}, {}, "link_id"),
        ({}, {"profile": "x"}, "profile"),
        ({}, {"create_link.referenceId": "x"}, "create_link.referenceId"),
        ({}, {"list_users.nothing": "x"}, "list_users.nothing"),
        ({}, {"list_users.blocked": "no field"}, "list_users.blocked"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_name(routes, fields, named):
    """The service does not start on a correction that cannot be meant; the row is named."""
    with pytest.raises(ConfigurationError, match=named):
        with_overrides(routes, fields)
