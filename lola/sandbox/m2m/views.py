"""The JSON of responses and operation webhooks, with user data masked (reference/m2m.md 9.2).

Optional fields without a value are left out, as in the documented samples.
"""

from lola.domain.messages import JsonObject
from lola.sandbox.m2m.rows import Delivery, Operation, Partner, Step, User
from lola.sandbox.m2m.rows import Link as LinkRow
from lola.sandbox.m2m.user_data import mask
from lola.sandbox.m2m.users import CIP_STATUS

BRAND_COLOR = "#B45309"


def created_view(link: LinkRow, url: str) -> JsonObject:
    """Return the response to a creation (5.1), the only one that shows the token."""
    return {
        "linkId": link.link_id,
        "referenceId": link.reference_id,
        "status": link.status,
        "url": url,
        "token": link.token,
        "expiresAt": link.expires_at,
        "createdAt": link.created_at,
    }


def link_view(link: LinkRow, url: str, data: JsonObject) -> JsonObject:
    """Return an item of the list of links (5.2)."""
    return _given(
        {
            "linkId": link.link_id,
            "referenceId": link.reference_id,
            "status": link.status,
            "url": url,
            "expiresAt": link.expires_at,
            "createdAt": link.created_at,
            "openedAt": link.opened_at,
            "userId": link.user_id,
            "operationId": link.operation_id,
            "userData": mask(data) or None,
        }
    )


def link_details(
    link: LinkRow, url: str, data: JsonObject, user: User, operation: Operation | None
) -> JsonObject:
    """Return the details of a link (5.3, 9.2)."""
    return link_view(link, url, data) | {
        "flow": link.flow,
        "theme": link.theme,
        "language": link.language,
        "callbackUrl": link.callback_url,
        "metadata": link.metadata,
        "revokedAt": link.revoked_at,
        "revokeReason": link.revoke_reason,
        "user": {
            "userId": user.user_id,
            "cipStatus": CIP_STATUS[user.state],
            "blocked": bool(user.blocked),
        },
        "operation": operation
        and _given(
            {
                "operationId": operation.operation_id,
                "status": operation.status,
                "amount": operation.amount,
                "createdAt": operation.created_at,
            }
        ),
    }


def activity_view(link: LinkRow, steps: list[Step]) -> JsonObject:
    """Return the timeline of a link (9.2)."""
    items = [{"type": step.type, "timestamp": step.at, "details": step.details} for step in steps]
    return {"linkId": link.link_id, "items": items}


def operation_view(operation: Operation) -> JsonObject:
    """Return an item of the list of operations, also the data of its events (5.13, 9.2)."""
    return _given(
        {
            "operationId": operation.operation_id,
            "userId": operation.user_id,
            "linkId": operation.link_id,
            "status": operation.status,
            "amount": operation.amount,
            "createdAt": operation.created_at,
            "referenceId": operation.reference_id,
            "funding": operation.funding,
            "payout": operation.payout,
            "completedAt": operation.completed_at,
            "failedAt": operation.failed_at,
            "failureReason": operation.failure_reason,
            "cancelledAt": operation.cancelled_at,
        }
    )


def user_view(user: User) -> JsonObject:
    """Return an item of the list of users (9.2)."""
    return {
        "userId": user.user_id,
        "referenceId": user.reference_id,
        "cipStatus": CIP_STATUS[user.state],
        "blocked": bool(user.blocked),
        "createdAt": user.created_at,
        "lastActivityAt": user.last_activity_at,
    }


def user_details(user: User, data: JsonObject, stats: JsonObject) -> JsonObject:
    """Return the masked details of a user (5.10, 9.2)."""
    return user_view(user) | {
        "state": user.state,
        "userData": mask(data),
        "blockedReason": user.blocked_reason,
        "blockedAt": user.blocked_at,
        "stats": stats,
    }


def settings_view(partner: Partner) -> JsonObject:
    """Return the settings of a partner (9.2)."""
    return {
        "defaultLinkExpirationMinutes": partner.default_minutes,
        "theme": partner.theme,
        "language": partner.language,
        "allowedPaymentMethods": partner.payment_methods,
    }


def profile_view(partner: Partner) -> JsonObject:
    """Return the profile of a partner (5.6, 9.2)."""
    names = ("allowedPaymentMethods", "defaultLinkExpirationMinutes")
    settings = settings_view(partner)
    return {
        "partnerId": partner.partner_id,
        "name": partner.name,
        "status": partner.status,
        "environment": "sandbox",
        "branding": {"logoUrl": None, "primaryColor": BRAND_COLOR, "theme": partner.theme},
        "settings": {name: settings[name] for name in names},
    }


def webhook_view(partner: Partner) -> JsonObject:
    """Return the webhook address and the end of the secret (5.18, 9.2)."""
    return {
        "webhookUrl": partner.webhook_url,
        "secretPreview": f"whsec_****{partner.webhook_secret[-4:]}",
    }


def delivery_view(delivery: Delivery) -> JsonObject:
    """Return an item of the delivery log (9.2)."""
    return {
        "deliveryId": delivery.delivery_id,
        "event": delivery.event,
        "status": delivery.status,
        "url": delivery.url,
        "linkId": delivery.link_id,
        "referenceId": delivery.reference_id,
        "userId": delivery.user_id,
        "attempts": delivery.attempts,
        "responseStatus": delivery.response_status,
        "error": delivery.error,
        "createdAt": delivery.created_at,
        "lastAttemptAt": delivery.last_attempt_at,
        "nextAttemptAt": delivery.next_attempt_at,
        "deliveredAt": delivery.delivered_at,
    }


def _given(fields: JsonObject) -> JsonObject:
    return {name: value for name, value in fields.items() if value is not None}
