/** What charts over time share: how fine, what a bucket is called, how to go into one. */

import { windowSeconds } from '~/api/filter';
import type { Granularity, Search } from '~/lib/search';
import { dayName, shortDate, timeOfDay, type Hours } from '~/lib/time';

export interface Bucket {
  start: string;
  end: string;
  complete: boolean;
}

const day = 86_400;

/** How fine the buckets are when nobody has chosen: about 7 to 60 of them. */
export function autoGranularity(search: Search): Granularity {
  const seconds = windowSeconds(search);
  if (seconds <= 2 * day) return 'hour';
  return seconds > 90 * day ? 'week' : 'day';
}

/** The buckets in force: those chosen, unless they would be too many for the window. */
export function granularityOf(search: Search): Granularity {
  const { gran } = search;
  if (gran === undefined || whyNot(gran, search) !== undefined) return autoGranularity(search);
  return gran;
}

/** Why a granularity cannot be chosen for the window. */
export function whyNot(gran: Granularity, search: Search): string | undefined {
  const seconds = windowSeconds(search);
  if (gran === 'hour' && seconds > 7.05 * day) return 'Hours can be shown for up to 7 days';
  if (gran === 'day' && seconds > 180.5 * day) return 'Days can be shown for up to 180 days';
  return undefined;
}

/** The name of a bucket under the axis: short, and not every one gets it. */
export function bucketTick(bucket: Bucket, gran: Granularity, zone: string, hours: Hours): string {
  if (gran === 'hour') {
    const time = timeOfDay(bucket.start, zone, hours);
    return time.startsWith('00:00') ? dayName(bucket.start, zone) : time;
  }
  if (gran === 'day') return dayName(bucket.start, zone);
  return shortDate(bucket.start, zone, Date.parse(bucket.end));
}

/** The name of a bucket in full. */
export function bucketName(bucket: Bucket, gran: Granularity, zone: string, hours: Hours): string {
  const so = bucket.complete ? '' : ' so far';
  if (gran === 'hour') {
    const span = `${timeOfDay(bucket.start, zone, hours)}–${timeOfDay(bucket.end, zone, hours)}`;
    return `${dayName(bucket.start, zone)} ${span}${so}`;
  }
  if (gran === 'day') return `${dayName(bucket.start, zone)}${so}`;
  return `Week from ${dayName(bucket.start, zone)}${so}`;
}

/** Show every how many-th name so that they do not touch. */
export function tickEvery(count: number, width: number, nameWidth: number): number {
  const fits = Math.max(1, Math.floor(width / nameWidth));
  return Math.max(1, Math.ceil(count / fits));
}

/** Which buckets are named under an axis: not every one, and none whose name would be cut off. */
export function namedTicks(count: number, width: number, gran: Granularity): (index: number) => boolean {
  const nameWidth = gran === 'hour' ? 52 : 78;
  const every = tickEvery(count, width, nameWidth);
  const slot = width / Math.max(1, count);
  return (index) => index % every === 0 && (index + 0.5) * slot + nameWidth / 2 <= width;
}

/** The query of a page that shows one bucket only. */
export function intoBucket(bucket: Bucket): { from: string; to: string } {
  return { from: bucket.start, to: bucket.end };
}
