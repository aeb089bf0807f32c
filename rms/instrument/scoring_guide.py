"""The scoring guide: an instrument as a document for the people who rate with it (Markdown)."""

from collections.abc import Iterator

from rms.instrument.model import Instrument, Item, Process, Source

WHERE_FROM = {
    Source.SEX: (
        "Taken from “Sex” under Identification. RMS treats a sex that is not listed here (other, unknown) as "
        "unknown."
    ),
    Source.DATE_OF_BIRTH: "Worked out from “Date of birth” under Identification.",
}


def scoring_guide(instrument: Instrument) -> str:
    """The instrument's sections, items, levels with their anchors, and the meaning of its outcomes."""
    return "\n".join(_lines(instrument))


def _lines(instrument: Instrument) -> Iterator[str]:
    yield f"# Scoring guide: {instrument.title}"
    yield ""
    yield f"Instrument {instrument.name}, version {instrument.version}."
    yield ""
    yield _one_line(instrument.description)
    for code, heading in instrument.sections.items():
        yield from ("", f"## {heading}")
        for item in instrument.items:
            if item.section == code:
                yield from _item(item)
    yield from ("", "## What the outcomes mean")
    for process in instrument.processes:
        yield from _process(process)


def _item(item: Item) -> Iterator[str]:
    yield from ("", f"### {item.label}", "", item.question, "")
    yield from (f"- {fact}" for fact in facts(item))
    if item.levels:
        yield from ("", *_levels(item))


def _levels(item: Item) -> Iterator[str]:
    """A table of the levels, with a column of anchors where any level has one."""
    heads = ("answer", "level", "what you have seen, or what is on record")
    rows = [(str(level.value), level.label, _one_line(level.anchor)) for level in item.levels]
    columns = 3 if any(anchor for *_, anchor in rows) else 2
    for row in (heads, ("---",) * 3, *rows):
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row[:columns]) + " |"


def facts(item: Item) -> Iterator[str]:
    """What a rater has to know about an item, each fact as a sentence."""
    if item.source in WHERE_FROM:
        yield WHERE_FROM[item.source]
    if not item.levels:
        yield f"Enter {item.allowed}."
    yield "Can change (dynamic)." if item.dynamic else "The person cannot change this (static)."
    if item.need:
        yield f"Rates the need {item.need}; in percent: {_percents(item)}."
    if item.source is Source.ANSWER:
        yield _unknown(item)
    if item.blank_means:
        yield f"An empty cell in a file of past cases: {_one_line(item.blank_means)}"


def _percents(item: Item) -> str:
    return ", ".join(
        f"{level.value} is {item.percent(position):.0f}%" for position, level in enumerate(item.levels)
    )


def _unknown(item: Item) -> str:
    if item.unknown_allowed:
        return (
            "May be marked unknown, with a reason. RMS treats unknown as an answer of its own, never as the "
            "best or the worst."
        )
    return "Must be answered." if item.required else "May be left out."


def _process(process: Process) -> Iterator[str]:
    yield from ("", f"### {process.label}", "")
    yield f"- **1**: {_one_line(process.stayed)}"
    yield f"- **2**: {_one_line(process.returned)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
