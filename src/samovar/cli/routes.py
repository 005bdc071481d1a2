"""``samovar routes``: the table of an app's URLs."""

from __future__ import annotations

from collections.abc import Iterable

import click
from werkzeug.routing import Rule

from samovar.cli.target import target_argument
from samovar.commands import with_appcontext
from samovar.current import current_app

IMPLIED_METHODS = {"HEAD", "OPTIONS"}
"""Methods that nearly every rule answers, left out of the table unless asked for."""

SORTABLE = {
    "endpoint": ("Endpoint",),
    "methods": ("Methods",),
    "domain": ("Host", "Subdomain"),
    "rule": ("Rule",),
    "match": (),
}
"""The columns that each choice of ``--sort`` means."""


@click.command("routes", short_help="Show the routes of the app.")
@target_argument
@click.option(
    "--sort",
    "-s",
    type=click.Choice(list(SORTABLE)),
    default="endpoint",
    help="The column to sort by; 'match' is the order in which rules are tried.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS as well.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """Show each rule with its endpoint and methods."""
    rules = list(current_app.url_map.iter_rules())
    if not rules:
        click.echo("No routes were registered.")
        return
    hidden = set() if all_methods else IMPLIED_METHODS
    columns = _columns(rules, current_app.url_map.host_matching, hidden)
    rows = list(zip(*columns.values(), strict=True))
    titles = list(columns)
    # Without domains there is nothing to sort by them, and the order of matching stays.
    wanted = [title for title in SORTABLE[sort] if title in columns]
    if wanted:
        rows.sort(key=lambda row: row[titles.index(wanted[0])])
    _print_table(titles, rows)


def _columns(rules: list[Rule], by_host: bool, hidden: set[str]) -> dict[str, list[str]]:
    columns = {
        "Endpoint": [rule.endpoint for rule in rules],
        "Methods": [", ".join(sorted((rule.methods or set()) - hidden)) for rule in rules],
    }
    domains = [(rule.host if by_host else rule.subdomain) or "" for rule in rules]
    if any(domains):
        columns["Host" if by_host else "Subdomain"] = domains
    columns["Rule"] = [rule.rule for rule in rules]
    return columns


def _print_table(titles: list[str], rows: Iterable[tuple[str, ...]]) -> None:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    for row in (titles, ["-" * width for width in widths], *rows):
        cells = zip(row, widths, strict=True)
        click.echo("  ".join(cell.ljust(width) for cell, width in cells).rstrip())
