"""Alert rules: reading, changing, trying them on the past, taking them out and in as a file."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import yaml
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts import rulebook
from pulseboard.alerts.backtest import backtest, write_outcome
from pulseboard.alerts.directory import list_channels
from pulseboard.alerts.listing import fired_lately
from pulseboard.alerts.outbox import replace_routing
from pulseboard.alerts.rereading import read_anew
from pulseboard.alerts.routing import Routing, load_routing
from pulseboard.alerts.rules import Rule, unit_of
from pulseboard.alerts.sentences import sentence
from pulseboard.api.deps import Reading, database_of, described_body, read_body, read_model
from pulseboard.api.problems import REFUSALS, Refusals, refusal
from pulseboard.api.texts import refuse_unstorable
from pulseboard.api.v1.alert_shapes import Firing, Point, RulePreview, StoredRule, StoredRules
from pulseboard.api.v1.alerts import watch_of
from pulseboard.db.engine import lock_writer
from pulseboard.errors import MalformedBody
from pulseboard.model import AlertRule
from pulseboard.pipelines import has_real_runs

router = APIRouter(prefix="/alert-rules", tags=["alerts"])
settings_router = APIRouter(prefix="/settings", tags=["alerts"])
_MAX_BODY: Final = 512 * 1024
_YAML: Final = "application/yaml"
# Twice what the greatest number of rules takes; YAML is slow to read.
_MAX_YAML: Final = 256 * 1024
_MAX_DEPTH: Final = 20
_MAX_WORDS: Final = 4000
# The one in C is ten times as quick, but not everywhere.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RuleId = Annotated[int, Path(ge=1, le=2**62, description="Number of a rule.")]
_BAD_BODY: Final[Refusals] = {400: refusal("The body cannot be read.")}
_TAKEN: Final[Refusals] = {409: refusal("The name is taken.")}


class RuleSet(BaseModel):
    """Rules, and perhaps routes and maintenance windows."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "rules": [{"name": "Flapping", "kind": "flapping", "threshold": 3}],
                "routes": [{"repositories": ["acme/web*"], "channels": ["web team"]}],
            }
        },
    )

    rules: list[Rule] = Field(default_factory=list, max_length=500)
    routes: list[Any] | None = Field(default=None, description="Which channels own what.")
    windows: list[Any] | None = Field(default=None, description="Planned work.")


class PreviewAsked(Rule):
    """A rule to try on the past; its name may be left out."""

    name: str = Field(default="Preview", min_length=1, max_length=120)
    days: int = Field(default=14, ge=1, le=90)

    def rule(self) -> Rule:
        """Return the rule alone."""
        return Rule.model_validate(self.model_dump(exclude={"days"}))


def _shapes(session: Session, rows: Sequence[AlertRule]) -> list[StoredRule]:
    now = clock.now()
    fired = fired_lately(session, since=now - 7 * clock.DAY)
    channels = list_channels(session)
    return [
        StoredRule.of_row(row, fired=fired.get(row.id, []), channels=channels, at=now)
        for row in rows
    ]


@router.get("")
def show_rules(session: Reading) -> StoredRules:
    """List every rule, those that are on first."""
    return StoredRules(items=_shapes(session, rulebook.list_rules(session)))


@router.get("/export", response_model=RuleSet, responses={200: {"content": {_YAML: {}}}})
def export_rules(
    session: Reading,
    form: Annotated[Literal["json", "yaml"], Query(alias="format")] = "json",
) -> Response:
    """Write all rules, routes and maintenance windows as one JSON or YAML file."""
    rules = [
        rulebook.read_definition(row.definition).model_dump(mode="json")
        for row in rulebook.list_rules(session)
    ]
    said = {"rules": rules, **load_routing(session).model_dump(mode="json", by_alias=True)}
    if form == "yaml":
        text = yaml.safe_dump(said, sort_keys=False, allow_unicode=True)
        return Response(text, media_type=_YAML, headers=_as_file("yaml"))
    text = json.dumps(said, ensure_ascii=False, indent=2)
    return Response(text, media_type="application/json", headers=_as_file("json"))


