"""What one environment brings to one app, for people and for Terraform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.own import alarms_of, profile_of
from tenner.own_table import Capacity, capacity_of
from tenner.workload import requests_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.catalog import Catalog, Profile
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment, EnvironmentSettings

_KEYS = {
    "aws_owned": "AWS-owned",
    "aws_managed": "AWS-managed",
    "customer": "customer, $1 each",
}


class Brought(NamedTuple):
    """What an environment brings to an app, and how the capacity of its table was chosen."""

    manifest: Manifest
    name: Environment
    profile: Profile
    capacity: Capacity

    @property
    def chosen(self) -> EnvironmentSettings:
        """Give what app.yaml says of this environment."""
        return self.manifest.environments[self.name]

    @property
    def facts(self) -> Mapping[str, str]:
        """Say each part of it in a word or two, in the order in which people read it."""
        profile = self.profile
        return {
            "account": profile.account,
            "API": self.chosen.custom_domain or profile.account,
            "table": f"{profile.account}, {self.capacity.said}",
            "logs kept": f"{profile.log_retention_days} days",
            "shared secrets": profile.shared_secrets,
            "own secrets": profile.app_secrets.replace("_", " "),
            "rotation": self._rotation(),
            "recovery": "35 days" if profile.point_in_time_recovery else "none",
            "deletion": "protected" if profile.deletion_protection else "possible",
            "key": _KEYS[profile.key],
            "alarms": str(sum(alarms_of(self.manifest).values())) if profile.alarms else "none",
            "dashboard": "1" if profile.dashboard else "none",
            "archive": self._archive(),
            "budget": f"${profile.budget_usd}" if profile.budget_usd else "shared",
        }

    def _rotation(self) -> str:
        days, names = self.profile.secret_rotation_days, self.chosen.rotate
        return f"{days} days, {len(names)} named" if days and names else "by hand"

    def _archive(self) -> str:
        found = self.profile.archive
        if not found:
            return "none"
        chosen = self.chosen.archive
        gone = f", deleted after {chosen.kept_days}" if chosen else ""
        return f"{'/'.join(map(str, found.model_dump().values()))} days{gone}"

    def _moves(self) -> dict[str, int] | None:
        """Give after how many days archived files move and are deleted; 0 is never."""
        found, chosen = self.profile.archive, self.chosen.archive
        kept = chosen.kept_days if chosen else 0
        return {**found.model_dump(), "kept_days": kept} if found else None

    def terraform(self) -> dict[str, Any]:
        """Give the variable `profile` of terraform/production, as JSON has it."""
        profile, chosen = self.profile, self.chosen
        return {
            "log_retention_days": profile.log_retention_days,
            "billing_mode": "PROVISIONED"
            if self.capacity.mode == "provisioned"
            else "PAY_PER_REQUEST",
            "auto_scaling": profile.auto_scaling.model_dump() if profile.auto_scaling else None,
            "point_in_time_recovery": profile.point_in_time_recovery,
            "deletion_protection": profile.deletion_protection,
            "key": profile.key,
            "alarms": profile.alarms,
            "dashboard": profile.dashboard,
            "archive": self._moves(),
            "rotation_days": profile.secret_rotation_days,
            "rotate": list(chosen.rotate),
            "custom_domain": chosen.custom_domain,
            "alert_email": chosen.alert_email,
            "budget_usd": profile.budget_usd,
        }


def brought(manifest: Manifest, environment: Environment, catalog: Catalog) -> Brought:
    """Find what an environment brings to an app; raises InputError where a price is missing."""
    profile = profile_of(manifest, environment, catalog)
    requests = requests_of(manifest, environment, catalog)
    capacity = capacity_of(requests, profile, catalog, manifest.region)
    return Brought(manifest, environment, profile, capacity)
