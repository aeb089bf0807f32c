"""Which media type a client prefers, from its `Accept` header (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence

from flask import request

from rms.parsing import number_in


def preferred(offered: Sequence[str]) -> str | None:
    """The one of these media types that the client prefers: the first of equals. None if it takes none.

    Parameters such as `charset` do not matter. A client without `Accept` takes any.
    """
    accepted = dict(_accepted(request.headers.get("Accept", "")))
    if not accepted:
        return offered[0]
    ranks = {media_type: _rank(media_type, accepted) for media_type in offered}
    best = max(offered, key=ranks.__getitem__)
    return best if ranks[best] > (0.0, 0) else None


def _accepted(header: str) -> list[tuple[str, float]]:
    """The media ranges in the header with their qualities, lowest first: of equal ranges the last counts."""
    ranges = []
    for part in header.lower().split(","):
        media_range, *parameters = (text.strip() for text in part.split(";"))
        if media_range:
            ranges.append(("*/*" if media_range == "*" else media_range, _quality(parameters)))
    return sorted(ranges, key=lambda entry: entry[1])


def _quality(parameters: Sequence[str]) -> float:
    """The `q` of a media range: 1 if it is missing or no number. Java sends `q=.2`."""
    named = [text.removeprefix("q=") for text in parameters if text.startswith("q=")]
    number = number_in(named[0]) if named else None
    return 1.0 if number is None else min(max(float(number), 0.0), 1.0)


def _rank(media_type: str, accepted: dict[str, float]) -> tuple[float, int]:
    """The quality of the most specific range that matches, and how specific it is; (0, 0) if none matches."""
    ranges = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
    matching = [(accepted[one], place) for place, one in enumerate(ranges, start=1) if one in accepted]
    quality, specific = matching[-1] if matching else (0.0, 0)
    return (quality, specific) if quality else (0.0, 0)
