"""Connecting GitHub with one click: an App that hears of runs and may change nothing."""

import html
import json
import secrets
from typing import Annotated, Final
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from pulseboard import clock
from pulseboard.api.deps import (
    AppSettings,
    Reading,
    database_of,
    invalid,
    read_body,
    read_model,
)
from pulseboard.api.problems import refusal
from pulseboard.collect.github import app as apps
from pulseboard.collect.github.wire import Wire
from pulseboard.db.session import Database

router = APIRouter(prefix="/github/app", tags=["settings"])
_ACCOUNT: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$"
_CODE: Final = r"^[A-Za-z0-9_-]{1,200}$"
_MAX_BODY: Final = 4096


class AppState(BaseModel):
    """The GitHub App of this server."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "connected": True, "source": "here", "id": 123456, "slug": "pulseboard-4f2a",
                "owner": "acme", "html_url": "https://github.com/apps/pulseboard-4f2a",
                "install_url": "https://github.com/apps/pulseboard-4f2a/installations/new",
                "webhook": True, "created_at": "2026-01-31T10:00:00Z",
            }
        }
    )  # fmt: skip

    connected: bool
    source: str | None = Field(
        description="environment (GITHUB_APP_ID), or here when it was made from this server."
    )
    id: int | None
    slug: str | None
    owner: str | None
    html_url: str | None = Field(description="Its page at GitHub.")
    install_url: str | None = Field(description="Where to choose the repositories it may see.")
    webhook: bool | None = Field(
        description="Whether GitHub tells it what happens; without, it polls. Null is not known."
    )
    created_at: str | None


class NewApp(BaseModel):
    """The App to make."""

    organization: str | None = Field(
        default=None, pattern=_ACCOUNT, description="Who shall own it; without, it is yours."
    )
    base_url: str | None = Field(
        default=None, max_length=300, description="Where browsers and GitHub see this server."
    )


@router.get("", responses={401: refusal("Sign in first.")})
def show_app(session: Reading, settings: AppSettings) -> AppState:
    """Show which GitHub App this server asks as; its key and secret are never shown."""
    if settings.github_app_id is not None:
        return AppState(
            connected=True, source="environment", id=settings.github_app_id, slug=None, owner=None,
            html_url=None, install_url=None, webhook=None, created_at=None,
        )  # fmt: skip
    facts = apps.get_app_facts(session)
    return AppState(
        connected=facts is not None,
        source=None if facts is None else "here",
        id=facts and facts.id,
        slug=facts and facts.slug,
        owner=facts and facts.owner,
        html_url=facts and facts.html_url,
        install_url=facts and _install_url(facts),
        webhook=facts and facts.has_webhook,
        created_at=None if facts is None else clock.to_iso(facts.created_at),
    )


@router.post(
    "/new",
    response_class=HTMLResponse,
    responses={
        200: {"description": "A page that hands the App's description to GitHub by itself."},
        422: refusal("A field is wrong."),
    },
    openapi_extra={
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": NewApp.model_json_schema(),
                    "example": {
                        "organization": "acme",
                        "base_url": "https://pulseboard.example.org",
                    },
                }
            }
        }
    },
)
async def begin_app(request: Request, settings: AppSettings) -> HTMLResponse:
    """Begin to make a GitHub App: a form for a browser, which GitHub then asks to confirm.

    The App may read Actions and nothing else. GitHub sends the browser back to
    `/api/v1/github/app/callback`; then id, key and webhook secret are stored here, encrypted. A
    server that GitHub cannot reach (localhost) gets an App without a webhook, which polls.
    """
    form = parse_qsl((await read_body(request, limit=_MAX_BODY)).decode("utf-8", "replace"))
    wanted = read_model(NewApp, json.dumps(dict(form)).encode())
    base = _check_base(wanted.base_url or str(request.base_url))
    state = await run_in_threadpool(_begin, database_of(request))
    owner = f"organizations/{wanted.organization}/" if wanted.organization else ""
    web = apps.web_base(settings.github_api_url)
    manifest = apps.make_manifest(base, name=f"Pulseboard {secrets.token_hex(3)}")
    return _hand_over(f"{web}/{owner}settings/apps/new?state={state}", manifest, web=web)


def _begin(database: Database) -> str:
    with database.writing() as session:
        return apps.begin(session, at=clock.now())


def _check_base(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise invalid("base_url", "should be an address such as https://pulseboard.example.org")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _hand_over(action: str, manifest: dict[str, object], *, web: str) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    value = html.escape(json.dumps(manifest), quote=True)
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8><title>To GitHub</title>"
        f'<form method="post" action="{html.escape(action, quote=True)}">'
        f'<input type="hidden" name="manifest" value="{value}">'
        "<p>GitHub opens and asks whether to create the App.</p>"
        "<button>Go on to GitHub</button></form>"
        f'<script nonce="{nonce}">document.forms[0].submit()</script></html>'
    )
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action {web};"
        " frame-ancestors 'none'"
    )
    return HTMLResponse(
        page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    )


@router.get(
    "/callback",
    status_code=303,
    response_class=RedirectResponse,
    responses={
        303: {"description": "On to GitHub, to choose the repositories the App may see."},
        403: refusal("The link was used before, is too old, or is not of this server."),
        409: refusal("GitHub does not give the App out."),
        503: refusal("GitHub does not answer: begin anew."),
    },
)
def finish_app(
    request: Request,
    settings: AppSettings,
    code: Annotated[str, Query(pattern=_CODE)],
    state: Annotated[str, Query(max_length=200)],
) -> RedirectResponse:
    """Take over the App that GitHub has just made; GitHub sends browsers here."""
    database = database_of(request)
    with database.writing() as session:
        apps.require_state(session, state, at=clock.now())
    base = settings.github_api_url
    with Wire() as wire:
        made = apps.convert(
            quote(code, safe=""), ask=lambda path: wire.send("POST", f"{base}{path}", headers={})
        )
    with database.writing() as session:
        facts = apps.keep(session, made, settings=settings, at=clock.now())
    request.app.state.hook_secrets.expire()
    return RedirectResponse(_install_url(facts), 303)


@router.delete("", status_code=204, responses={401: refusal("Sign in first.")})
def forget_app(request: Request, settings: AppSettings) -> Response:
    """Forget the App that was made from here, with its key and secret; at GitHub it stays."""
    with database_of(request).writing() as session:
        apps.forget(session, settings)
    request.app.state.hook_secrets.expire()
    return Response(status_code=204)


def _install_url(facts: apps.AppFacts) -> str:
    return f"{facts.html_url}/installations/new"
