import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import type { RulePreview } from '~/api/types';
import { Drawing, placeName } from '~/features/alerts/rules/Backtest';

type Span = RulePreview['firings'][number];

const at = (hour: number): string => `2026-11-20T${String(hour).padStart(2, '0')}:00:00Z`;
const span = (workflow: string, from: number): Span =>
  ({ repo: 'acme/api', workflow, branch: null, from: at(from), to: at(from + 2) });

const preview: RulePreview = {
  complete: true, count: 3, detail: '', from: at(0), to: at(20), matched: 2, seconds: 21_600, sentence: '',
  series: [{ at: at(0), value: 1 }, { at: at(20), value: 2 }] as RulePreview['series'],
  series_of: 'CI of acme/api', severity: 'low', threshold: 1, unit: 'failures',
  firings: [span('CI', 2), span('CI', 10), span('Deploy', 6)],
};

const draw = (change: Partial<RulePreview> = {}): string =>
  renderToStaticMarkup(createElement(Drawing, { preview: { ...preview, ...change } }));
const shaded = (markup: string): string[] => [...markup.matchAll(/<rect x="([\d.]+)"/g)].map(([, x]) => x ?? '');

describe('the drawing of what a rule would have done', () => {
  it('shades when the workflow fired that it draws, and no other', () => {
    expect(shaded(draw())).toEqual(['60', '300']);
    expect(draw()).toContain('CI of acme/api: readings as a line, the threshold dashed, firing shaded.');
  });

  it('speaks of no shade where there is none', () => {
    const markup = draw({ series_of: 'Lint of acme/api' });
    expect(shaded(markup)).toEqual([]);
    expect(markup).toContain('Lint of acme/api: readings as a line, the threshold dashed.');
  });

  it('shades every firing where it draws everything', () => {
    expect(shaded(draw({ series_of: null }))).toEqual(['60', '300', '180']);
  });
});

describe('the name of a place', () => {
  it.each([
    [{ repo: null, workflow: null, branch: null }, 'Pulseboard'],
    [{ repo: 'acme/api', workflow: null, branch: null }, 'acme/api'],
    [{ repo: 'acme/api', workflow: 'CI', branch: null }, 'CI of acme/api'],
    [{ repo: 'acme/api', workflow: 'CI', branch: 'main' }, 'CI of acme/api on main'],
  ])('is as the server writes it', (place, name) => {
    expect(placeName(place as Span)).toBe(name);
  });
});
