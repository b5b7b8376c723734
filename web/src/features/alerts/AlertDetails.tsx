/** What is behind an alert: the readings, what it leads to, a note, and what was sent. */

import { Link } from '@tanstack/react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode, type SyntheticEvent } from 'react';
import { send } from '~/api/client';
import { alertQuery, alertRulesQuery } from '~/api/alertQueries';
import type { Alert, AlertRule, RulePreview } from '~/api/types';
import { acknowledge } from '~/features/alerts/actions';
import { Messages } from '~/features/alerts/MessageLog';
import { Drawing, reading } from '~/features/alerts/rules/Backtest';
import { bodyOf, draftOf } from '~/features/alerts/rules/draft';
import { Button } from '~/ui/Button';
import { Answer, Bone } from '~/ui/Card';
import { Ago } from '~/ui/Time';

const link = 'inline-flex min-h-6 items-center text-link underline coarse:min-h-11';

/** Asked for when it is looked at. */
export function AlertDetails({ alert }: { alert: Alert }) {
  const asked = useQuery(alertQuery(alert.id));
  const isOver = alert.state === 'resolved';
  return (
    <div className="mt-2 grid gap-x-6 gap-y-3 rounded-control bg-surface p-3 text-control lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-2">
        <Facts alert={alert} holds={asked.data?.still_holds} />
        <p className="flex flex-wrap gap-x-4">
          {alert.run_id !== null && (
            <Link to="/runs/$runId" params={{ runId: String(alert.run_id) }} className={link}>The run it began with</Link>
          )}
          {alert.resolved_run_id !== null && (
            <Link to="/runs/$runId" params={{ runId: String(alert.resolved_run_id) }} className={link}>The run that ended it</Link>
          )}
          {alert.rule_id !== null && alert.rule !== null && (
            <Link to="/alerts/rules/$ruleId" params={{ ruleId: String(alert.rule_id) }} className={link}>Rule: {alert.rule}</Link>
          )}
          <Link to="/alerts/$alertId" params={{ alertId: String(alert.id) }} className={link}>Alert {alert.id}</Link>
        </p>
        {!isOver && <Note alert={alert} />}
      </div>
      <div className="min-w-0">
        {alert.workflow !== null && <Readings alert={alert} />}
        <p className="mt-1 text-caption font-medium text-ink-2">Messages</p>
        <Answer what="the messages" asked={asked} skeleton={<Bone className="h-6" />}>
          {({ notifications }) =>
            notifications.length > 0 ? (
              <Messages messages={notifications} />
            ) : (
              <p className="text-ink-2">
                {alert.silent ? 'Found in history, so nobody was told.' : 'None: there was no channel, or nobody was to be told.'}
              </p>
            )
          }
        </Answer>
      </div>
    </div>
  );
}

function Facts({ alert, holds }: { alert: Alert; holds: boolean | undefined }) {
  const place = [alert.repo, alert.workflow, alert.branch].filter((part) => part !== null).join(' · ');
  const unit = alert.unit ?? '';
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
      {place !== '' && <Fact name="Where">{place}</Fact>}
      {alert.value !== null && alert.threshold !== null && (
        <Fact name="Reading">
          {reading(alert.value, unit)}, threshold {reading(alert.threshold, unit)}
        </Fact>
      )}
      <Fact name="Since"><Ago at={alert.since} /></Fact>
      {alert.acknowledged_at !== null && (
        <Fact name="Taken">by {alert.acknowledged_by ?? 'somebody'}, <Ago at={alert.acknowledged_at} /></Fact>
      )}
      {alert.resolution !== null && <Fact name="Resolved">{alert.resolution}</Fact>}
      {alert.state !== 'resolved' && holds !== undefined && (
        <Fact name="Now">{holds ? 'The condition holds.' : 'The condition no longer holds.'}</Fact>
      )}
      {alert.flapping && <Fact name="Flapping">It comes and goes, so its messages wait an hour.</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-2">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** Who takes an alert can say what is being done. */
function Note({ alert }: { alert: Alert }) {
  const client = useQueryClient();
  const [text, setText] = useState(alert.note ?? '');
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void acknowledge(client, [alert], text.trim());
  };
  return (
    <form className="flex flex-wrap items-end gap-2" onSubmit={submit}>
      <label className="flex min-w-48 flex-1 flex-col gap-1">
        <span className="text-caption text-ink-2">A note for the others</span>
        <input
          value={text}
          maxLength={500}
          placeholder="rolling back"
          autoComplete="off"
          className="h-7 rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
          onChange={(event) => { setText(event.target.value); }}
        />
      </label>
      <Button type="submit" disabled={text.trim() === '' || text.trim() === alert.note}>
        {alert.acknowledged ? 'Save note' : 'Acknowledge with note'}
      </Button>
    </form>
  );
}

/** Two weeks of what the rule reads at this place, with its threshold. */
function Readings({ alert }: { alert: Alert }) {
  const { data: rules } = useQuery(alertRulesQuery);
  const rule = rules?.items.find((one) => one.id === alert.rule_id);
  const asked = useQuery({
    queryKey: ['alert preview', 'of alert', alert.id, rule?.updated_at],
    queryFn: () => send<RulePreview>('POST', '/api/v1/alert-rules/preview', hereOnly(rule, alert)),
    enabled: rule !== undefined,
    retry: false,
    staleTime: 60_000,
  });
  if (asked.data === undefined || asked.data.series.length < 2) return null;
  return <Drawing preview={asked.data} />;
}

function hereOnly(rule: AlertRule | undefined, alert: Alert): object {
  const scope = {
    repositories: alert.repo === null ? [] : [alert.repo],
    workflows: alert.workflow === null ? [] : [alert.workflow],
    branches: alert.branch === null ? ['@any'] : [alert.branch],
    events: rule?.scope?.events ?? [],
  };
  return { ...bodyOf(draftOf(rule ?? null)), name: 'Preview', scope };
}
