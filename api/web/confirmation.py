"""The page that asks before an action with consequences."""

from collections.abc import Mapping

from flask import render_template

LOGGED = "The audit log records your username with this action."


def confirmation_page(
    heading: str,
    *sentences: str,
    label: str,
    action: str,
    back: str,
    grave: str = "",
    sent: Mapping[str, str] | None = None,
) -> str:
    """Ask `heading`, and say in `sentences` what the action does.

    The button `label` posts the fields `sent` to the address `action`; `back` leaves without the action.
    """
    return render_template(
        "confirm.html",
        heading=heading,
        grave=grave,
        sentences=(*sentences, LOGGED),
        label=label,
        action=action,
        sent=sent or {},
        back=back,
    )
