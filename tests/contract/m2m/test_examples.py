"""The documented examples of reference/m2m.md, byte for byte, without the sandbox in between.

The stub is written by hand from the documentation and shares no code with our own stand-in, so an
error that both our client and our sandbox make shows here.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from lola.errors import PartnerRefusedError
from lola.partners.m2m import LinkStatus, OperationStatus
from tests.contract.m2m.conftest import compact

LINK = b"""{
  "success": true,
  "data": {
    "linkId": "link_acme_a1b2c3d4e5f6",
    "referenceId": "user-12345",
    "status": "created",
    "url": "https://widget.m2m.leapfinancial.com/link_acme_a1b2c3d4e5f6/m2m-basic",
    "token": "550e8400-e29b-41d4-a716-446655440000",
    "expiresAt": "2026-02-10T13:00:00.000Z",
    "createdAt": "2026-02-10T12:00:00.000Z"
  }
}"""


async def test_creating_a_link_with_everything(documented, examples):
    """The whole documented body goes out and the documented link comes in (5.1, 3.1, 3.2)."""
    body = compact(
        """{
        "referenceId": "user-12345",
        "metadata": {"orderId": "ORD-2026-001", "campaign": "february-promo"},
        "expiresInMinutes": 120,
        "userData": {
          "name": {
            "firstName": "Ana",
            "secondName": "Laura",
            "lastName": "García",
            "secondLastName": "Pérez"
          },
          "idNumber": "GAPA900515HDFRRL09",
          "idType": "CURP",
          "dob": "1990-05-15",
          "paymentMethod": {
            "type": "bank_account",
            "bankAccount": {"country": "MX", "accountNumber": "014027000005555558"}
          },
          "idImage": "data:image/jpeg;base64,/9j/4AAQSkZJRg"
        },
        "flow": "m2m-basic",
        "theme": "dark",
        "language": "en",
        "callbackUrl": "https://api.example.com/callbacks/m2m"
        }"""
    )
    examples.expect("POST", "/partner/links", body, answer=LINK, status=201)
    link = await documented.create_link(
        "user-12345",
        {"orderId": "ORD-2026-001", "campaign": "february-promo"},
        expires_in_minutes=120,
        user_data={
            "name": {
                "firstName": "Ana",
                "secondName": "Laura",
                "lastName": "García",
                "secondLastName": "Pérez",
            },
            "idNumber": "GAPA900515HDFRRL09",
            "idType": "CURP",
            "dob": "1990-05-15",
            "paymentMethod": {
                "type": "bank_account",
                "bankAccount": {"country": "MX", "accountNumber": "014027000005555558"},
            },
            "idImage": "data:image/jpeg;base64,/9j/4AAQSkZJRg",
        },
        flow="m2m-basic",
        theme="dark",
        language="en",
        callback_url="https://api.example.com/callbacks/m2m",
    )
    assert link.link_id == "link_acme_a1b2c3d4e5f6"
    assert link.status is LinkStatus.CREATED
    assert link.token.get_secret_value() == "550e8400-e29b-41d4-a716-446655440000"
    assert link.expires_at == datetime(2026, 2, 10, 13, tzinfo=UTC)


async def test_the_minimal_creation(documented, examples):
    """A reference alone is a whole request (1, 5.1)."""
    examples.expect(
        "POST", "/partner/links", b'{"referenceId":"user-12345"}', answer=LINK, status=201
    )
    assert (await documented.create_link("user-12345")).url.endswith("/m2m-basic")


async def test_listing_links(documented, examples):
    """Every documented filter, and the documented item and pagination (5.2, 2.8)."""
    examples.expect(
        "GET",
        "/partner/links?referenceId=user_12345&visibility=active&status=opened"
        "&from=2026-02-01T00:00:00.000Z&to=2026-02-28T23:59:59.000Z&page=1&limit=100",
        answer=b"""{"success": true, "data": {"items": [{
          "linkId": "link_acme_a1b2c3d4e5f6", "referenceId": "user_12345", "status": "opened",
          "url": "https://widget.m2m.leapfinancial.com/link_acme_a1b2c3d4e5f6/m2m-basic",
          "expiresAt": "2026-02-11T12:00:00.000Z", "createdAt": "2026-02-10T12:00:00.000Z",
          "openedAt": "2026-02-10T12:05:00.000Z", "userId": "user_acme_x1y2z3",
          "operationId": "op_acme_abc123", "userData": {"name": {}}}],
          "pagination": {"page": 1, "limit": 20, "total": 1, "totalPages": 1}}}""",
    )
    (link,) = [
        link
        async for link in documented.list_links(
            reference_id="user_12345",
            visibility="active",
            status=LinkStatus.OPENED,
            created_from=datetime(2026, 2, 1, tzinfo=UTC),
            created_to=datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC),
        )
    ]
    assert (link.user_id, link.operation_id) == ("user_acme_x1y2z3", "op_acme_abc123")
    assert link.user_data == {"name": {}}
    assert link.token is None


async def test_revoking_a_link(documented, examples):
    """With the documented reason (5.4)."""
    examples.expect(
        "POST",
        "/partner/links/link_acme_a1b2c3d4e5f6/revoke",
        b'{"reason":"User requested cancellation"}',
        answer=b'{"success": true, "data": {"linkId": "link_acme_a1b2c3d4e5f6",'
        b' "status": "revoked", "revokedAt": "2026-02-10T12:30:00.000Z"}}',
    )
    gone = await documented.revoke_link("link_acme_a1b2c3d4e5f6", "User requested cancellation")
    assert (gone.status, gone.revoked_at.minute) == (LinkStatus.REVOKED, 30)


async def test_listing_operations(documented, examples):
    """Every documented filter, the documented amount to the cent, the failure (5.13, 3.3)."""
    examples.expect(
        "GET",
        "/partner/operations?referenceId=user_12345&userId=user_acme_x1y2z3"
        "&linkId=link_acme_a1b2c3d4e5f6&status=failed&page=1&limit=100",
        answer=b"""{"success": true, "data": {"items": [{
          "operationId": "op_acme_abc123", "userId": "user_acme_x1y2z3",
          "linkId": "link_acme_a1b2c3d4e5f6", "status": "failed",
          "amount": {"send": 100, "receive": 1725, "rate": 17.25, "fee": 3.99,
            "currency": {"source": "USD", "destination": "MXN"}},
          "createdAt": "2026-02-10T12:00:00.000Z", "referenceId": "user_12345",
          "funding": {}, "payout": {}, "completedAt": "2026-02-10T12:30:00.000Z",
          "failedAt": "2026-02-10T12:15:00.000Z", "failureReason": "Insufficient funds"}],
          "pagination": {"page": 1, "limit": 20, "total": 85, "totalPages": 1}}}""",
    )
    (operation,) = [
        one
        async for one in documented.list_operations(
            reference_id="user_12345",
            user_id="user_acme_x1y2z3",
            link_id="link_acme_a1b2c3d4e5f6",
            status=OperationStatus.FAILED,
        )
    ]
    assert operation.failure_reason == "Insufficient funds"
    amount = operation.amount
    assert (amount.send, amount.receive) == (Decimal(100), Decimal(1725))
    assert (amount.rate, amount.fee) == (Decimal("17.25"), Decimal("3.99"))
    assert (amount.currency.source, amount.currency.destination) == ("USD", "MXN")


async def test_fulfilling_a_data_request(documented, examples):
    """The documented answer to `user.data_request` (5.15)."""
    examples.expect(
        "PUT",
        "/partner/data-requests/dr_acme_a1b2c3d4e5f6",
        b'{"referenceId":"user-12345","userData":{"dob":"1990-05-15","idType":"CURP"}}',
        answer=b"""{"success": true, "data": {"dataRequestId": "dr_acme_a1b2c3d4e5f6",
          "status": "fulfilled", "linkId": "link_acme_a1b2c3d4e5f6",
          "message": "User data received and merged successfully",
          "fulfilledAt": "2026-02-10T12:06:00.000Z"}}""",
    )
    done = await documented.fulfill_data_request(
        "dr_acme_a1b2c3d4e5f6",
        reference_id="user-12345",
        user_data={"dob": "1990-05-15", "idType": "CURP"},
    )
    assert done.message == "User data received and merged successfully"


async def test_unblocking_a_user(documented, examples):
    """No body goes out; the documented answer comes in (5.12)."""
    examples.expect(
        "POST",
        "/partner/users/user_acme_x1y2z3/unblock",
        answer=b'{"success": true, "data": {"userId": "user_acme_x1y2z3", "blocked": false}}',
    )
    assert (await documented.unblock_user("user_acme_x1y2z3")).blocked is False


async def test_blocking_a_user(documented, examples):
    """The documented reason in the documented body (5.11; the path is inferred)."""
    reason = "Suspicious activity detected on multiple transactions"
    examples.expect(
        "POST",
        "/partner/users/user_acme_x1y2z3/block",
        f'{{"reason":"{reason}"}}'.encode(),
        answer=b'{"success": true, "data": {"userId": "user_acme_x1y2z3", "blocked": true}}',
    )
    assert (await documented.block_user("user_acme_x1y2z3", reason)).blocked is True


async def test_regenerating_the_secret(documented, examples):
    """The one documented answer without an envelope (5.21); the secret stays out of `repr`."""
    examples.expect(
        "POST",
        "/partner/webhooks/config/regenerate-secret",
        answer=b'{"webhookSecret": "whsec_abc123def456ghi789", "message":'
        b' "Copy this secret now. You will not be able to see it again."}',
    )
    fresh = await documented.regenerate_secret()
    assert fresh.webhook_secret.get_secret_value() == "whsec_abc123def456ghi789"
    assert "abc123" not in repr(fresh)


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (
            401,
            (
                b'{"code": "UNAUTHORIZED", "message":'
                b' "Missing authentication. Provide X-API-Key or Bearer token."}'
            ),
            "UNAUTHORIZED",
        ),
        (
            401,
            b'{"code": "INVALID_API_KEY", "message": "Invalid or revoked API key"}',
            "INVALID_API_KEY",
        ),
        (
            403,
            (
                b'{"code": "PARTNER_SUSPENDED", "message":'
                b' "Partner account is suspended or not found"}'
            ),
            "PARTNER_SUSPENDED",
        ),
        (
            400,
            (
                b'{"success": false, "error": {"code": "INVALID_REQUEST",'
                b' "message": "The referenceId field is required"}}'
            ),
            "INVALID_REQUEST",
        ),
    ],
)
async def test_the_documented_refusals(documented, examples, status, answer, code):
    """Bare and enveloped errors are one kind of error (2.3, 2.4)."""
    examples.expect("POST", "/partner/links", b'{"referenceId":"u"}', answer=answer, status=status)
    with pytest.raises(PartnerRefusedError) as caught:
        await documented.create_link("u")
    assert (caught.value.partner_code, caught.value.status) == (code, status)


async def test_the_stub_bites(documented, examples):
    """One wrong byte in a request is not answered: the comparison is really byte for byte."""
    examples.expect("POST", "/partner/links", b'{"referenceId":"v"}', answer=LINK)
    with pytest.raises(Exception, match="599"):
        await documented.create_link("u")
