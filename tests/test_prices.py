"""The price book can be checked and refreshed, and what is kept by hand stays."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from tenner import cli, cli_prices, prices_refresh
from tenner.catalog import parse_service
from tenner.errors import OutsideError, TennerError
from tenner.load import default_catalog_folder, load_catalog
from tenner.price_list import tiers_of
from tenner.prices_check import Stale, defects, stale
from tenner.prices_refresh import asker, refresh, write
from tests.price_list_answers import product

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.service import PriceList, Service

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = NOW.date()
SERVICE = """\
# A comment at the top.
service: Fargate
pools:
  storage:
    amount: 10
    unit: GB-month
    scope: payer
    term: always
    source: ["https://aws.amazon.com/fargate/pricing/"]
    checked: 2026-11-01
items:
  vcpu_x86:
    name: vCPU
    unit: vCPU-hour
    per: 1
    regions:
      us-east-1:
        price_list: {service_code: AmazonECS, usage_type: "Fargate-vCPU-Hours:perCPU"}
        tiers:
          - {usd: 0.04048}  # since 2018
        source:
          - "https://aws.amazon.com/fargate/pricing/"
        checked: 2026-11-01
  vcpu_x86_spot:
    name: vCPU, Spot
    unit: vCPU-hour
    per: 1
    hand_kept: true
    discount: {of: vcpu_x86, percent_from: 50, percent_to: 70}
    regions:
      us-east-1:
        tiers:
          - {usd: 0.02024}
        source:
          - "https://aws.amazon.com/fargate/pricing/"
        checked: 2025-11-21
  storage:
    name: Storage
    unit: GB-month
    per: 1000
    pool: storage
    regions:
      us-east-1:
        price_list: {service_code: AmazonECS, usage_type: Storage}
        tiers:
          - {up_to: 90, usd: 0.10}
          - {usd: 0.05}
        source:
          - "https://aws.amazon.com/fargate/pricing/"
        checked: 2026-11-01
"""
VCPU = product("Fargate-vCPU-Hours:perCPU", ("0", "Inf", "0.0404800000"))
STORAGE = product("Storage", ("0", "10", "0"), ("10", "100", "0.0001"), ("100", "Inf", "0.00005"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalog with one service."""
    shutil.copytree(default_catalog_folder(), tmp_path / "catalog")
    for path in (tmp_path / "catalog" / "services").glob("*.yaml"):
        path.unlink()
    (tmp_path / "catalog" / "services" / "fargate.yaml").write_text(SERVICE, encoding="utf-8")
    return tmp_path / "catalog"


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    """A client of the Price List that answers what the test says."""
    keys = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "x")
    client = boto3.client("pricing", region_name="us-east-1", **keys)
    with Stubber(client) as stubber:
        yield client, stubber


def answers(**products: list[str]) -> prices_refresh.Ask:
    """Answer by the usage type, with its letters only."""

    def ask(price_list: PriceList, region: str) -> list[str]:
        assert region == "us-east-1"
        return products["".join(filter(str.isalpha, price_list.usage_type))]

    return ask


def found(old: str, new: str) -> list[str]:
    """Give the defects of a changed service."""
    assert old in SERVICE
    service = parse_service(SERVICE.replace(old, new, 1), "x.yaml")
    return [f"{defect.key}: {defect.message}" for defect in defects(service, TODAY)]


def test_the_price_book_has_no_defects() -> None:
    """Every unit is known, every source a page, no date to come, and discounts are right."""
    for service in load_catalog().services.values():
        assert list(defects(service, TODAY)) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "unit: vCPU-hour",
            "unit: vcpu-hour",
            'items.vcpu_x86.unit: given "vcpu-hour", which no other price has; mend or add it',
        ),
        (
            "usd: 0.10}",
            "usd: 0.01}",
            (
                "items.storage.regions.us-east-1.tiers: a later tier is dearer than an "
                "earlier one; expected falling prices"
            ),
        ),
        (
            "    pool: storage\n",
            "",
            "pools.storage: no item draws on it, so it would never be counted",
        ),
        (
            '["https://aws.amazon.com/fargate/pricing/"]',
            "[a blog]",
            "pools.storage.source: expected a page that can be opened, beginning https://",
        ),
        (
            "checked: 2026-11-01\nitems",
            "checked: 2026-11-22\nitems",
            "pools.storage.checked: given 2026-11-22, expected no day after 2026-11-21",
        ),
        (
            "usd: 0.02024",
            "usd: 0.0202",
            (
                "items.vcpu_x86_spot.regions.us-east-1.tiers.0.usd: given 0.0202, expected "
                "0.02024: the full price less 50 %"
            ),
        ),
        (
            "of: vcpu_x86,",
            "of: storage,",
            (
                "items.vcpu_x86_spot.discount.of: given storage, expected an item of this "
                "file with the same unit and per"
            ),
        ),
        (
            "percent_to: 70",
            "percent_to: 40",
            "items.vcpu_x86_spot.discount: percent_from is above percent_to",
        ),
    ],
)
def test_defects(old: str, new: str, message: str) -> None:
    """Each defect names the key path, what is given and what was expected."""
    assert message in found(old, new)


