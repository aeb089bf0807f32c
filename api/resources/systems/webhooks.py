"""A system's own webhooks and their deliveries."""

from flask import Response, g

from api.auth import requires_scope
from api.auth.roles import SYSTEMS
from api.context import application, request_context
from api.resources.routing import PREFIX, Routes, Success, json_answer
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.schemas.systems.webhooks import (
    DeliveriesSchema,
    DeliverySchema,
    ShownOnceSchema,
    ShownWebhookSchema,
    WebhookPatchSchema,
    WebhookSchema,
    WebhooksSchema,
    shown_delivery,
    shown_webhook,
)
from api.services.access.scopes import Scope
from api.services.systems.webhooks import (
    add_test,
    add_webhook,
    change_webhook,
    deliveries_of,
    find_webhook,
    remove_webhook,
    secret_of,
    webhooks_of,
)
from api.storage import Webhook

routes = Routes("webhooks", about="Notifications of assessments that have been simulated for a system.")


@routes.get("/webhooks", Success(WebhooksSchema), allow_roles=SYSTEMS)
@requires_scope(Scope.WEBHOOKS_MANAGE)
def listing() -> Response:
    """List your webhooks, oldest first."""
    webhooks = webhooks_of(request_context(), g.user)
    return json_answer({"webhooks": [shown_webhook(webhook) for webhook in webhooks]})


@routes.post("/webhooks", Success(ShownOnceSchema, status=201), body=WebhookSchema, allow_roles=SYSTEMS)
@requires_scope(Scope.WEBHOOKS_MANAGE)
def add() -> Response:
    """Add a webhook: RMS notifies this URL of every new assessment simulated for you."""
    body = loaded(WebhookSchema(), json_body())
    made = add_webhook(request_context(), body["url"], outgoing=application().outgoing)
    return json_answer(_with_secret(made), status=201, Location=f"{PREFIX}/webhooks/{made.id}")


@routes.get("/webhooks/<string:id>", Success(ShownWebhookSchema), allow_roles=SYSTEMS)
@requires_scope(Scope.WEBHOOKS_MANAGE)
def one(id: str) -> Response:
    """One webhook."""
    return json_answer(shown_webhook(find_webhook(request_context(), id)))


@routes.patch("/webhooks/<string:id>", Success(ShownOnceSchema), body=WebhookPatchSchema, allow_roles=SYSTEMS)
@requires_scope(Scope.WEBHOOKS_MANAGE)
def change(id: str) -> Response:
    """Change the URL, stop or resume the webhook, or renew its secret, which is then shown once."""
    body = loaded(WebhookPatchSchema(), json_body())
    changed = change_webhook(request_context(), id, **body, outgoing=application().outgoing)
    return json_answer(_with_secret(changed) if body["new_secret"] else shown_webhook(changed))


@routes.delete(
    "/webhooks/<string:id>",
    Success(status=204, description="It is deleted, with its deliveries."),
    allow_roles=SYSTEMS,
)
@requires_scope(Scope.WEBHOOKS_MANAGE)
def remove(id: str) -> Response:
    """Delete a webhook. Events that were not delivered yet are dropped."""
    remove_webhook(request_context(), id)
    return Response(status=204)


@routes.get("/webhooks/<string:id>/deliveries", Success(DeliveriesSchema), allow_roles=SYSTEMS)
@requires_scope(Scope.WEBHOOKS_MANAGE)
def deliveries(id: str) -> Response:
    """List the latest 200 deliveries of the last 30 days, newest first."""
    latest = deliveries_of(request_context(), id)
    return json_answer({"deliveries": [shown_delivery(delivery) for delivery in latest]})


@routes.post("/webhooks/<string:id>/test", Success(DeliverySchema, status=202), allow_roles=SYSTEMS)
@requires_scope(Scope.WEBHOOKS_MANAGE)
def test(id: str) -> Response:
    """Send a test event. Its result appears among the deliveries."""
    waiting = add_test(request_context(), id)
    return json_answer(shown_delivery(waiting), status=202)


def _with_secret(webhook: Webhook) -> dict[str, object]:
    secret = secret_of(webhook.id, webhook.secret_number, application().outgoing)
    return shown_webhook(webhook, secret=secret)
