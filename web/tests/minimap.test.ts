import { describe, expect, it } from 'vitest';
import { pathsOf, rowsInSight, sightOf } from '~/features/run/minimap';
import type { WaterfallRow } from '~/features/run/waterfall';

function row(fields: Partial<WaterfallRow>): WaterfallRow {
  return { level: 1, status: 'success', open: false, queue: null, run: { left: 10, width: 50 }, ...fields } as WaterfallRow;
}

describe('a minimap', () => {
  it('draws each row where its bar lies', () => {
    const paths = pathsOf([row({ queue: { left: 0, width: 10 } }), row({ run: null })]);
    expect(paths.get('waiting')).toBe('M0 0.3h10v0.4h-10z');
    expect(paths.get('passed')).toBe('M10 0.1h50v0.8h-50z');
    expect([...paths.keys()]).toEqual(['waiting', 'passed']);
  });

  it('draws failures as high as can be seen, and at the edge besides', () => {
    const rows = Array.from({ length: 240 }, (_, index) => row({ status: index === 0 ? 'failure' : 'success' }));
    expect(pathsOf(rows).get('failed')).toBe('M10 0h50v10h-50zM0 0h1.5v10h-1.5z');
  });

  it('leaves a failed step in its row', () => {
    const paths = pathsOf([row({ level: 2, status: 'failure' })]);
    expect(paths.get('failed')).toBe('M10 0.1h50v0.8h-50z');
  });

  it('knows what is in sight of a list', () => {
    expect(sightOf(300, 600, 1200)).toEqual({ from: 0.25, to: 0.75 });
    expect(sightOf(0, 600, 0)).toEqual({ from: 0, to: 1 });
    expect(rowsInSight({ from: 0.25, to: 0.75 }, 64)).toEqual([17, 48]);
    expect(rowsInSight({ from: 1, to: 1 }, 64)).toEqual([64, 64]);
  });
});