def test_age_on_both_sides_of_its_limit() -> None:
    """A price is old when it was checked more days ago than the limit, not on the day itself."""
    service: Service = parse_service(SERVICE, "x.yaml")
    assert stale("fargate", service, TODAY, 365) is None
    assert stale("fargate", service, TODAY, 364) == Stale(
        "fargate", 1, 4, "vcpu_x86_spot", date(2025, 11, 21)
    )


def test_check_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says how many prices are old and what to do; 0, 1 and 2 are its answers."""
    monkeypatch.setattr(cli_prices, "now", lambda: NOW)
    arguments = ["prices", "check", "--catalog", str(folder)]
    assert cli.main(arguments) == 0
    assert capsys.readouterr().out == "1 service: units, tiers, sources and ages are right.\n"
    assert cli.main([*arguments, "--max-age-days", "364"]) == 1
    assert capsys.readouterr().out.splitlines()[1] == (
        "  fargate: 1 of 4 checked more than 364 days ago, the oldest on 2025-11-21 (vcpu_x86_spot)"
    )
    path = folder / "services" / "fargate.yaml"
    path.write_text(SERVICE.replace("usd: 0.02024", "usd: 0.03"), encoding="utf-8")
    assert cli.main(arguments) == 2
    assert capsys.readouterr().err == (
        f"{path}: items.vcpu_x86_spot.regions.us-east-1.tiers.0.usd: "
        "given 0.03, expected 0.02024: the full price less 50 %\n"
    )


def test_same_prices_only_get_a_date_and_a_source(folder: Path) -> None:
    """What the Price List confirms is dated today; everything else stays to the letter."""
    (each,) = refresh([], folder, answers(FargatevCPUHoursperCPU=[VCPU], Storage=[STORAGE]), TODAY)
    assert [outcome.what for outcome in each.outcomes] == ["same", "same"]
    source = '          - "https://aws.amazon.com/fargate/pricing/"\n        checked: 2026-11-01\n'
    new = (
        '          - "https://aws.amazon.com/fargate/pricing/"\n'
        '          - "AWS Price List API, GetProducts"\n        checked: 2026-11-21\n'
    )
    assert each.after == SERVICE.replace(source, new)
    assert each.after.count(new) == 2


def test_changed_prices(folder: Path) -> None:
    """A new price and new tiers are put in for `per` units; comments, Spot and pools stay."""
    dearer = product("x", ("0", "Inf", "0.0500000000"))
    storage = product("x", ("0", "10", "0"), ("10", "50", "0.00009"), ("50", "Inf", "0.00004"))
    (each,) = refresh(
        [], folder, answers(FargatevCPUHoursperCPU=[dearer], Storage=[storage]), TODAY
    )
    assert [outcome.message for outcome in each.outcomes] == [
        "$0.04048 for 1 vCPU-hour becomes $0.05 for 1 vCPU-hour",
        "$0.1, then $0.05 for 1,000 GB-month becomes $0.09, then $0.04 for 1,000 GB-month",
    ]
    assert "          - {usd: 0.05}\n" in each.after
    assert "          - {up_to: 40, usd: 0.09}\n          - {usd: 0.04}\n" in each.after
    assert each.after.startswith("# A comment at the top.\n")
    assert "usd: 0.02024" in each.after
    assert "amount: 10\n" in each.after
    past = (
        "        history:\n          - until: 2026-11-21\n            tiers:\n"
        "              - {usd: 0.04048} # since 2018\n            source:\n"
        '              - "https://aws.amazon.com/fargate/pricing/"\n'
        "            checked: 2026-11-01\n"
    )
    assert past in each.after
    parsed = parse_service(each.after, "x.yaml").items["vcpu_x86"].regions["us-east-1"]
    assert parsed.on(date(2026, 11, 20)).tiers[0].usd == Decimal("0.04048")
    assert parsed.on(TODAY).tiers[0].usd == Decimal("0.05")
    assert (folder / "services" / "fargate.yaml").read_text(encoding="utf-8") == SERVICE
    write([each])
    assert (folder / "services" / "fargate.yaml").read_text(encoding="utf-8") == each.after
    assert [path.name for path in (folder / "services").iterdir()] == ["fargate.yaml"]


@pytest.mark.parametrize(
    ("products", "message"),
    [
        ([], "the Price List has no such price"),
        ([VCPU, product("x", ("0", "Inf", "1"))], "the Price List has 2 different prices"),
        (["{}"], "its answer is not built as documented"),
        (["nonsense"], "its answer is not built as documented"),
        ([product("x", ("0", "Inf", "NaN"))], "its answer is not built as documented"),
        ([product("x", ("0", "Inf", "-1"))], "its answer is not built as documented"),
        ([product("x", ("1", "Inf", "1"))], "its tiers don't follow one another"),
        ([product("x", ("0", "5", "1"))], "its tiers don't follow one another"),
        (
            [product("x", ("0", "Inf", "0.0000112444"))],
            (
                "$0.04048 for 1 vCPU-hour would become $0.0000112444 for 1 vCPU-hour: "
                "is the unit another?"
            ),
        ),
        (
            [product("x", ("0", "Inf", "0"))],
            "$0.04048 for 1 vCPU-hour would become $0 for 1 vCPU-hour: is the unit another?",
        ),
    ],
)
def test_what_is_not_certain_is_kept(folder: Path, products: list[str], message: str) -> None:
    """No price, several prices, a strange answer or another unit changes nothing."""
    ask = answers(FargatevCPUHoursperCPU=products, Storage=[STORAGE])
    (each,) = refresh(["fargate"], folder, ask, TODAY)
    assert (each.outcomes[0].what, each.outcomes[0].message) == ("kept", message)
    assert "          - {usd: 0.04048}  # since 2018\n" in each.after


def test_twice_the_same_price_is_one(folder: Path) -> None:
    """Two products of one price, such as two engines, are no doubt."""
    ask = answers(FargatevCPUHoursperCPU=[VCPU, VCPU], Storage=[STORAGE])
    (each,) = refresh(["fargate"], folder, ask, TODAY)
    assert each.outcomes[0].what == "same"


def test_tiers_are_exact() -> None:
    """Prices are read as decimals and in the order of their ranges."""
    text = product("x", ("100", "Inf", "0.0000045600"), ("0", "100", "0.0000166700"))
    assert tiers_of(text) == (
        (Decimal(100), Decimal("0.0000166700")),
        (None, Decimal("0.0000045600")),
    )


def test_asking_aws(folder: Path, stubbed: tuple[Any, Stubber]) -> None:
    """Each price is asked for by its usage type and region, over all pages of the answer."""
    client, stubber = stubbed
    asked = {
        "ServiceCode": "AmazonECS",
        "FormatVersion": "aws_v1",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-east-1"},
            {"Type": "TERM_MATCH", "Field": "usagetype", "Value": "Fargate-vCPU-Hours:perCPU"},
        ],
    }
    first = {"FormatVersion": "aws_v1", "PriceList": [VCPU], "NextToken": "more"}
    last = {"FormatVersion": "aws_v1", "PriceList": [STORAGE]}
    stubber.add_response("get_products", first, asked)
    stubber.add_response("get_products", last, {**asked, "NextToken": "more"})
    service = parse_service(SERVICE, "x.yaml")
    price_list = service.items["vcpu_x86"].regions["us-east-1"].price_list
    assert price_list is not None
    assert list(asker(client)(price_list, "us-east-1")) == [VCPU, STORAGE]
    stubber.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException"])
def test_aws_refuses(folder: Path, stubbed: tuple[Any, Stubber], code: str) -> None:
    """What AWS refuses is one sentence, and the book stays as it is."""
    client, stubber = stubbed
    stubber.add_client_error("get_products", code, "not\nyou")
    with pytest.raises(OutsideError) as caught:
        refresh([], folder, asker(client), TODAY)
    assert str(caught.value) == (
        f"The AWS Price List can't be asked: An error occurred ({code}) when calling the "
        "GetProducts operation: not you. Expected credentials that may call pricing:GetProducts: "
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
    assert (folder / "services" / "fargate.yaml").read_text(encoding="utf-8") == SERVICE


def test_unknown_service(folder: Path) -> None:
    """A service that the catalog lacks is named beside those that it has."""
    with pytest.raises(TennerError, match=r'^given "ec2", expected one of fargate$'):
        refresh(["ec2"], folder, answers(), TODAY)


@pytest.mark.parametrize(
    ("arguments", "typed", "is_written", "last"),
    [
        (["--dry-run"], "", False, "Nothing is written (--dry-run)."),
        (["--yes"], "", True, "Written. Look at it with: git diff catalog"),
        ([], "y\n", True, "Written. Look at it with: git diff catalog"),
        ([], "n\n", False, "Nothing is written."),
    ],
)
def test_refresh_command(
    folder: Path,
    arguments: list[str],
    typed: str,
    is_written: bool,
    last: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command shows a diff, and writes only what a person agreed to."""
    from click.testing import CliRunner

    ask = answers(FargatevCPUHoursperCPU=[VCPU], Storage=[STORAGE])
    monkeypatch.setattr(prices_refresh, "asker", lambda: ask)
    monkeypatch.setattr(cli_prices, "now", lambda: NOW)
    done = CliRunner().invoke(
        cli.cli,
        ["prices", "refresh", "--catalog", str(folder), *arguments],
        input=typed,
        standalone_mode=False,
    )
    assert done.exception is None
    assert "+        checked: 2026-11-21\n" in done.output
    assert done.output.endswith(f"{last}\n")
    text = (folder / "services" / "fargate.yaml").read_text(encoding="utf-8")
    assert (text != SERVICE) == is_written
    assert done.return_value == 0


