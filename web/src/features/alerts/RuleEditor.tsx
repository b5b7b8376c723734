/** One rule as a sentence with its controls inside, and what it would have done in two weeks. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type SyntheticEvent } from 'react';
import { ApiError, send } from '~/api/client';
import { alertRulesQuery } from '~/api/queries';
import type { AlertRule, RulePreview } from '~/api/types';
import { Backtest } from '~/features/alerts/Backtest';
import { Button } from '~/ui/Button';

const pause = 400;
const kinds: readonly (readonly [kind: string, words: string])[] = [
  ['consecutive_failures', 'failures in a row'],
  ['flapping', 'failures within a window'],
  ['success_rate', 'the success rate'],
  ['failure_rate', 'the failure rate'],
  ['duration', 'the duration'],
  ['duration_regression', 'the growth of the duration'],
  ['queue_time', 'the wait for a runner'],
  ['default_branch_red', 'how long the branch is red'],
  ['no_run', 'the time without a run'],
  ['ingestion_silent', 'the time without any event'],
  ['api_budget', 'GitHub’s API limit'],
];
const windowed = ['flapping', 'success_rate', 'failure_rate', 'duration', 'queue_time'];
const units: Readonly<Record<string, string>> = {
  consecutive_failures: 'failures', flapping: 'failures', success_rate: '% or lower',
  failure_rate: '% or higher', duration: 's', duration_regression: '%', queue_time: 's',
  default_branch_red: 'min', no_run: 'h', ingestion_silent: 'h', api_budget: '% left',
};
const shares = ['success_rate', 'failure_rate', 'duration_regression', 'api_budget'];

export type RuleFields = Pick<AlertRule, 'name' | 'kind'> & Record<string, unknown>;

/** What may be sent back of a rule. */
export function fieldsOf(rule: AlertRule): RuleFields {
  const { name, kind, threshold, severity, enabled, measure, scope, channels, message } = rule;
  return {
    name, kind, threshold, severity, enabled, measure, scope, channels, message,
    within_runs: rule.within_runs, within_minutes: rule.within_minutes,
    for_checks: rule.for_checks, clear_passes: rule.clear_passes,
    reminder_minutes: rule.reminder_minutes,
  };
}

interface Draft {
  name: string;
  kind: string;
  threshold: string;
  severity: string;
  runs: string;
  repositories: string;
  branches: string;
  checks: string;
  passes: string;
}

function draftOf(rule: AlertRule | null): Draft {
  const share = rule !== null && shares.includes(rule.kind);
  return {
    name: rule?.name ?? '',
    kind: rule?.kind ?? 'consecutive_failures',
    threshold: String(share ? (rule.threshold ?? 0) * 100 : (rule?.threshold ?? 1)),
    severity: rule?.severity ?? 'high',
    runs: String(rule?.within_runs ?? 10),
    repositories: rule?.scope?.repositories?.join(', ') ?? '',
    branches: rule?.scope?.branches?.join(', ') ?? '@default',
    checks: String(rule?.for_checks ?? 1),
    passes: String(rule?.clear_passes ?? 1),
  };
}

function words(text: string): string[] {
  return text.split(',').map((word) => word.trim()).filter((word) => word !== '');
}

function bodyOf(draft: Draft, rule: AlertRule | null): RuleFields {
  const value = Number(draft.threshold);
  const inMinutes = rule?.kind === draft.kind && rule.within_minutes != null;
  const windowFields = !windowed.includes(draft.kind)
    ? { within_runs: null, within_minutes: null }
    : inMinutes
      ? { within_minutes: rule.within_minutes, within_runs: null }
      : { within_runs: Number(draft.runs), within_minutes: null };
  return {
    ...(rule === null ? {} : fieldsOf(rule)),
    name: draft.name,
    kind: draft.kind as AlertRule['kind'],
    threshold: shares.includes(draft.kind) ? value / 100 : value,
    severity: draft.severity,
    scope: { ...rule?.scope, repositories: words(draft.repositories), branches: words(draft.branches) },
    for_checks: Number(draft.checks),
    clear_passes: Number(draft.passes),
    ...windowFields,
  };
}

