"""The command `tenner spend`: what the apps really cost, beside the estimate."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import (
    PATH,
    PLANS,
    catalog_option,
    format_option,
    output_option,
    put,
    registry_option,
    tell,
)
from tenner.clock import now
from tenner.errors import TennerError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.spend import Spending
    from tenner.spend_ask import Saved


_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]{1,40}:[0-9]{12}:[A-Za-z0-9_-]{1,256}\Z")


@click.command()
@click.option("--from", "files", type=PATH, multiple=True, metavar="FILE", help="Saved answers.")
@click.option("--refresh", is_flag=True, help="Ask AWS again today.")
@click.option("--dry-run", is_flag=True, help="Only say what would be asked, and its cost.")
@click.option(
    "--all-accounts", is_flag=True, help="The bill of an organisation: count prod's accounts too."
)
@click.option("--app", "apps", multiple=True, metavar="APP", help="Only this app; else all.")
@click.option("--topic", metavar="ARN", help="Send it to this SNS topic too.")
@click.option("--account-plan", type=PLANS, help="Which free tiers the estimate counts.")
@format_option
@output_option
@registry_option
@catalog_option
def spend(  # noqa: PLR0913 - one for each option
    *,
    files: tuple[Path, ...],
    refresh: bool,
    dry_run: bool,
    all_accounts: bool,
    apps: tuple[str, ...],
    topic: str | None,
    account_plan: Any,
    format_: str,
    output: Path | None,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Say what the apps really cost, beside the estimate.

    By app (the tag app) and service, so far and in a month at this pace, from Cost Explorer; and
    where the use differs from the manifests, with the lines to change. AWS is asked at most once a
    day, which costs $0.04 (four requests of $0.01; more where answers have pages), and its answers
    are kept for the day in the user's cache. Credits and refunds stand apart.

    \b
    FILE has answers as AWS gives them: of `aws ce get-cost-and-usage` by tag app
    and SERVICE, and where given by tag app and USAGE_TYPE, by RECORD_TYPE, and of
    `aws ce get-anomalies`; one a file, or a list of them.
    Exit codes: 0 in order, 1 somebody has to look (over the budget, anomalies,
    the tag is not active), 2 wrong input, 3 AWS does not answer.
    Examples: tenner spend
              tenner spend --app todo
              tenner spend --from costs.json --from usage.json --format markdown
    """
    from tenner.load import load_catalog, load_names  # noqa: PLC0415 - each command imports what it needs
    from tenner.report_spend import write_spending  # noqa: PLC0415
    from tenner.spend import only, spending  # noqa: PLC0415
    from tenner.spend_answers import spent_of  # noqa: PLC0415
    from tenner.spend_fleet import fleet_to_compare  # noqa: PLC0415

    if files and (refresh or dry_run):
        option = "--refresh" if refresh else "--dry-run"
        raise TennerError(f"{option}: given with --from, expected one of them")
    if topic is not None:
        _check(topic)
    book, time = load_catalog(catalog), now()
    names = load_names(book, catalog)
    fleet = fleet_to_compare(registry, book, account_plan, all_accounts=all_accounts)
    if files:
        saved, source, problems = _read(files), ", ".join(map(str, files)), list[str]()
    else:
        found = _asked(time, book, refresh=refresh, dry_run=dry_run)
        if found is None:
            return 0
        saved, source, problems = found
    spent = spent_of(saved.answers, source)
    day = date.fromisoformat(saved.asked[:10]) if saved.asked else time.date()
    result = spending(spent, fleet.bill, names, day, fleet.budget, fleet.manifests)
    if apps:
        result = only(result, apps, {manifest.app for manifest in fleet.manifests})
    heading = _heading(saved, result)
    put(write_spending(result, heading, format_), output)
    code = tell([*fleet.problems, *problems]) or int(result.needs_a_person)
    if topic is not None:
        _send(topic, write_spending(result, heading, "text"))
    return code


def _heading(saved: Saved, result: Spending) -> str:
    """Say of which days and which account, and when AWS was asked."""
    last = result.end - timedelta(days=1)
    words = [f"spend · {result.start} to {last}", f"{result.days} of {result.days_of_month} days"]
    words += [f"account {saved.account}"] if saved.account else []
    words += [f"asked {saved.asked[:10]}"] if saved.asked else []
    return " · ".join(words)


def _check(topic: str) -> None:
    """Raise TennerError for what is no topic's name."""
    from tenner.shown import shown  # noqa: PLC0415

    if not _TOPIC.match(topic):
        message = f"--topic: given {shown(topic)}, expected arn:aws:sns:REGION:ACCOUNT:NAME"
        raise TennerError(message)


def _send(topic: str, text: str) -> None:
    """Send a report to an SNS topic; raises OutsideError with one sentence."""
    from tenner.aws import Account, Refused  # noqa: PLC0415
    from tenner.errors import OutsideError  # noqa: PLC0415

    region = topic.split(":")[3]
    try:
        Account(region).ask(
            "sns", "publish", TopicArn=topic, Subject="What was spent", Message=text
        )
    except Refused as error:
        message = f"{topic}: nothing was sent: {error}"
        raise OutsideError(message) from None
    click.echo(f"Sent to {topic}", err=True)


def _read(files: tuple[Path, ...]) -> Saved:
    """Put the answers of several files together; raises TennerError for those of two accounts."""
    from tenner.spend_ask import read_saved  # noqa: PLC0415

    found = [read_saved(path) for path in files]
    if len({saved.account for saved in found if saved.account}) > 1:
        given = " and ".join(sorted({saved.account for saved in found if saved.account}))
        raise TennerError(f"--from: given answers of {given}, expected those of one account")
    first = next((saved for saved in found if saved.account), found[0])
    return first._replace(answers=[each for saved in found for each in saved.answers])


def _asked(
    time: datetime, book: Catalog, *, refresh: bool, dry_run: bool
) -> tuple[Saved, str, list[str]] | None:
    """Give what AWS said today, or ask it; says on stderr what that costs, also where it fails.

    Gives where the answers are, and a sentence for each that can't be had or kept; nothing after
    a dry run.
    """
    from tenner.money import cents  # noqa: PLC0415
    from tenner.spend_ask import QUESTIONS, Purse  # noqa: PLC0415

    usd = book.item("cost_explorer/api_requests", "us-east-1").usd_per
    purse = Purse()
    if dry_run:
        if not refresh and purse.saved(time.date()):
            click.echo(f"Account {purse.account} was asked today: nothing is asked, $0.00.")
        else:
            click.echo(
                f"Account {purse.account} would be asked {QUESTIONS} times, "
                f"{cents(usd * QUESTIONS)}; more where answers have pages."
            )
        return None
    with purse.alone():
        saved = None if refresh else purse.saved(time.date())
        if saved:
            click.echo(f"Asked today already: {purse.path}; --refresh asks again.", err=True)
            return saved, f"{purse.path}, what Cost Explorer said", []
        try:
            saved, problems = purse.ask(time.isoformat(timespec="seconds"))
        finally:
            if purse.requests:
                times = "once" if purse.requests == 1 else f"{purse.requests} times"
                cost = cents(usd * purse.requests)
                click.echo(f"Cost Explorer was asked {times}, which costs {cost}.", err=True)
    return saved, f"{purse.path}, what Cost Explorer said", problems