def test_a_day_has_one_past_price(folder: Path) -> None:
    """A price that changes twice on a day is in the history once, and then after older ones."""
    one = answers(FargatevCPUHoursperCPU=[product("x", ("0", "Inf", "0.05"))], Storage=[STORAGE])
    two = answers(FargatevCPUHoursperCPU=[product("x", ("0", "Inf", "0.06"))], Storage=[STORAGE])
    for ask, day in ((one, TODAY), (two, TODAY), (one, date(2026, 11, 22))):
        write(refresh([], folder, ask, day))
    text = (folder / "services" / "fargate.yaml").read_text(encoding="utf-8")
    price = parse_service(text, "x.yaml").items["vcpu_x86"].regions["us-east-1"]
    assert [(str(past.until), past.tiers[0].usd) for past in price.history] == [
        ("2026-11-21", Decimal("0.04048")),
        ("2026-11-22", Decimal("0.06")),
    ]


def test_yes_and_dry_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Writing without asking and not writing don't go together."""
    words = ["prices", "refresh", "fargate", "--catalog", str(folder), "--yes", "--dry-run"]
    assert cli.main(words) == 2
    assert capsys.readouterr().err == "--yes: given with --dry-run, expected one of them\n"


def test_a_failed_writing_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file can't be put in its place, the old one is there and nothing beside it."""
    ask = answers(FargatevCPUHoursperCPU=[VCPU], Storage=[STORAGE])
    found = refresh([], folder, ask, TODAY)
    path = folder / "services" / "fargate.yaml"
    path.chmod(0o640)
    with monkeypatch.context() as patch:

        def refuse(*_: object) -> None:
            raise OSError(13, "Permission denied")

        patch.setattr(Path, "replace", refuse)
        with pytest.raises(OutsideError) as caught:
            write(found)
    assert str(caught.value) == f"{path} can't be written: Permission denied"
    assert path.read_text(encoding="utf-8") == SERVICE
    assert [each.name for each in path.parent.iterdir()] == ["fargate.yaml"]
    write(found)
    assert path.stat().st_mode & 0o777 == 0o640


def test_no_credentials(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without credentials the command ends with 3 and one sentence."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "none"))
    assert cli.main(["prices", "refresh", "fargate", "--catalog", str(folder)]) == 3
    assert capsys.readouterr().err == (
        "The AWS Price List can't be asked: Unable to locate credentials. Expected credentials "
        "that may call pricing:GetProducts: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY\n"
    )
