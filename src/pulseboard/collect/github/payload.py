"""GitHub's objects as far as we read them: every field may be missing and unknown ones are skipped.

Decoding is typed, for speed. Only what does not fit is read a second time, field by field, and
loses just the field that is odd. An identity that is odd is kept as text, so that whoever reads it
refuses it instead of guessing.
"""

import json
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pulseboard.collect.documents import repair
from pulseboard.errors import MalformedBody

Identity = int | str | None
AnyStruct = TypeVar("AnyStruct", bound=Struct)

_IDENTITIES: Final = frozenset({"id", "run_id", "run_attempt", "workflow_id"})
_SHOWN: Final = 40


class UserPayload(Struct, gc=False):
    """A person or a bot; of a commit's author only the name is known."""

    login: str | None = None
    name: str | None = None


class RepositoryPayload(Struct, gc=False):
    """A repository; only webhooks know its default branch."""

    id: Identity = None
    full_name: str | None = None
    html_url: str | None = None
    default_branch: str | None = None


class CommitPayload(Struct, gc=False):
    """The head commit of a run."""

    message: str | None = None
    timestamp: str | None = None
    author: UserPayload | None = None


class PullPayload(Struct, gc=False):
    """A pull request that a run belongs to."""

    number: int | None = None


class RunPayload(Struct, gc=False):
    """A workflow run, as webhooks and REST give it."""

    id: Identity = None
    name: str | None = None
    path: str | None = None
    display_title: str | None = None
    workflow_id: Identity = None
    run_number: int | None = None
    run_attempt: Identity = None
    event: str | None = None
    status: str | None = None
    conclusion: str | None = None
    head_branch: str | None = None
    head_sha: str | None = None
    pull_requests: list[PullPayload] | None = None
    created_at: str | None = None
    run_started_at: str | None = None
    updated_at: str | None = None
    html_url: str | None = None
    url: str | None = None
    actor: UserPayload | None = None
    triggering_actor: UserPayload | None = None
    head_commit: CommitPayload | None = None
    repository: RepositoryPayload | None = None
    # Null means that the fork is gone; missing says nothing.
    head_repository: RepositoryPayload | UnsetType | None = UNSET


class StepPayload(Struct, gc=False):
    """A step of a job."""

    number: int | None = None
    name: str | None = None
    status: str | None = None
    conclusion: str | None = None
    started_at: str | None = None
    completed_at: str | None = None


class JobPayload(Struct, gc=False):
    """A job of a workflow run, as webhooks and REST give it."""

    id: Identity = None
    run_id: Identity = None
    run_attempt: Identity = None
    name: str | None = None
    workflow_name: str | None = None
    status: str | None = None
    conclusion: str | None = None
    head_branch: str | None = None
    head_sha: str | None = None
    created_at: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    html_url: str | None = None
    url: str | None = None
    run_url: str | None = None
    labels: list[str] | None = None
    runner_name: str | None = None
    runner_group_name: str | None = None
    steps: list[StepPayload] | None = None


class WorkflowPayload(Struct, gc=False):
    """The workflow that comes with a run's webhook."""

    id: Identity = None
    name: str | None = None
    path: str | None = None


class RunDelivery(Struct, gc=False):
    """The body of a workflow_run webhook."""

    action: str | None = None
    workflow_run: RunPayload | None = None
    workflow: WorkflowPayload | None = None
    repository: RepositoryPayload | None = None
    sender: UserPayload | None = None


class JobDelivery(Struct, gc=False):
    """The body of a workflow_job webhook."""

    action: str | None = None
    workflow_job: JobPayload | None = None
    repository: RepositoryPayload | None = None


class OtherDelivery(Struct, gc=False):
    """The body of any other webhook."""

    action: str | None = None


def decode(body: bytes, kind: type[AnyStruct]) -> AnyStruct:
    """Read a body as the given struct.

    Raises MalformedBody when it is not a JSON object, or nested too deeply to be read.
    """
    try:
        found: AnyStruct = _decoder(kind).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _pick(_read_object(body), kind)
    return found


def convert(values: Mapping[str, object], kind: type[AnyStruct]) -> AnyStruct:
    """Read an object that is decoded already as the given struct."""
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError:
        return _pick(values, kind)


@cache
def _decoder(kind: type[AnyStruct]) -> msgspec.json.Decoder[AnyStruct]:
    return msgspec.json.Decoder(kind)


def _read_object(body: bytes) -> Mapping[str, object]:
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        values = _read_repaired(body)
    if not isinstance(values, dict):
        raise MalformedBody("the body is JSON, but not an object")
    return values


def _read_repaired(body: bytes) -> object:
    try:
        return json.loads(repair(body))
    except RecursionError:
        raise MalformedBody("the body is nested too deeply to be read") from None
    except ValueError as error:
        raise MalformedBody(f"the body is not JSON: {error}") from None


def _pick(values: Mapping[str, object], kind: type[AnyStruct]) -> AnyStruct:
    found = kind()
    for field in msgspec.structs.fields(kind):
        if field.name not in values:
            continue
        value = _fit(values[field.name], field.type)
        if value is UNSET and field.name in _IDENTITIES:
            value = _show(values[field.name])
        if value is not UNSET:
            setattr(found, field.name, value)
    return found


def _show(value: object) -> str:
    return "a list or object" if isinstance(value, list | dict) else str(value)[:_SHOWN]


def _fit(value: object, kind: Any) -> Any:
    """Return the value as `kind`, as much of it as fits, or UNSET when nothing does."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError):
        pass
    for choice in _choices(kind):
        if isinstance(value, dict) and isinstance(choice, type) and issubclass(choice, Struct):
            return _pick(value, choice)
        if isinstance(value, list) and get_origin(choice) is list:
            fitted = (_fit(element, get_args(choice)[0]) for element in value)
            return [element for element in fitted if element is not UNSET]
    return UNSET


def _choices(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (UnionType, Union) else (kind,)
