"""A manifest with everything in it."""

from __future__ import annotations

import pytest

EVERYTHING = """\
schema_version: 1
app: everything
description: An app with every feature.
owner: me
region: us-east-1
environments: {dev: {}, staging: {use_multiplier: 0.5}, prod: {use_multiplier: 10}}
functions:
  api:
    trigger: http_api
    memory_mb: 256
    timeout_s: 10
    use:
      requests_per_month: 100000
      duration_ms: 80
      reads_per_request: 2
      writes_per_request: 0.5
      log_bytes_per_request: 400
      response_bytes_per_request: 3000
  job:
    trigger: schedule
    schedule: rate(1 day)
    architecture: x86_64
    memory_mb: 1024
    timeout_s: 300
    use: {requests_per_month: 31, duration_ms: 20000, writes_per_request: 100}
  worker:
    trigger: queue
    memory_mb: 128
    timeout_s: 30
    use: {requests_per_month: 50000, duration_ms: 200, writes_per_request: 1}
table: {ttl_days: 30, use: {stored_gb: 2.5}}
secrets: {shared: [anthropic-api-key, openai-api-key], app: [client-secret]}
parameters: [page-size, greeting]
login: {use: {monthly_active_users: 500}}
ai:
  model: amazon.nova-micro-v1:0
  max_output_tokens: 500
  use:
    prompts_per_month: 5000
    cache_hit_percent: 80
    input_tokens_per_prompt: 500
    output_tokens_per_prompt: 300
static_site: {use: {stored_gb: 0.2, page_views_per_month: 20000, bytes_per_page_view: 300000}}
"""


@pytest.fixture(scope="session")
def everything_text() -> str:
    """A manifest that has every section, in all environments."""
    return EVERYTHING
