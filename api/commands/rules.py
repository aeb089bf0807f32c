"""Published rules on the command line: which there are, and their decisions on a CSV file of cases."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import click
from tqdm import tqdm

from api.commands.result_file import ResultFile, check_paths
from rms.rules.case_files import RECORDS, decided
from rms.rules.rule_book import RULES, Rule
from rms.rules.rule_book_text import markdown

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def rules() -> None:
    """Apply published rules to cases in a CSV file.

    They are predictors (OGRS3, OGP, OVP, RSR), allocation, handover, early allocation, tier and cohort.

    docs/rules.md has every rule set with its rows and source. No decision is stored.
    """


@rules.command("list")
def list_sets() -> None:
    """Print all rule sets, and when they are in force."""
    for rule in RULES.values():
        for head in rule.heads():
            first, last = head.in_force_from, head.in_force_to
            period = f"from {first}{f' to {last}' if last else ''}" if first else "only if named"
            click.echo(f"{rule.name}  {head.version}  {period}  {head.title}")


@rules.command("columns")
@click.argument("rule", type=click.Choice(sorted(RULES)))
@click.option("--rule-set", help="A version. The default is the rule set in force today.")
def columns(rule: str, rule_set: str | None) -> None:
    """Print the columns that a file of cases can have."""
    chosen = RULES[rule]
    for name in chosen.asks(rule_set or chosen.in_force(datetime.now(UTC).date())):
        if name != RECORDS:
            click.echo(name)


@rules.command("book")
def book() -> None:
    """Print the rule book as Markdown.

    It has every rule set with its source, rows and limits.
    """
    click.echo(markdown(), nl=False)


def _command(rule: Rule) -> click.Command:
    @click.command(
        rule.name, help=f"Decide all cases of a CSV file. {rule.title}.", short_help=f"{rule.title}."
    )
    @click.option(
        "--csv",
        "cases",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        required=True,
        help="CSV file of cases, one a row.",
    )
    @click.option(
        "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="CSV file to write."
    )
    @click.option("--rule-set", help="A version. The default is the rule set in force on the day.")
    @click.option("--as-at", "as_at", type=DAY, help="The day of the decision. The default is today.")
    def command(cases: Path, out: Path, rule_set: str | None, as_at: datetime | None) -> None:
        check_paths(out, source=cases, of="cases")
        today = (as_at or datetime.now(UTC)).date()
        with (
            cases.open(encoding="utf-8", errors="surrogateescape", newline="") as source,
            ResultFile(out) as draft,
            draft.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
        ):
            writer = csv.writer(file, lineterminator="\n")
            rows = decided(source, cases.name, rule, today=today, version=rule_set)
            for row in tqdm(rows, disable=None, leave=False, unit=" cases"):
                writer.writerow(row)

    return command


for one in RULES.values():
    rules.add_command(_command(one))
