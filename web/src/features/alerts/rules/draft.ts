/** A rule while it is edited: what stands in its fields, and the way from a rule and back. */

import { ApiError } from '~/api/client';
import type { AlertRule } from '~/api/types';

export type Kind = AlertRule['kind'];
export type Severity = NonNullable<AlertRule['severity']>;
export type Measure = NonNullable<AlertRule['measure']>;
type Sent = Pick<
  AlertRule,
  | 'name' | 'kind' | 'threshold' | 'severity' | 'enabled' | 'measure' | 'within_runs'
  | 'within_minutes' | 'for_checks' | 'clear_passes' | 'reminder_minutes' | 'scope' | 'channels'
  | 'message'
>;

/** What the kinds of rules are called, and how their thresholds read. */
interface Condition {
  words: string;
  relation: string;
  unit: string;
  /** How many of the server's units one of ours is. */
  scale: number;
  start: number;
  /** Counted over the last runs or minutes. */
  windowed?: boolean;
  /** Of the whole installation, so it has no place and nothing that passes. */
  everywhere?: boolean;
}

export const conditions: Readonly<Record<Kind, Condition>> = {
  consecutive_failures: { words: 'failures in a row', relation: 'reach', unit: '', scale: 1, start: 1 },
  flapping: { words: 'failures', relation: 'reach', unit: '', scale: 1, start: 3, windowed: true },
  success_rate: { words: 'success rate', relation: 'is below', unit: '%', scale: 0.01, start: 80, windowed: true },
  failure_rate: { words: 'failure rate', relation: 'is above', unit: '%', scale: 0.01, start: 20, windowed: true },
  duration: { words: 'duration', relation: 'is over', unit: 'min', scale: 60, start: 20, windowed: true },
  duration_regression: { words: 'growth of the duration', relation: 'is over', unit: '%', scale: 0.01, start: 25 },
  queue_time: { words: 'wait for a runner', relation: 'is over', unit: 'min', scale: 60, start: 10, windowed: true },
  default_branch_red: { words: 'time the branch is red', relation: 'is over', unit: 'min', scale: 1, start: 30 },
  no_run: { words: 'time without a run', relation: 'is over', unit: 'h', scale: 1, start: 24 },
  ingestion_silent: { words: 'time without any event', relation: 'is over', unit: 'h', scale: 1, start: 6, everywhere: true },
  api_budget: { words: 'GitHub’s API limit left', relation: 'is below', unit: '%', scale: 0.01, start: 10, everywhere: true },
};

/** The choices of what is watched; a kind with a measure is a choice of its own. */
export const watched: readonly (readonly [kind: Kind, measure: Measure, words: string])[] = [
  ['consecutive_failures', 'average', 'failures in a row'],
  ['flapping', 'average', 'failures within a window'],
  ['success_rate', 'average', 'the success rate'],
  ['failure_rate', 'average', 'the failure rate'],
  ['duration', 'average', 'the average duration'],
  ['duration', 'p95', 'the slowest 5 % of durations'],
  ['duration', 'over_baseline', 'the duration over its baseline'],
  ['duration_regression', 'average', 'the growth of the duration'],
  ['queue_time', 'average', 'the average wait for a runner'],
  ['queue_time', 'p95', 'the slowest 5 % of waits'],
  ['default_branch_red', 'average', 'the time the branch is red'],
  ['no_run', 'average', 'the time without a run'],
  ['ingestion_silent', 'average', 'the time without any event'],
  ['api_budget', 'average', 'GitHub’s API limit left'],
];

/** The variables a message may use, with a value to show each by. */
export const variables: Readonly<Record<string, string>> = {
  repository: 'acme/api', workflow: 'CI', branch: 'main', value: '3 failures', threshold: '3 failures',
  rule: 'Main is broken', severity: 'high', commit: 'a1b2c3d', author: 'kim', run_number: '1482',
  since: '14:02',
};

export interface Draft {
  name: string;
  kind: Kind;
  measure: Measure;
  threshold: string;
  severity: Severity;
  window: 'runs' | 'minutes';
  within: string;
  checks: string;
  passes: string;
  reminder: string;
  repositories: readonly string[];
  workflows: readonly string[];
  branches: readonly string[];
  events: readonly string[];
  channels: readonly string[];
  message: string;
  enabled: boolean;
}

/** What is wrong, by the field it stands beside; `rule` is the rule as a whole. */
export type Problems = Readonly<Partial<Record<keyof Draft | 'rule', string>>>;

/** How a threshold of this kind and measure reads. */
export function conditionOf(draft: Pick<Draft, 'kind' | 'measure'>): Condition {
  const condition = conditions[draft.kind];
  if (draft.kind !== 'duration' || draft.measure !== 'over_baseline') return condition;
  return { ...condition, unit: '%', scale: 0.01, start: 30 };
}

