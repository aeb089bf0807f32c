"""Deliveries one after the other, in this thread, without waiting for a dispatcher."""

import random

from api.services.context import Context
from api.services.systems.deliveries import DeliveryTurns, Draw, deliver
from api.services.systems.webhooks import Outgoing


def deliver_due(context: Context, *, outgoing: Outgoing, draw: Draw = random.random) -> int:
    """Try all events that are due now; returns how many."""
    turns, tried = DeliveryTurns(), 0
    while claimed := turns.claim_next(context):
        deliver(context, claimed, outgoing=outgoing, draw=draw)
        turns.ended(claimed)
        tried += 1
    return tried