def _as_file(ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="pulseboard-rules.{ending}"'}


@router.post(
    "/import",
    responses=_BAD_BODY,
    openapi_extra=described_body(RuleSet),
    response_model=StoredRules,
)
async def import_rules(request: Request) -> StoredRules:
    """Take in such a file: rules merge by name, routes and windows take the place of those before.

    JSON, or YAML when the Content-Type says so.
    """
    return await _merge(request)


@settings_router.post(
    "/alerts",
    responses=_BAD_BODY,
    openapi_extra=described_body(RuleSet),
    response_model=StoredRules,
)
async def save_rules(request: Request) -> StoredRules:
    """Merge rules by name: new ones are added, the others changed, the rest stays.

    Of a rule that is there already, what is not named stays as well: `{"name": "Slow builds",
    "enabled": true}` is enough to switch it on.
    """
    return await _merge(request)


async def _merge(request: Request) -> StoredRules:
    is_yaml = "yaml" in request.headers.get("content-type", "")
    body = await read_body(request, limit=_MAX_YAML if is_yaml else _MAX_BODY)
    if is_yaml:
        body = await run_in_threadpool(_as_json, body)
    # Names are looked up in the database before the body becomes a model.
    refuse_unstorable(body)
    wanted = read_model(RuleSet, await run_in_threadpool(_complete, request, body))
    given = wanted.model_dump(include={"routes", "windows"}, exclude_none=True)
    routing = read_model(Routing, json.dumps(given).encode()) if given else None
    return await run_in_threadpool(_merge_now, request, wanted, routing)


def _as_json(body: bytes) -> bytes:
    try:
        _refuse_knots(body)
        said = yaml.load(body, Loader=_LOADER)  # noqa: S506  # It is one of the safe ones.
        return json.dumps(said, default=str).encode()
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MalformedBody(f"The body is not YAML: {reason}") from None


def _refuse_knots(body: bytes) -> None:
    """Raise MalformedBody for YAML that grows while it is read, or that nobody would write."""
    depth = 0
    for event in yaml.parse(body, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise MalformedBody("Aliases (*name) are not read: write out what they stand for")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise MalformedBody(f"The body is nested more than {_MAX_DEPTH} deep")
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > _MAX_WORDS:
            # The worst are numbers with colons, which are added up digit by digit.
            raise MalformedBody(f"The body holds a word of more than {_MAX_WORDS} signs")


def _complete(request: Request, body: bytes) -> bytes:
    """Fill in what is not said of rules that are there already; what is no JSON stays as it is."""
    try:
        said = json.loads(body.decode())
    except (ValueError, RecursionError):
        return body
    if not isinstance(said, dict) or not isinstance(said.get("rules"), list):
        return body
    with database_of(request).reading() as session:
        return json.dumps(said | {"rules": rulebook.complete(session, said["rules"])}).encode()


def _merge_now(request: Request, wanted: RuleSet, routing: Routing | None) -> StoredRules:
    now = clock.now()
    with database_of(request).writing() as session:
        lock_writer(session)
        merged = rulebook.merge_rules(session, wanted.rules, at=now)
        read_anew(session, watch_of(request), merged, at=now, is_news=True)
        if routing is not None:
            before = load_routing(session)
            routes = routing.routes if wanted.routes is not None else before.routes
            windows = routing.windows if wanted.windows is not None else before.windows
            replace_routing(session, Routing(routes=routes, windows=windows), at=now)
        return StoredRules(items=_shapes(session, rulebook.list_rules(session)))


@router.get("/routing")
def show_routing(session: Reading) -> Routing:
    """Show which channels own which repositories, and the maintenance windows."""
    return load_routing(session)


@router.put(
    "/routing", responses=_BAD_BODY, openapi_extra=described_body(Routing), response_model=Routing
)
async def change_routing(request: Request) -> Routing:
    """Save routes and maintenance windows in place of those before."""
    wanted = read_model(Routing, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_save_routing, request, wanted)


def _save_routing(request: Request, wanted: Routing) -> Routing:
    with database_of(request).writing() as session:
        lock_writer(session)
        replace_routing(session, wanted, at=clock.now())
    return wanted


@router.post("/preview", responses=_BAD_BODY, openapi_extra=described_body(PreviewAsked))
async def preview(request: Request) -> RulePreview:
    """Try a rule on the last 14 days: when and where it would have fired. Nothing is saved."""
    asked = read_model(PreviewAsked, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_preview, request, asked)


def _preview(request: Request, asked: PreviewAsked) -> RulePreview:
    now = clock.now()
    since = now - asked.days * clock.DAY
    rule = asked.rule()
    with database_of(request).reading() as session:
        demo = not has_real_runs(session)
        found = backtest(session, rule, since=since, at=now, demo=demo)
    lasted = sum((f.end or now) - max(f.start, since) for f in found.firings) / clock.SECOND
    return RulePreview(
        count=len(found.firings),
        seconds=lasted,
        detail=write_outcome(found, lasted, scope=rule.scope),
        sentence=sentence(rule),
        threshold=rule.threshold,
        unit=unit_of(rule),
        severity=rule.severity,
        start=clock.to_iso(since),
        end=clock.to_iso(now),
        series=[Point(at=clock.to_iso(at), value=value) for at, value in found.series],
        series_of=None if found.place is None else str(found.place),
        firings=[
            Firing(
                start=clock.to_iso(f.start),
                end=None if f.end is None else clock.to_iso(f.end),
                repo=f.place.repository,
                workflow=f.place.workflow,
                branch=f.place.branch,
            )
            for f in found.firings
        ],
        matched=found.matched,
        complete=found.is_complete,
    )


@router.get("/{rule_id}", responses={404: REFUSALS[404]})
def show_rule(rule_id: RuleId, session: Reading) -> StoredRule:
    """Show one rule."""
    return _shapes(session, [rulebook.require_rule(session, rule_id)])[0]


@router.post(
    "",
    status_code=201,
    response_model=StoredRule,
    responses=_BAD_BODY | _TAKEN,
    openapi_extra=described_body(Rule),
)
async def add_rule(request: Request) -> Response:
    """Add a rule; what it finds broken now opens an alert at once."""
    wanted = read_model(Rule, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_add, request, wanted)


def _add(request: Request, wanted: Rule) -> Response:
    with database_of(request).writing() as session:
        lock_writer(session)
        now = clock.now()
        row = rulebook.add_rule(session, wanted, at=now)
        read_anew(session, watch_of(request), [row], at=now, is_news=True)
        (shape,) = _shapes(session, [row])
    headers = {"Location": f"/api/v1/alert-rules/{shape.id}"}
    return Response(shape.model_dump_json(), 201, headers=headers, media_type="application/json")


@router.put(
    "/{rule_id}",
    response_model=StoredRule,
    responses=_BAD_BODY | _TAKEN | {404: REFUSALS[404]},
    openapi_extra=described_body(Rule),
)
async def change_rule(rule_id: RuleId, request: Request) -> StoredRule:
    """Change a rule; what it has open is settled by what it says now."""
    wanted = read_model(Rule, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_change, request, rule_id, wanted)


def _change(request: Request, rule_id: int, wanted: Rule) -> StoredRule:
    with database_of(request).writing() as session:
        lock_writer(session)
        row = rulebook.require_rule(session, rule_id)
        now = clock.now()
        rulebook.change_rule(session, row, wanted, at=now)
        read_anew(session, watch_of(request), [row], at=now, is_news=True)
        return _shapes(session, [row])[0]


@router.delete("/{rule_id}", status_code=204, responses={404: REFUSALS[404]})
def remove_rule(rule_id: RuleId, request: Request) -> None:
    """Delete a rule; its alerts stay in the history, the open ones resolved."""
    with database_of(request).writing() as session:
        lock_writer(session)
        row = rulebook.require_rule(session, rule_id)
        now = clock.now()
        watch = watch_of(request)
        outbox = watch.outbox(session, at=now)
        for alert in rulebook.remove_rule(session, row, at=now):
            outbox.note(alert)
        watch.finish(outbox)
