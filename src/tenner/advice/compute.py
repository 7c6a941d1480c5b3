"""Rules for functions, containers, images and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenner.advice.base import figure, having, percent_of, words
from tenner.kinds.base import HUNDRED
from tenner.kinds.compute import BedrockModel, FargateService, Function
from tenner.kinds.data import EcrRepository
from tenner.money import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tenner.advice.base import Change, Scene
    from tenner.catalog import Catalog

LEAST_TO_HALVE_MB, _LONGEST_MS = 256, 900_000
_OLD = ("Historic price", "A legacy model")  # as the notes of the price book begin
_PLACES = frozenset({"us", "eu", "apac", "global"})


def arm64(scene: Scene) -> Iterator[Change[Scene]]:
    """Run functions on arm64, whose GB-seconds are a fifth cheaper."""
    old = {name: each for name, each in scene.of(Function) if each.architecture == "x86_64"}
    if old:
        do = f"Set the architecture of {words(old)} to arm64."
        yield scene.change(do, {n: having(r, architecture="arm64") for n, r in old.items()})


def memory(scene: Scene) -> Iterator[Change[Scene]]:
    """Give a function half its memory, and so half its CPU, which makes it slower."""
    longer = scene.assumed("half_memory_duration_percent")
    for name, each in scene.of(Function):
        duration = percent_of(each.duration_ms, longer)
        if each.memory_mb < LEAST_TO_HALVE_MB or duration > _LONGEST_MS:
            continue
        half = each.memory_mb // 2
        do = (
            f"Set the memory of {name} from {each.memory_mb:,} to {half:,} MB; it then takes about "
            f"{plain(longer.scaleb(-2))} times as long. Measure it with AWS Lambda Power Tuning."
        )
        yield scene.change(do, {name: having(each, memory_mb=half, duration_ms=duration)})


def provisioned_concurrency(scene: Scene) -> Iterator[Change[Scene]]:
    """Let a function start cold instead of keeping instances ready."""
    for name, each in scene.of(Function):
        if each.provisioned_instances:
            do = f"Take the {each.provisioned_instances} provisioned instances of {name} away."
            yield scene.change(do, {name: having(each, provisioned_instances=0)})


def fargate_arm64(scene: Scene) -> Iterator[Change[Scene]]:
    """Run containers on arm64."""
    old = {name: each for name, each in scene.of(FargateService) if each.architecture == "x86_64"}
    if old:
        do = f"Build the images of {words(old)} for arm64 and set cpuArchitecture to ARM64."
        yield scene.change(do, {n: having(r, architecture="arm64") for n, r in old.items()})


def fargate_spot(scene: Scene) -> Iterator[Change[Scene]]:
    """Run containers on Spot: all outside production, a part of them in it."""
    part = scene.assumed("spot_percent_in_production") if scene.is_production else HUNDRED
    least = 2 if scene.is_production else 0  # a single one would be all on Spot, or none
    old = {
        name: each
        for name, each in scene.of(FargateService)
        if each.spot_percent < part and each.tasks >= least
    }
    if old:
        do = f"Run {figure(part)} % of {words(old)} by the capacity provider FARGATE_SPOT."
        yield scene.change(do, {n: having(r, spot_percent=part) for n, r in old.items()})


def image_size(scene: Scene) -> Iterator[Change[Scene]]:
    """Make container images smaller."""
    less = scene.assumed("image_smaller_percent")
    for name, each in scene.of(EcrRepository):
        if each.image_gb and each.versions:
            size = percent_of(each.image_gb, HUNDRED - less)
            do = (
                f"Build {name} in stages and leave build tools out: {figure(less)} % less than "
                f"{figure(each.image_gb)} GB a version."
            )
            yield scene.change(do, {name: having(each, image_gb=size)})


def bedrock_model(scene: Scene) -> Iterator[Change[Scene]]:
    """Take the cheapest current model of the same maker, by the same profile."""
    for name, each in scene.of(BedrockModel):
        for model in models_of(scene.catalog, scene.region, each.model):
            do = f"Take {model} for {name} instead of {each.model}."
            yield scene.change(do, {name: having(each, model=model)})


def models_of(catalog: Catalog, region: str, model: str) -> list[str]:
    """List the price book's current models of the same maker and profile, with a price there."""
    return [
        identity
        for key, item in catalog.services["bedrock"].items.items()
        if key.endswith("_input") and region in item.regions and not item.note.startswith(_OLD)
        for identity in item.model_ids
        if maker(identity) == maker(model) and identity != model
    ]


def maker(model: str) -> tuple[str, str]:
    """Give a model's profile, or none, and its maker: `us` and `amazon` of us.amazon.nova-micro."""
    first, _, rest = model.partition(".")
    return (first, rest.partition(".")[0]) if first in _PLACES else ("", first)


def bedrock_cache(scene: Scene) -> Iterator[Change[Scene]]:
    """Answer from a cache what was asked before."""
    hits = scene.assumed("ai_cache_hit_percent")
    for name, each in scene.of(BedrockModel):
        if each.cache_hit_percent < hits:
            do = (
                f"Keep the answers of {name} in a table or bucket, and write the usual ones "
                f"beforehand, until {figure(hits)} % are answered without the model."
            )
            yield scene.change(do, {name: having(each, cache_hit_percent=hits)})


def bedrock_tokens(scene: Scene) -> Iterator[Change[Scene]]:
    """Limit how long an answer may be."""
    most = scene.assumed("ai_answer_tokens")
    for name, each in scene.of(BedrockModel):
        if each.output_tokens_per_request > most:
            do = f"Set max_tokens of {name} to {figure(most)} and ask for short answers."
            yield scene.change(do, {name: having(each, output_tokens_per_request=most)})
