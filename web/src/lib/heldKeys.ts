/** Keys pressed while a part of the page is on its way: held, and given to it when it is there. */

const longest = 10_000;
const passedOn = new Set(['Tab', 'Shift', 'Control', 'Alt', 'Meta', 'Dead', 'Process', 'Unidentified']);
const held: KeyboardEvent[] = [];
let holders = 0;
let isGiving = false;
let given: KeyboardEvent | null = null;

/** Hold what is pressed until the returned function is called, or until nobody would wait any more. */
export function holdKeys(): () => void {
  if (holders === 0 && !isGiving) window.addEventListener('keydown', take, true);
  holders += 1;
  let isOver = false;
  const release = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    holders -= 1;
    if (holders === 0 && !isGiving) void give();
  };
  const timer = setTimeout(release, longest);
  return release;
}

/** Forget what is held: what it was meant for does not come. */
export function dropHeldKeys(): void {
  held.length = 0;
}

/** Combinations are the browser's or act everywhere; only plain keys are meant for what comes. */
function take(event: KeyboardEvent): void {
  if (event === given || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (passedOn.has(event.key) || /^F\d/.test(event.key)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  held.push(event);
}

async function give(): Promise<void> {
  isGiving = true;
  // A dialog takes the focus only after it is drawn.
  await nextFrame();
  while (holders === 0 && held.length > 0) {
    const event = held.shift();
    if (event !== undefined) press(event);
    // Each key finds the page as the one before has left it.
    await nextTask();
  }
  isGiving = false;
  if (holders === 0) window.removeEventListener('keydown', take, true);
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function press(event: KeyboardEvent): void {
  const target = document.activeElement ?? document.body;
  given = new KeyboardEvent('keydown', event);
  if (target.dispatchEvent(given)) act(target, event);
  given = null;
}

/** What the browser does with a key that nobody has taken: it does so only for real ones. */
function act(target: Element, { key }: KeyboardEvent): void {
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) write(target, key);
  else if (target instanceof HTMLElement && (key === 'Enter' || key === ' ')) target.click();
}

function write(field: HTMLInputElement | HTMLTextAreaElement, key: string): void {
  if (key === 'Enter' && field instanceof HTMLInputElement) {
    field.form?.requestSubmit();
    return;
  }
  const { selectionStart: from, selectionEnd: to } = field;
  const text = key === 'Enter' ? '\n' : key;
  if (from === null || to === null || (text.length > 1 && key !== 'Backspace')) return;
  if (key !== 'Backspace') field.setRangeText(text, from, to, 'end');
  else field.setRangeText('', from === to ? Math.max(0, from - 1) : from, to, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}
