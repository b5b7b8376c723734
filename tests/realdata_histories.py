"""Turns run histories that others collected into objects as GitHub's REST API gives them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_API = "https://api.github.com"
_WEB = "https://github.com"


def ghaminer_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a run and then its jobs for each row of a GHAminer table.

    The table has no start of an attempt, and no attempt for a sixth of its rows (they are first
    attempts). Its steps have no numbers: they are counted in their order.
    """
    csv.field_size_limit(1 << 26)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield _run_of(row)
            ids = json.loads(row["gh_job_id"] or "[]")
            jobs = json.loads(row["job_details"] or "[]")
            for job_id, job in zip(ids, jobs, strict=True):
                yield _job_of(row, job_id, job)


def _run_of(row: dict[str, str]) -> dict[str, Any]:
    pull = row["gh_pull_req_number"]
    return {
        "id": int(row["id_build"]),
        "name": row["workflow_name"],
        "workflow_id": int(row["workflow_id"]),
        "run_attempt": int(row["run_attempt_from_api"] or 1),
        "event": row["workflow_event_trigger"],
        "status": row["status"],
        "conclusion": row["conclusion"] or None,
        "head_branch": row["branch"],
        "head_sha": row["commit_sha"],
        "pull_requests": [{"number": int(pull)}] if pull.isdigit() and int(pull) else [],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "actor": {"login": row["issuer_name"]},
        "repository": {"full_name": row["repo"], "html_url": f"{_WEB}/{row['repo']}"},
    }


def _job_of(row: dict[str, str], job_id: int, job: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": job_id,
        "run_id": int(row["id_build"]),
        "run_attempt": int(row["run_attempt_from_api"] or 1),
        "url": f"{_API}/repos/{row['repo']}/actions/jobs/{job_id}",
        "name": job["job_name"],
        "workflow_name": row["workflow_name"],
        "head_branch": row["branch"],
        "head_sha": row["commit_sha"],
        "status": "completed",
        "conclusion": job["job_result"],
        "started_at": job["job_start"],
        "completed_at": job["job_end"],
        "steps": [
            {
                "number": number,
                "name": step["step_name"],
                "status": "completed",
                "conclusion": step["step_conclusion"],
                "started_at": step["step_start"],
                "completed_at": step["step_end"],
            }
            for number, step in enumerate(job["steps"], start=1)
        ],
    }


def linkerd_objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield a run and its only job for each job that linkerd2 recorded.

    The recording does not say which jobs ran together, so each job stands as a run of a workflow
    named after both.
    """
    home = {"full_name": "linkerd/linkerd2", "html_url": f"{_WEB}/linkerd/linkerd2"}
    for number, row in enumerate(json.loads(path.read_text()), start=1):
        workflow = f"{row['Workflow']} / {row['Job']}"
        ended = {"status": "completed", "conclusion": row["Conclusion"]}
        yield {
            **ended,
            "id": number,
            "run_number": number,
            "name": workflow,
            "created_at": row["Started"],
            "run_started_at": row["Started"],
            "updated_at": row["Completed"],
            "repository": home,
        }
        yield {
            **ended,
            "id": number,
            "run_id": number,
            "name": row["Job"],
            "workflow_name": workflow,
            "url": f"{_API}/repos/linkerd/linkerd2/actions/jobs/{number}",
            "started_at": row["Started"],
            "completed_at": row["Completed"],
        }