const box = 'h-7 rounded-control border border-line bg-bg px-1.5 text-control coarse:min-h-11';

/** The editor of a rule; without a rule it makes a new one. */
export function RuleEditor({ rule, close }: { rule: AlertRule | null; close: () => void }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(rule));
  const [problem, setProblem] = useState('');
  const tried = useLater(draft);
  const preview = useQuery<RulePreview>({
    queryKey: ['alert preview', tried],
    queryFn: () =>
      send<RulePreview>('POST', '/api/v1/alert-rules/preview', {
        ...bodyOf(tried, rule), name: tried.name === '' ? 'Preview' : tried.name,
      }),
    retry: false,
  });
  const set = (field: keyof Draft) => (event: { target: { value: string } }): void => {
    setDraft({ ...draft, [field]: event.target.value });
  };
  const save = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setProblem('');
    try {
      const path = '/api/v1/alert-rules';
      const body = bodyOf(draft, rule);
      await (rule === null ? send('POST', path, body) : send('PUT', `${path}/${String(rule.id)}`, body));
      void client.invalidateQueries({ queryKey: alertRulesQuery.queryKey });
      close();
    } catch (error) {
      setProblem(error instanceof ApiError ? (error.fields[0]?.message ?? error.message) : 'No answer');
    }
  };
  const small = `${box} w-20`;
  return (
    <form className="flex flex-col gap-3 bg-sunken p-3" onSubmit={(event) => void save(event)}>
      <label className="flex items-center gap-2 font-medium">
        Name
        <input required autoFocus className={`${box} flex-1`} value={draft.name} onChange={set('name')} />
      </label>
      <p className="flex flex-wrap items-center gap-x-1.5 gap-y-2">
        When
        <select aria-label="What is watched" className={box} value={draft.kind} onChange={set('kind')}>
          {kinds.map(([kind, said]) => <option key={kind} value={kind}>{said}</option>)}
        </select>
        of
        <input aria-label="Repositories" placeholder="any repository" className={box} value={draft.repositories} onChange={set('repositories')} />
        on
        <input aria-label="Branches" placeholder="any branch" className={box} value={draft.branches} onChange={set('branches')} />
        reaches
        <input aria-label="Threshold" type="number" step="any" required className={small} value={draft.threshold} onChange={set('threshold')} />
        <span>{units[draft.kind]}</span>
        {windowed.includes(draft.kind) && (rule?.within_minutes ?? null) === null && (
          <>
            over the last
            <input aria-label="Runs" type="number" min="1" max="100" className={small} value={draft.runs} onChange={set('runs')} />
            runs
          </>
        )}
        <span>for</span>
        <input aria-label="Checks" type="number" min="1" max="20" className={small} value={draft.checks} onChange={set('checks')} />
        checks, say it is
        <select aria-label="Severity" className={box} value={draft.severity} onChange={set('severity')}>
          {['low', 'medium', 'high', 'critical'].map((word) => <option key={word}>{word}</option>)}
        </select>
        and resolve after
        <input aria-label="Passes" type="number" min="1" max="20" className={small} value={draft.passes} onChange={set('passes')} />
        passes.
      </p>
      {preview.data !== undefined && <Backtest preview={preview.data} />}
      {preview.error !== null && (
        <p className="text-control text-fail">{preview.error.fields[0]?.message ?? preview.error.message}</p>
      )}
      {problem !== '' && <p role="alert" className="text-control text-fail">{problem}</p>}
      <div className="flex gap-2">
        <Button type="submit" look="strong">Save</Button>
        <Button look="quiet" onClick={close}>Cancel</Button>
      </div>
    </form>
  );
}

/** What a value was when it last stood still for a moment. */
function useLater<Value>(value: Value): Value {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => { setLater(value); }, pause);
    return () => { clearTimeout(timer); };
  }, [value]);
  return later;
}
