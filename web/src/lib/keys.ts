/** Keyboard shortcuts: single keys, two-key sequences, and who gets a key first. */

import { useEffectEvent, useLayoutEffect } from 'react';
import { getPreferences } from '~/lib/preferences';

export type Bindings = Readonly<Record<string, (event: KeyboardEvent) => void>>;

interface Layer {
  handle: (keys: string, event: KeyboardEvent) => boolean;
  has: (start: string) => boolean;
}

const layers: Layer[] = [];
const sequenceTime = 1200;
let pending = '';
let timer: ReturnType<typeof setTimeout> | null = null;
let hint: (keys: string) => void = () => undefined;

/** Be told which first key of a sequence has been pressed (`''` when it is over). */
export function onPendingKeys(show: (keys: string) => void): void {
  hint = show;
}

function forget(): void {
  pending = '';
  if (timer !== null) clearTimeout(timer);
  timer = null;
  hint('');
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}

/** Name a key press: `k`, `Shift+C`, `Mod+k` (Ctrl or Command), `Escape`. */
export function keyName(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey ? 'Mod+' : '';
  const alt = event.altKey ? 'Alt+' : '';
  const isLetter = /^[a-zA-Z]$/.test(event.key);
  const shift = event.shiftKey && (isLetter || event.key.length > 1) ? 'Shift+' : '';
  const key = event.key.length === 1 && isLetter ? event.key.toLowerCase() : event.key;
  return mod + alt + shift + (shift !== '' && isLetter ? key.toUpperCase() : key);
}

/** A key that types something; the others act even while one types. */
function isSingle(name: string): boolean {
  return name.length === 1 || /^Shift\+.$/.test(name);
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = keyName(event);
  if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) return;
  const single = isSingle(name);
  if (single && !getPreferences().shortcuts) return;
  if (isTyping(event.target) && !/^(Mod\+|Alt\+|(Shift\+)?F\d)/.test(name)) return;
  const keys = pending === '' ? name : `${pending} ${name}`;
  if (pending !== '') forget();
  if (run(keys, event) || (keys !== name && run(name, event))) return;
  if (single && layers.some((layer) => layer.has(`${name} `))) {
    pending = name;
    hint(name);
    timer = setTimeout(forget, sequenceTime);
    event.preventDefault();
  }
}

function run(keys: string, event: KeyboardEvent): boolean {
  for (const layer of [...layers].reverse()) {
    if (!layer.handle(keys, event)) continue;
    event.preventDefault();
    return true;
  }
  return false;
}

/** Listen for the shortcuts of a component while it is there; the latest one is asked first. */
export function useKeys(bindings: Bindings, active = true): void {
  useLayer(bindings, active, 'page');
}

/** Listen for the shortcuts of every page: a page with the same keys goes first. */
export function useShellKeys(bindings: Bindings): void {
  useLayer(bindings, true, 'shell');
}

function useLayer(bindings: Bindings, active: boolean, rank: 'page' | 'shell'): void {
  const handle = useEffectEvent((keys: string, event: KeyboardEvent) => {
    const action = bindings[keys];
    if (action === undefined) return false;
    action(event);
    return true;
  });
  const has = useEffectEvent((start: string) =>
    Object.keys(bindings).some((keys) => keys.startsWith(start)),
  );
  // Whoever sees a page may press its keys: they are there with it, not a moment later.
  useLayoutEffect(() => {
    if (!active) return;
    return listen({ handle: (keys, event) => handle(keys, event), has: (start) => has(start) }, rank);
  }, [active, rank]);
}

/** Ask `layer` for what is pressed until the returned function is called. */
export function listen(layer: Layer, rank: 'page' | 'shell'): () => void {
  if (layers.length === 0) window.addEventListener('keydown', press);
  // A shell that comes up together with its page listens after it, and must not go first for that.
  if (rank === 'shell') layers.unshift(layer);
  else layers.push(layer);
  return () => {
    layers.splice(layers.indexOf(layer), 1);
    if (layers.length === 0) window.removeEventListener('keydown', press);
  };
}
