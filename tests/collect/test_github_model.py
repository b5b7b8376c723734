"""A model of GitHub (run, re-run, cancel, approve, redeliver, drop, poll) and what is stored."""

from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from pulseboard.collect.groupcommit import commit
from pulseboard.metrics import query
from pulseboard.metrics.tiers import Window
from pulseboard.model import Job, Run
from tests.collect.stored import empty
from tests.factories import NOON, SECOND, envelope, job_seen, run_seen


@dataclass
class Attempt:
    """One attempt as GitHub knows it."""

    status: str = "queued"
    conclusion: str | None = None
    ended: int | None = None
    job_ended: int | None = None


@dataclass
class GitHub:
    """All runs, and the deliveries that are under way."""

    attempts: dict[tuple[str, int], Attempt] = field(default_factory=dict)
    under_way: list = field(default_factory=list)
    sent: list = field(default_factory=list)
    now: int = NOON

    def tick(self):
        self.now += SECOND
        return self.now


class Machine(RuleBasedStateMachine):
    """Whatever GitHub does and however its deliveries fare, polling once makes all rows true."""

    database = None

    @initialize()
    def start(self):
        self.github = GitHub()
        with self.database.writing() as session:
            empty(session)

    def _tell_run(self, key):
        attempt = self.github.attempts[key]
        return envelope(
            runs=[
                run_seen(
                    attempt.status,
                    attempt.conclusion,
                    time=attempt.ended if attempt.ended is not None else self.github.now,
                    run_id=key[0],
                    attempt=key[1],
                )
            ]
        )

    def _tell_job(self, key):
        attempt = self.github.attempts[key]
        return envelope(
            jobs=[
                job_seen("completed", attempt.conclusion, time=attempt.job_ended, run_id=key[0],
                         attempt=key[1], job_id=f"{key[0]}-{key[1]}")
            ]
        )  # fmt: skip

    def _tell_job_begun(self, key):
        """The job's own delivery, which may be the first that comes of its run, or the only one."""
        return envelope(
            jobs=[
                job_seen("in_progress", time=self.github.now, run_id=key[0], attempt=key[1],
                         job_id=f"{key[0]}-{key[1]}")
            ]
        )  # fmt: skip

    def _send(self, told):
        self.github.under_way.append(told)
        self.github.sent.append(told)

    def _open(self):
        return sorted(k for k, a in self.github.attempts.items() if a.status != "completed")

    def _latest(self):
        newest = {}
        for run_id, number in self.github.attempts:
            newest[run_id] = max(newest.get(run_id, 0), number)
        return newest

    @precondition(lambda self: len(self.github.attempts) < 6)
    @rule(needs_approval=st.booleans())
    def run(self, needs_approval):
        key = (str(100 + len(self.github.attempts)), 1)
        self.github.tick()
        waiting = Attempt("completed", "action_required") if needs_approval else Attempt()
        if needs_approval:
            waiting.ended = self.github.now
        self.github.attempts[key] = waiting
        self._send(self._tell_run(key))

    @precondition(lambda self: self._open())
    @rule(data=st.data())
    def begin(self, data):
        key = data.draw(st.sampled_from(self._open()))
        self.github.tick()
        self.github.attempts[key].status = "in_progress"
        self._send(self._tell_job_begun(key))
        self._send(self._tell_run(key))

    def _waiting_for_approval(self):
        found = self.github.attempts.items()
        return sorted(key for key, attempt in found if attempt.conclusion == "action_required")

    @precondition(lambda self: self._waiting_for_approval())
    @rule(data=st.data())
    def approve(self, data):
        key = data.draw(st.sampled_from(self._waiting_for_approval()))
        self.github.tick()
        self.github.attempts[key] = Attempt("in_progress")
        self._send(self._tell_job_begun(key))
        self._send(self._tell_run(key))

    @precondition(lambda self: self._open())
    @rule(data=st.data(), conclusion=st.sampled_from(["success", "failure", "cancelled"]))
    def finish(self, data, conclusion):
        key = data.draw(st.sampled_from(self._open()))
        attempt = self.github.attempts[key]
        attempt.status, attempt.conclusion = "completed", conclusion
        attempt.job_ended = self.github.tick()
        attempt.ended = self.github.tick()
        self._send(self._tell_job(key))
        self._send(self._tell_run(key))

    def _finished(self):
        return sorted(
            (run_id, number)
            for run_id, number in self._latest().items()
            if self.github.attempts[run_id, number].job_ended is not None
        )

    @precondition(lambda self: self._finished())
    @rule(data=st.data())
    def run_again(self, data):
        run_id, number = data.draw(st.sampled_from(self._finished()))
        self.github.tick()
        self.github.attempts[run_id, number + 1] = Attempt()
        self._send(self._tell_run((run_id, number + 1)))

    @precondition(lambda self: self.github.under_way)
    @rule(data=st.data())
    def deliver(self, data):
        """Any delivery may come next; several may share a batch."""
        size = data.draw(st.integers(1, len(self.github.under_way)))
        order = data.draw(st.permutations(self.github.under_way))
        commit(self.database, order[:size])
        self.github.under_way = order[size:]

    @precondition(lambda self: self.github.under_way)
    @rule(data=st.data())
    def drop(self, data):
        self.github.under_way.remove(data.draw(st.sampled_from(self.github.under_way)))

    @precondition(lambda self: self.github.sent)
    @rule(data=st.data())
    def redeliver(self, data):
        self.github.under_way.append(data.draw(st.sampled_from(self.github.sent)))

    @rule()
    def poll(self):
        """Afterwards every row says what GitHub says."""
        told = [self._tell_run(key) for key in self.github.attempts]
        finished = [k for k, a in self.github.attempts.items() if a.job_ended is not None]
        told += [self._tell_job(key) for key in finished]
        if told:
            commit(self.database, told)
        with self.database.reading() as session:
            rows = session.execute(
                select(Run.provider_run_id, Run.attempt, Run.status, Run.conclusion, Run.latest,
                       Run.completed_at)
            ).all()  # fmt: skip
            jobs = session.scalars(
                select(Job.provider_job_id).where(Job.status == "completed")
            ).all()
        newest = self._latest()
        assert {tuple(row) for row in rows} == {
            (key[0], key[1], a.status, a.conclusion, newest[key[0]] == key[1], a.job_ended)
            for key, a in self.github.attempts.items()
        }
        assert sorted(jobs) == sorted(f"{key[0]}-{key[1]}" for key in finished)
        self._compare_counts()

    def _compare_counts(self):
        newest = [self.github.attempts[key] for key in self._latest().items()]
        with self.database.reading() as session:
            totals = query.totals(
                session, scope=query.Scope(), window=Window(NOON, self.github.now + SECOND)
            )
        assert totals.total == len(newest)
        assert totals.success == sum(a.conclusion == "success" for a in newest)
        assert totals.failure == sum(a.conclusion == "failure" for a in newest)

    @invariant()
    def each_run_has_one_latest_attempt(self):
        if not hasattr(self, "github"):
            return
        with self.database.reading() as session:
            rows = session.execute(select(Run.provider_run_id, Run.latest)).all()
        latest = [run_id for run_id, is_latest in rows if is_latest]
        assert sorted(latest) == sorted({run_id for run_id, _ in rows})


def test_rows_come_to_say_what_github_says(database):
    machine = type("MachineOnDatabase", (Machine,), {"database": database})
    machine.TestCase.settings = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    machine.TestCase().runTest()
