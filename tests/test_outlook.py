"""Outlooks: several times today's size, compared with fleets and systems that really are so big."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner import outlook
from tenner.estimate import Bill
from tenner.system_cost import SystemRequest, answer_for_system, load_system
from tenner.usage import Usage
from tenner.workload import ONE_PAYER, SHARED_ACCOUNT, SHARED_APP, Workload, workloads_of
from tests.mutations import MANIFEST
from tests.pages import many

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.manifest import Manifest


def bill_of(manifests: list[Manifest], catalog: Catalog) -> Bill:
    """Make the bill of some apps."""
    return Bill(catalog, [w for each in manifests for w in workloads_of(each, catalog)])


def test_a_fleet_grows_by_traffic_and_by_apps(catalog: Catalog) -> None:
    """Both curves are what a fleet with that traffic, or of so many apps, would really cost."""
    manifests = many(MANIFEST, 4)
    traffic, apps = outlook.of_fleet(manifests, bill_of(manifests, catalog))
    busy = MANIFEST.replace("use_multiplier: 0.5", "use_multiplier: 2.5").replace(
        "prod: {}", "prod: {use_multiplier: 5}"
    )
    assert list(traffic.points) == list(apps.points) == list(outlook.FACTORS)
    assert traffic.points[Decimal(5)] == bill_of(many(busy, 4), catalog).total
    assert apps.points[Decimal(5)] == bill_of(many(MANIFEST, 20), catalog).total
    now = bill_of(manifests, catalog).total
    assert traffic.points[Decimal(1)] == apps.points[Decimal(1)] == now


def test_shared_infrastructure_stays_once(catalog: Catalog) -> None:
    """A secret of the shared infrastructure is billed once at every size, as it is now."""
    use = Usage("secrets_manager/secret", Decimal(1), "secret x", "1 secret")
    shared = Workload(SHARED_APP, "prod", "us-east-1", SHARED_ACCOUNT, ONE_PAYER, (use,))
    manifests = many(MANIFEST, 2)
    apps = bill_of(manifests, catalog)
    whole = Bill(catalog, [*apps.workloads, shared])
    curves = zip(outlook.of_fleet(manifests, whole), outlook.of_fleet(manifests, apps), strict=True)
    for with_it, without in curves:
        for factor in outlook.FACTORS:
            assert with_it.points[factor] - without.points[factor] == Decimal("0.40")


def test_an_app_grows_within_its_fleet(catalog: Catalog) -> None:
    """What an app adds at five times its traffic; the others stay as they are."""
    manifests = many(MANIFEST, 4)
    bill = bill_of(manifests, catalog)
    (curve,) = outlook.of_apps(manifests[:1], bill)
    assert curve.points[Decimal(1)] == bill.marginal(bill.numbers_of("app-0001"))
    assert curve.points[Decimal(10)] > curve.points[Decimal(1)]


def test_a_system_grows_by_its_drivers(catalog: Catalog) -> None:
    """The curve is what `--usage users=…` says."""
    system = load_system("healthcare-backend")
    (curve,) = outlook.of_system(system, system.first, catalog, system.account_plan)
    asked = SystemRequest(system, "", ["users=50000"], None, None)
    assert curve.points[Decimal(5)] == answer_for_system(asked).report.total
    assert curve.name == "more users"
