"""The kinds of resources that a system may have, by the word that its file uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.kinds import auto_scaling, compute, data, network, operations, security

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenner.kinds.base import Resource

KINDS: Mapping[str, type[Resource]] = {
    "alarm": operations.Alarm,
    "aurora_serverless": data.AuroraServerless,
    "bedrock_model": compute.BedrockModel,
    "bucket": data.Bucket,
    "budget": operations.Budget,
    "cloudtrail": security.CloudTrail,
    "contributor_insights": operations.ContributorInsights,
    "cost_explorer": operations.CostExplorer,
    "dashboard": operations.Dashboard,
    "data_transfer": network.DataTransfer,
    "distribution": network.Distribution,
    "ecr_repository": data.EcrRepository,
    "eventbridge": operations.EventBridge,
    "fargate_service": compute.FargateService,
    "function": compute.Function,
    "hosted_zone": network.HostedZone,
    "http_api": network.HttpApi,
    "interface_endpoint": network.InterfaceEndpoint,
    "kms_key": security.KmsKey,
    "load_balancer": network.LoadBalancer,
    "log_group": operations.LogGroup,
    "metric": operations.Metric,
    "nat_gateway": network.NatGateway,
    "parameter": security.Parameter,
    "public_ipv4": network.PublicIpv4,
    "queue": operations.Queue,
    "rds_instance": data.RdsInstance,
    "rest_api": network.RestApi,
    "rest_api_cache": network.RestApiCache,
    "secret": security.Secret,
    "step_functions": compute.StepFunctions,
    "table_auto_scaled": auto_scaling.TableAutoScaled,
    "table_on_demand": data.TableOnDemand,
    "table_provisioned": data.TableProvisioned,
    "topic": operations.Topic,
    "user_pool": security.UserPool,
}
