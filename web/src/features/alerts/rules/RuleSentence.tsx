/** A rule as a sentence with its controls inside. */

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { channelsQuery } from '~/api/alertQueries';
import {
  conditionOf,
  watched,
  watching,
  type Draft,
  type Kind,
  type Measure,
  type Problems,
  type Severity,
} from '~/features/alerts/rules/draft';
import { ManyPicker } from '~/features/alerts/rules/ManyPicker';
import { Field, inlineBox } from '~/features/alerts/rules/Field';

export interface SentenceProps {
  draft: Draft;
  problems: Problems;
  change: (part: Partial<Draft>) => void;
}

const severities: readonly Severity[] = ['low', 'medium', 'high', 'critical'];
const reminders: readonly (readonly [minutes: string, words: string])[] = [
  ['', 'never'], ['30', 'every 30 min'], ['60', 'every hour'], ['240', 'every 4 h'],
  ['720', 'every 12 h'], ['1440', 'every day'],
];

/** Everything a rule says, in the order people would say it. */
export function RuleSentence(props: SentenceProps) {
  const condition = conditionOf(props.draft);
  return (
    <div className="flex flex-col gap-3 text-body leading-8">
      <Line>
        <When {...props} />
        {condition.everywhere !== true && <Where {...props} />}
        <Limit {...props} />
        {condition.windowed === true && <Within {...props} />}
        <span>for</span>
        <Small {...props} field="checks" label="Checks in a row" max={20} />
        <span>{props.draft.checks === '1' ? 'check,' : 'checks,'}</span>
      </Line>
      <Line>
        <Tell {...props} />
      </Line>
      <Line>
        <Afterwards {...props} hasPasses={condition.everywhere !== true && props.draft.kind !== 'no_run'} />
      </Line>
    </div>
  );
}

function Line({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-x-1.5 gap-y-1">{children}</div>;
}

function When({ draft, change, problems }: SentenceProps) {
  return (
    <>
      When
      <Field name="kind" problem={problems.kind ?? problems.measure}>
        {(wrong) => (
          <select
            aria-label="What is watched"
            className={inlineBox}
            value={`${draft.kind} ${draft.measure}`}
            onChange={(event) => {
              const [kind, measure] = event.target.value.split(' ') as [Kind, Measure];
              change(watching(kind, measure));
            }}
            {...wrong}
          >
            {watched.map(([kind, measure, words]) => (
              <option key={words} value={`${kind} ${measure}`}>{words}</option>
            ))}
          </select>
        )}
      </Field>
    </>
  );
}

function Where({ draft, change, problems }: SentenceProps) {
  const many = (field: 'repositories' | 'workflows' | 'branches' | 'events') => ({
    chosen: draft[field],
    onChange: (values: readonly string[]) => { change({ [field]: values }); },
    isWrong: problems[field] !== undefined,
  });
  const said = problems.repositories ?? problems.workflows ?? problems.branches ?? problems.events;
  return (
    <>
      of
      <ManyPicker name="Workflows" all="any workflow" from="workflow" {...many('workflows')} />
      in
      <ManyPicker name="Repositories" all="any repository" from="repo" {...many('repositories')} />
      on
      <ManyPicker name="Branches" all="any branch" from="branch" {...many('branches')} />
      after
      <ManyPicker name="Events" all="any event" from="event" {...many('events')} />
      {said !== undefined && <span role="alert" className="text-control text-fail">{said}</span>}
    </>
  );
}

function Limit(props: SentenceProps) {
  const { draft } = props;
  const condition = conditionOf(draft);
  return (
    <>
      <span>{condition.relation}</span>
      <Small {...props} field="threshold" label="Threshold" isWhole={condition.unit === ''} />
      {condition.unit !== '' && <span>{condition.unit}</span>}
    </>
  );
}

function Within(props: SentenceProps) {
  const { draft, change } = props;
  return (
    <>
      <span>over the last</span>
      <Small {...props} field="within" label="Size of the window" />
      <select
        aria-label="Unit of the window"
        className={inlineBox}
        value={draft.window}
        onChange={(event) => { change({ window: event.target.value as Draft['window'] }); }}
      >
        <option value="runs">runs</option>
        <option value="minutes">minutes</option>
      </select>
    </>
  );
}

function Tell({ draft, change, problems }: SentenceProps) {
  const { data } = useQuery(channelsQuery);
  const options = (data?.items ?? []).map(({ name, kind, enabled }) => ({
    value: name, label: name, note: enabled ? kind : `${kind}, off`,
  }));
  return (
    <>
      tell
      <Field name="channels" problem={problems.channels}>
        {() => (
          <ManyPicker
            name="Channels"
            all="every channel"
            from={options}
            chosen={draft.channels}
            onChange={(channels) => { change({ channels }); }}
            isWrong={problems.channels !== undefined}
          />
        )}
      </Field>
      that it is
      <select
        aria-label="Severity"
        className={clsx(inlineBox, 'font-semibold uppercase')}
        value={draft.severity}
        onChange={(event) => { change({ severity: event.target.value as Severity }); }}
      >
        {severities.map((word) => <option key={word}>{word}</option>)}
      </select>
    </>
  );
}

function Afterwards({ hasPasses, ...props }: SentenceProps & { hasPasses: boolean }) {
  const { draft, change, problems } = props;
  const isOther = !reminders.some(([minutes]) => minutes === draft.reminder);
  return (
    <>
      and remind
      <Field name="reminder" problem={problems.reminder}>
        {(wrong) => (
          <select
            aria-label="Reminder"
            className={inlineBox}
            value={draft.reminder}
            onChange={(event) => { change({ reminder: event.target.value }); }}
            {...wrong}
          >
            {reminders.map(([minutes, words]) => <option key={words} value={minutes}>{words}</option>)}
            {isOther && <option value={draft.reminder}>every {draft.reminder} min</option>}
          </select>
        )}
      </Field>
      {hasPasses && (
        <>
          until
          <Small {...props} field="passes" label="Passes that resolve it" max={20} />
          {draft.passes === '1' ? 'pass resolves it.' : 'passes in a row resolve it.'}
        </>
      )}
      {!hasPasses && 'until it is over.'}
    </>
  );
}

interface SmallProps extends SentenceProps {
  field: 'threshold' | 'within' | 'checks' | 'passes';
  label: string;
  max?: number;
  isWhole?: boolean;
}

function Small({ draft, change, problems, field, label, max, isWhole = field !== 'threshold' }: SmallProps) {
  return (
    <Field name={field} problem={problems[field]}>
      {(wrong) => (
        <input
          aria-label={label}
          type="number"
          inputMode="decimal"
          min={isWhole ? 1 : 0}
          max={max}
          step={isWhole ? 1 : 'any'}
          className={clsx(inlineBox, field === 'threshold' || field === 'within' ? 'w-20' : 'w-14')}
          value={draft[field]}
          onChange={(event) => { change({ [field]: event.target.value }); }}
          {...wrong}
        />
      )}
    </Field>
  );
}
