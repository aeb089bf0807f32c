"""Webhooks and their deliveries as JSON."""

from marshmallow import Schema, fields

from api.schemas.json_body import Json
from api.schemas.strict_fields import SafeText, TrueOrFalse
from api.services.systems.webhook_transport import LONGEST_URL
from api.storage import Delivery, Webhook

URL = {"description": "Must begin with https:// and lead to a public address.", "format": "uri"}


class WebhookSchema(Schema):
    url = SafeText(longest=LONGEST_URL, required=True, metadata=URL)


class WebhookPatchSchema(Schema):
    """Changes of a webhook; fields that are left out stay."""

    url = SafeText(longest=LONGEST_URL, metadata=URL)
    active = TrueOrFalse()
    new_secret = TrueOrFalse(
        load_default=False,
        metadata={"description": "Renew the secret. The old one is no longer used."},
    )


class ShownWebhookSchema(Schema):
    id = fields.String(required=True)
    url = fields.String(required=True)
    active = fields.Boolean(
        required=True,
        metadata={"description": "False: nothing is sent. You stopped it, or it failed too long."},
    )
    created_at = fields.AwareDateTime(required=True)
    failing_since = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "The first failure since a success."}
    )


class ShownOnceSchema(ShownWebhookSchema):
    secret = fields.String(metadata={"description": "Signs what is sent. Shown only once."})


class WebhooksSchema(Schema):
    webhooks = fields.List(fields.Nested(ShownWebhookSchema), required=True)


class DeliverySchema(Schema):
    event = fields.String(required=True, metadata={"description": "The RMS-Event-Id."})
    type = fields.String(required=True, metadata={"enum": ["assessment.simulated", "webhook.test"]})
    assessment = fields.String(
        required=True, allow_none=True, metadata={"description": "The ID of the assessment."}
    )
    state = fields.String(required=True, metadata={"enum": ["waiting", "delivered", "failed"]})
    created_at = fields.AwareDateTime(required=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When the next attempt is due."}
    )
    attempts = fields.Integer(required=True)
    status = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of the last answer, if there was one."}
    )
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "enum": ["refused", "no_answer", "tls_failed", "name_unknown", "address_refused", None],
            "description": "Why the last attempt failed.",
        },
    )


class DeliveriesSchema(Schema):
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)


def shown_webhook(webhook: Webhook, **once: str) -> Json:
    """`once` is a new secret."""
    since = webhook.failing_since
    return {
        "id": webhook.id,
        "url": webhook.url,
        "active": webhook.active,
        "created_at": webhook.created_at.isoformat(),
        "failing_since": None if since is None else since.isoformat(),
        **once,
    }


def shown_delivery(delivery: Delivery) -> Json:
    simulated = delivery.simulated
    moments = {
        name: None if (moment := getattr(delivery, name)) is None else moment.isoformat()
        for name in ("created_at", "delivered_at", "due_at")
    }
    return {
        "event": delivery.event,
        "type": "webhook.test" if simulated is None else "assessment.simulated",
        "assessment": None if simulated is None else simulated.id,
        "state": _state(delivery),
        **moments,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "problem": delivery.problem,
    }


def _state(delivery: Delivery) -> str:
    if delivery.delivered_at is not None:
        return "delivered"
    return "failed" if delivery.due_at is None else "waiting"
