/** A number of the overview in words: value, change, and what it counts. */

import type { Kpi } from '~/api/types';
import { count, counted, percent } from '~/lib/numbers';
import { duration } from '~/lib/time';

export interface KpiText {
  title: string;
  value: string;
  change: string;
  meaning: string;
  /** What was counted, and what was left out. */
  basis: string;
  /** All of it as one sentence, for those who hear the card. */
  sentence: string;
}

const fewRuns = 5;

export type KpiKey = 'success_rate' | 'total_runs' | 'avg_duration' | 'failed_24h';

/** Describe one of the four counted numbers; `days` is the length of the window. */
export function describeKpi(name: KpiKey, kpi: Kpi, days: number): KpiText {
  const text = wordings[name](kpi);
  const meaning = kpi.delta?.meaning ?? 'unknown';
  const change = compare(kpi, meaning, text.change);
  const period = name === 'failed_24h' ? 'than the 24 hours before' : `than the ${span(days)} before`;
  const sentence = `${text.title} ${text.value.replace(/\u202f%$/, ' percent')}, ${spoken(change, meaning, period)}, ${text.basis}`;
  return { ...text, meaning, change, sentence };
}

function span(days: number): string {
  if (days < 1) return counted(days * 24, 'hour');
  return counted(days, 'day');
}

function spoken(change: string, meaning: string, period: string): string {
  const words = change.replace(/^[▲▼=] /, '').replace(/ pp\b/, ' points');
  return /^(better|worse)$/.test(meaning) || /more|fewer/.test(words) ? `${words} ${period}` : words;
}

function compare(kpi: Kpi, meaning: string, change: string): string {
  const before = kpi.previous?.denominator ?? kpi.previous?.numerator ?? 0;
  if (kpi.previous == null || before < fewRuns) {
    return `no comparison (${counted(before, 'run')} before)`;
  }
  if (kpi.value == null) return 'no comparison';
  return meaning === 'same' ? 'as before' : change;
}

interface Wording {
  title: string;
  value: string;
  change: string;
  basis: string;
}

function arrow(change: number): string {
  return change > 0 ? '▲' : '▼';
}

function left(kpi: Kpi): string {
  const { cancelled = 0, skipped = 0, running = 0 } = kpi.excluded ?? {};
  const out = cancelled + skipped + running;
  return out === 0 ? '' : ` · ${count(out)} not counted`;
}

const wordings: Readonly<Record<KpiKey, (kpi: Kpi) => Wording>> = {
  success_rate: (kpi) => {
    const change = kpi.delta?.abs ?? 0;
    const word = change > 0 ? 'better' : 'worse';
    const whole = kpi.numerator === kpi.denominator;
    return {
      title: 'Success rate',
      value: kpi.value == null ? '–' : percent(kpi.value, whole),
      change: `${arrow(change)} ${Math.abs(change * 100).toFixed(1)} pp ${word}`,
      basis: `${count(kpi.numerator ?? 0)} of ${count(kpi.denominator ?? 0)} finished${left(kpi)}`,
    };
  },
  total_runs: (kpi) => {
    const change = kpi.delta?.pct ?? 0;
    const word = change > 0 ? 'more' : 'fewer';
    return {
      title: 'Total runs',
      value: count(kpi.value ?? 0),
      change: `${arrow(change)} ${Math.abs(change * 100).toFixed(0)} % ${word}`,
      basis: `${count(kpi.previous?.value ?? 0)} in the period before`,
    };
  },
  avg_duration: (kpi) => {
    const change = kpi.delta?.abs ?? 0;
    const word = change > 0 ? 'slower' : 'faster';
    const { p50_s: p50, p95_s: p95 } = (kpi.extra ?? {}) as {
      p50_s?: number | null;
      p95_s?: number | null;
    };
    const basis =
      p50 == null || p95 == null
        ? counted(kpi.denominator ?? 0, 'finished run')
        : `p50 ${duration(p50)} · p95 ${duration(p95)}`;
    return {
      title: 'Avg duration',
      value: kpi.value == null ? '–' : duration(kpi.value),
      change: `${arrow(change)} ${duration(Math.abs(Math.round(change)))} ${word}`,
      basis,
    };
  },
  failed_24h: (kpi) => {
    const change = kpi.delta?.abs ?? 0;
    const word = change > 0 ? 'more' : 'fewer';
    return {
      title: 'Failed runs (24h)',
      value: count(kpi.value ?? 0),
      change: `${arrow(change)} ${count(Math.abs(change))} ${word}`,
      basis: `of ${count(kpi.denominator ?? 0)} finished`,
    };
  },
};
