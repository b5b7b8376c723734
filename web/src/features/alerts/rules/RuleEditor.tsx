/** The editor of one rule: its sentence, what it would have done in two weeks, and saving it. */

import { useBlocker, useNavigate } from '@tanstack/react-router';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { flushSync } from 'react-dom';
import { send } from '~/api/client';
import { alertRulesQuery } from '~/api/alertQueries';
import type { AlertRule, RulePreview } from '~/api/types';
import { Backtest } from '~/features/alerts/rules/Backtest';
import {
  bodyOf,
  draftOf,
  problemsFrom,
  problemsOf,
  type Draft,
  type Problems,
} from '~/features/alerts/rules/draft';
import { Field, focusFirst, inlineBox } from '~/features/alerts/rules/Field';
import { MessageField } from '~/features/alerts/rules/MessageField';
import { RuleSentence } from '~/features/alerts/rules/RuleSentence';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Switch } from '~/ui/Switch';

const Leave = lazy(() => import('~/features/alerts/rules/Leave'));
const pause = 400;
const path = '/api/v1/alert-rules';

/** Without a rule it makes a new one. */
export function RuleEditor({ rule }: { rule: AlertRule | null }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const form = useRef<HTMLFormElement>(null);
  const [begun] = useState(() => draftOf(rule));
  const [draft, setDraft] = useState(begun);
  const [problems, setProblems] = useState<Problems>({});
  const done = useRef(false);
  const isDirty = JSON.stringify(draft) !== JSON.stringify(begun);
  const guard = useBlocker({
    shouldBlockFn: () => isDirty && !done.current,
    enableBeforeUnload: () => isDirty && !done.current,
    withResolver: true,
  });
  const change = (part: Partial<Draft>): void => {
    setDraft({ ...draft, ...part });
    const gone = Object.keys(part);
    setProblems(Object.fromEntries(Object.entries(problems).filter(([name]) => !gone.includes(name))));
  };
  const leave = (): void => {
    done.current = true;
    void client.invalidateQueries({ queryKey: alertRulesQuery.queryKey });
    void navigate({ to: '/alerts/rules' });
  };
  const refuse = (found: Problems): void => {
    flushSync(() => { setProblems(found); });
    focusFirst(form.current, Object.keys(found));
  };
  const saving = useMutation({
    mutationFn: (body: ReturnType<typeof bodyOf>) =>
      rule === null ? send('POST', path, body) : send('PUT', `${path}/${rule.id}`, body),
    onSuccess: (_answer, body) => {
      toast(`Rule saved: ${body.name}`);
      leave();
    },
    onError: (error) => refuse(problemsFrom(error)),
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const found = problemsOf(draft);
    if (Object.keys(found).length > 0) refuse(found);
    else saving.mutate(bodyOf(draft));
  };
  return (
    <Card title={rule === null ? 'New rule' : `Edit “${rule.name}”`} className="pb-3">
      <form ref={form} noValidate className="grid gap-4 px-3 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]" onSubmit={submit}>
        <div className="flex min-w-0 flex-col gap-4">
          <NameField draft={draft} problem={problems.name} change={change} />
          <RuleSentence draft={draft} problems={problems} change={change} />
          <MessageField draft={draft} problems={problems} change={change} />
          <div className="flex items-center gap-3 text-control">
            <Switch label="The rule is on" on={draft.enabled} set={(enabled) => { change({ enabled }); }} />
            {draft.enabled ? 'It watches and tells from now on.' : 'It watches nothing until it is switched on.'}
          </div>
        </div>
        <Tried draft={draft} />
        <div className="flex flex-wrap items-center gap-2 lg:col-span-2">
          <Button type="submit" look="strong" disabled={saving.isPending}>Save rule</Button>
          <Button look="quiet" onClick={() => void navigate({ to: '/alerts/rules' })}>Cancel</Button>
          {isDirty && <span className="text-caption text-ink-2">Not saved yet</span>}
          {rule !== null && <Remove rule={rule} left={leave} />}
          {problems.rule !== undefined && (
            <p role="alert" className="basis-full text-control text-fail">{problems.rule}</p>
          )}
        </div>
      </form>
      {guard.status === 'blocked' && (
        <Suspense fallback={null}>
          <Leave stay={guard.reset} leave={guard.proceed} />
        </Suspense>
      )}
    </Card>
  );
}

interface NameFieldProps {
  draft: Draft;
  problem: string | undefined;
  change: (part: Partial<Draft>) => void;
}

function NameField({ draft, problem, change }: NameFieldProps) {
  return (
    <label className="flex flex-col gap-1">
      <span className="text-caption text-ink-2">Name</span>
      <Field name="name" problem={problem}>
        {(wrong) => (
          <input
            autoFocus
            maxLength={120}
            autoComplete="off"
            className={`${inlineBox} w-96 px-2 font-medium`}
            value={draft.name}
            onChange={(event) => { change({ name: event.target.value }); }}
            {...wrong}
          />
        )}
      </Field>
    </label>
  );
}

/** The past under the draft, a moment after the last change. */
function Tried({ draft }: { draft: Draft }) {
  const settled = useLater(draft);
  const complete = problemsOf({ ...settled, name: 'Preview' });
  const asked = useQuery<RulePreview>({
    queryKey: ['alert preview', settled],
    queryFn: () => send<RulePreview>('POST', `${path}/preview`, { ...bodyOf(settled), name: 'Preview' }),
    enabled: Object.keys(complete).length === 0,
    placeholderData: (before) => before,
    retry: false,
  });
  const wrong = Object.values(asked.error === null ? complete : problemsFrom(asked.error))[0];
  return (
    <section
      aria-label="The last 14 days"
      aria-busy={asked.isFetching}
      className="flex min-h-48 min-w-0 flex-col rounded-control bg-surface p-3"
    >
      <h3 className="mb-1 text-caption font-medium text-ink-2">The last 14 days under this rule</h3>
      {wrong !== undefined ? (
        <p role="status" className="text-control text-ink-2">No answer yet. {wrong}</p>
      ) : (
        asked.data !== undefined && <Backtest preview={asked.data} />
      )}
    </section>
  );
}

function Remove({ rule, left }: { rule: AlertRule; left: () => void }) {
  const [asking, setAsking] = useState(false);
  const removing = useMutation({
    mutationFn: () => send('DELETE', `${path}/${rule.id}`),
    onSuccess: () => {
      toast(`Rule deleted: ${rule.name}`);
      left();
    },
    onError: (error) => toast(error.message, { kind: 'problem' }),
  });
  if (!asking) {
    return (
      <Button look="quiet" icon="trash" className="ml-auto" onClick={() => { setAsking(true); }}>
        Delete rule
      </Button>
    );
  }
  return (
    <span role="group" aria-label="Delete rule" className="ml-auto flex flex-wrap items-center gap-2 text-control">
      What it has open is resolved; the history stays.
      <Button look="danger" autoFocus disabled={removing.isPending} onClick={() => removing.mutate()}>Delete</Button>
      <Button look="quiet" onClick={() => { setAsking(false); }}>Keep</Button>
    </span>
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
