"""Advice: rules that change a workload and estimate it again. One rule is one short function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.advice import compute, data, network, secrets, watching
from tenner.advice.base import BEDROCK_MODEL_RISKS, HIPAA, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.advice.base import Scene

RULES: Sequence[Rule[Scene]] = (
    Rule("arm64", compute.arm64, "hours", "low", "a library with binary parts needs an arm64 form"),
    Rule("memory", compute.memory, "hours", "medium", "less memory is less CPU: it is slower"),
    Rule(
        *("provisioned-concurrency", compute.provisioned_concurrency, "minutes", "medium"),
        "the first request of each new instance waits for its start",
    ),
    Rule("fargate-arm64", compute.fargate_arm64, "hours", "low", "images must be built for arm64"),
    Rule(
        *("fargate-spot", compute.fargate_spot, "hours", "medium"),
        "AWS stops tasks with two minutes' notice",
    ),
    Rule("image-size", compute.image_size, "hours", "low", "an image may lack a tool at run time"),
    Rule(
        *("bedrock-model", compute.bedrock_model, "hours", "medium"),
        BEDROCK_MODEL_RISKS,
    ),
    Rule("bedrock-cache", compute.bedrock_cache, "days", "low", "an answer may be out of date"),
    Rule("bedrock-tokens", compute.bedrock_tokens, "minutes", "medium", "answers may be cut off"),
    Rule(
        *("http-for-rest", network.http_for_rest, "hours", "low"),
        "an HTTP API has no API keys, usage plans, request validation, cache or WAF",
    ),
    Rule("api-cache", network.api_cache, "minutes", "low", "answers come a little later"),
    Rule(
        *("gateway-endpoints", network.gateway_endpoints, "minutes", "low"),
        "none: routes of the subnets change, and the endpoints are free",
    ),
    Rule(
        *("interface-endpoints", network.interface_endpoints, "hours", "medium"),
        "code reaches these services of AWS only, and nothing else outside",
    ),
    Rule(
        *("ipv6", network.ipv6, "days", "medium"),
        "what has no IPv6 address can't be reached: ask each company that you call",
    ),
    Rule(
        *("one-nat", network.one_nat, "minutes", "low"),
        "when its zone fails, nothing of the environment reaches the internet",
    ),
    Rule(
        *("api-for-balancer", network.api_for_balancer, "days", "medium"),
        "an HTTP API gives up after 30 s, and takes 10 MB",
    ),
    Rule(
        *("function-url", network.function_url, "hours", "medium"),
        "it has no authorizer, routes, throttle or domain of its own",
        *("", HIPAA),
    ),
    Rule(
        *("log-retention", watching.log_retention, "minutes", "low"),
        "older lines are gone: keep longer what a law asks for",
        *("", HIPAA),
    ),
    Rule(
        *("log-class", watching.log_class, "hours", "medium"),
        "it has no metric filters, alarms, live tail or subscriptions, and no free 5 GB",
    ),
    Rule(
        *("log-filter", watching.log_filter, "hours", "low"),
        "less to look at after a mistake",
        *("", HIPAA),
    ),
    Rule("vended-metrics", watching.vended_metrics, "hours", "low", "dashboards take other names"),
    Rule(
        *("data-events", watching.data_events, "minutes", "medium"),
        "who read which object, or called which function, is recorded for the selected only",
        *("", HIPAA),
    ),
    Rule("second-trail", watching.second_trail, "minutes", "low", "several readers share a bucket"),
    Rule("cost-explorer", watching.cost_explorer, "minutes", "low", "figures are a week old"),
    Rule(
        *("parameter-store", secrets.parameter_store, "hours", "medium"),
        "a parameter doesn't rotate itself, and 40 are read a second",
        *("", HIPAA),
    ),
    Rule("secret-caching", secrets.secret_caching, "hours", "low", "a new value is seen later"),
    Rule("shared-secrets", secrets.shared_secrets, "hours", "low", "one leak is a leak of all"),
    Rule(
        *("one-secret", secrets.one_secret, "hours", "medium"),
        "who may read one value may read all, and they rotate together",
    ),
    Rule(
        *("aws-owned-keys", secrets.aws_owned_keys, "hours", "high"),
        "you can't take the key away, nor see who used it",
        *("", HIPAA),
    ),
    Rule(
        *("cognito-plan", secrets.cognito_plan, "hours", "medium"),
        "a cheaper plan lacks features, such as passkeys: compare the plans first",
    ),
    Rule(
        *("threat-protection", secrets.threat_protection, "minutes", "high"),
        "stolen passwords and odd sign-ins are no longer noticed",
        *("", HIPAA),
    ),
    Rule(
        *("table-provisioned", data.table_provisioned, "hours", "medium"),
        "requests are refused while a burst is above the capacity",
    ),
    Rule(
        *("table-on-demand", data.table_on_demand, "minutes", "low"),
        "a runaway client costs money and is not refused",
    ),
    Rule(
        *("table-capacity", data.table_capacity, "minutes", "low"),
        "auto scaling takes minutes to follow a burst",
    ),
    Rule(
        *("table-floor", data.table_floor, "minutes", "low"),
        "auto scaling takes minutes to follow a burst",
    ),
    Rule(
        *("aurora-io", data.aurora_io, "minutes", "low"),
        "back to Standard at any time, to I/O-Optimized once in 30 days",
    ),
    Rule(
        *("aurora-pause", data.aurora_pause, "minutes", "low"),
        "the first query after a pause waits about 15 s",
    ),
    Rule("aurora-pooling", data.aurora_pooling, "days", "low", "sessions may not keep state"),
    Rule(
        *("s3-lifecycle", data.s3_lifecycle, "minutes", "low"),
        "reading what was moved costs $0.01 a GB, and 30 days are billed at least",
    ),
    Rule(
        *("s3-tiering", data.s3_tiering, "minutes", "low"),
        "each object above 128 KB is billed for being watched",
    ),
)