/** The fields of a rule; without one, those of a new rule. */
export function draftOf(rule: AlertRule | null): Draft {
  const kind = rule?.kind ?? 'consecutive_failures';
  const measure = rule?.measure ?? 'average';
  const { scale, start } = conditionOf({ kind, measure });
  // A fraction times a hundred is not always a round number for a machine.
  const threshold = rule?.threshold == null ? start : Number((rule.threshold / scale).toPrecision(10));
  const inMinutes = rule?.within_minutes != null;
  return {
    name: rule?.name ?? '',
    kind,
    measure,
    threshold: String(threshold),
    severity: rule?.severity ?? 'high',
    window: inMinutes ? 'minutes' : 'runs',
    within: String((inMinutes ? rule.within_minutes : rule?.within_runs) ?? 10),
    checks: String(rule?.for_checks ?? 1),
    passes: String(rule?.clear_passes ?? 1),
    reminder: String(rule?.reminder_minutes ?? ''),
    repositories: rule?.scope?.repositories ?? [],
    workflows: rule?.scope?.workflows ?? [],
    branches: rule?.scope?.branches ?? ['@default'],
    events: rule?.scope?.events ?? [],
    channels: rule?.channels ?? [],
    message: rule?.message ?? '',
    enabled: rule?.enabled ?? true,
  };
}

/** The change that watches something else, with a threshold that makes sense for it. */
export function watching(kind: Kind, measure: Measure): Pick<Draft, 'kind' | 'measure' | 'threshold'> {
  return { kind, measure, threshold: String(conditionOf({ kind, measure }).start) };
}

/** What the server is sent. */
export function bodyOf(draft: Draft): Sent {
  const { scale, windowed } = conditionOf(draft);
  const within = windowed === true ? whole(draft.within) : null;
  return {
    name: draft.name.trim(),
    kind: draft.kind,
    measure: draft.measure,
    threshold: Number((Number(draft.threshold) * scale).toPrecision(10)),
    severity: draft.severity,
    enabled: draft.enabled,
    within_runs: draft.window === 'runs' ? within : null,
    within_minutes: draft.window === 'minutes' ? within : null,
    for_checks: whole(draft.checks),
    clear_passes: whole(draft.passes),
    reminder_minutes: draft.reminder === '' ? null : whole(draft.reminder),
    scope: {
      repositories: [...draft.repositories],
      workflows: [...draft.workflows],
      branches: [...draft.branches],
      events: [...draft.events],
    },
    channels: [...draft.channels],
    message: draft.message,
  };
}

function whole(text: string): number {
  return Math.round(Number(text));
}

/** What is wrong before anybody is asked. */
export function problemsOf(draft: Draft): Problems {
  const found: Partial<Record<keyof Draft, string>> = {};
  if (draft.name.trim() === '') found.name = 'Give the rule a name.';
  if (draft.threshold.trim() === '' || !Number.isFinite(Number(draft.threshold))) {
    found.threshold = 'Enter a number.';
  } else if (Number(draft.threshold) <= 0) found.threshold = 'Enter a number above 0.';
  const counts = { within: draft.within, checks: draft.checks, passes: draft.passes } as const;
  for (const [field, text] of Object.entries(counts) as [keyof typeof counts, string][]) {
    if (field === 'within' && conditionOf(draft).windowed !== true) continue;
    if (!(whole(text) >= 1)) found[field] = 'Enter 1 or more.';
  }
  return found;
}

const places: Readonly<Record<string, keyof Draft>> = {
  name: 'name', kind: 'kind', threshold: 'threshold', severity: 'severity', measure: 'measure',
  within_runs: 'within', within_minutes: 'within', for_checks: 'checks', clear_passes: 'passes',
  reminder_minutes: 'reminder', channels: 'channels', message: 'message',
  repositories: 'repositories', workflows: 'workflows', branches: 'branches', events: 'events',
};

/** Put what the server says beside the fields it speaks of. */
export function problemsFrom(error: unknown): Problems {
  if (!(error instanceof ApiError)) return { rule: 'That did not work. Please try again.' };
  if (error.status === 409) return { name: error.message };
  const found: Partial<Record<keyof Draft | 'rule', string>> = {};
  for (const { field, message } of error.fields) {
    const [name = ''] = field.replace(/^scope\./, '').split('.', 1);
    found[places[name] ?? 'rule'] ??= message.charAt(0).toUpperCase() + message.slice(1);
  }
  return Object.keys(found).length === 0 ? { rule: error.message } : found;
}

/** A message with every variable filled in by an example, as far as the draft does not know better. */
export function filledIn(draft: Draft): string {
  const { unit } = conditionOf(draft);
  const known: Readonly<Record<string, string>> = {
    ...variables,
    rule: draft.name === '' ? 'Main is broken' : draft.name,
    severity: draft.severity,
    threshold: `${draft.threshold} ${unit === '' ? 'failures' : unit}`,
    value: `${draft.threshold} ${unit === '' ? 'failures' : unit}`,
    repository: draft.repositories.find((name) => !name.includes('*')) ?? 'acme/api',
    workflow: draft.workflows.find((name) => !name.includes('*')) ?? 'CI',
  };
  return draft.message.replace(/\{(\w+)\}/g, (all, name: string) => known[name] ?? all);
}
