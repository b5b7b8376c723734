/** Numbers as people read them. */

const narrowSpace = '\u202f';

/** `1 363`, with a space that does not break. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, narrowSpace);
}

/** `1 run`, `79 runs`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/**
 * A share as percent with one decimal. `100 %` is kept for what is whole: 2,999 of 3,000 would
 * round to it, and is 99.9 %.
 */
export function percent(share: number, whole = share >= 1): string {
  if (whole) return `100${narrowSpace}%`;
  const rounded = Math.round(share * 1000) / 10;
  const shown = rounded >= 100 ? 99.9 : rounded;
  return `${shown.toFixed(1)}${narrowSpace}%`;
}

/** A share in whole percent, for tight places. */
export function roundPercent(share: number): string {
  if (share >= 1) return `100${narrowSpace}%`;
  return `${Math.min(99, Math.round(share * 100))}${narrowSpace}%`;
}

/** `14.2 MB`. */
export function bytes(size: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = size;
  let step = 0;
  while (value >= 1000 && step < units.length - 1) {
    value /= 1000;
    step += 1;
  }
  const digits = step === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[step] ?? ''}`;
}

/** The steps of an axis from 0 to at least `max`: at most `most`, at round numbers. */
export function axisSteps(max: number, most = 4): number[] {
  if (max <= 0) return [0, 1];
  const rough = max / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const whole = max <= most ? 1 : step;
  const steps: number[] = [];
  for (let value = 0; value < max + whole; value += whole) steps.push(value);
  return steps;
}

/** The steps of an axis of seconds: at 10 s, 1 min, 5 min and the like. */
export function durationSteps(max: number, most = 4): number[] {
  const sizes = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800];
  const step = sizes.find((size) => size * most >= max) ?? Math.ceil(max / most / 86_400) * 86_400;
  const steps: number[] = [];
  for (let value = 0; value < max + step; value += step) steps.push(value);
  return steps;
}
