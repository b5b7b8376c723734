/** Colours and links of a terminal, as pieces of text with classes; never as HTML. */

export interface Token {
  text: string;
  className: string;
  /** A colour of 24 bits, or one of the 256; the 16 are classes. */
  colour?: string;
  href?: string;
}

interface Style {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  strike: boolean;
  ink: string;
  paper: string;
  colour: string | undefined;
}

const plain: Style = {
  bold: false, dim: false, italic: false, underline: false, inverse: false, strike: false,
  ink: '', paper: '', colour: undefined,
};

// The control characters are what this is about.
// eslint-disable-next-line no-control-regex
const codes = /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\]([^\x07\x1b]*)(?:\x07|\x1b\\|$)|\x1b[PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|\x1b\[[0-?]*[ -/]*$|\x1b[ -/]*[0-~]?/g;
// eslint-disable-next-line no-control-regex
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What a line says, without any code; a sign that turns the direction shows as its number. */
export function stripCodes(text: string): string {
  return clean(dropCodes(text));
}

/** A line without the codes of a terminal; single signs that do not show are still in it. */
export function dropCodes(text: string): string {
  return text.includes('\x1b') ? text.replace(codes, '') : text;
}

/** A text without signs that do not show; its tabs and the ends of its lines stay. */
export function clean(text: string): string {
  return text
    .replace(controls, '')
    .replace(directions, (sign) => `<U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);
}

/** Cut a line into pieces that look the same. */
export function tokens(text: string): Token[] {
  if (!text.includes('\x1b')) return [{ text: clean(text), className: '' }];
  const found: Token[] = [];
  let style = plain;
  let link: string | undefined;
  let here = 0;
  const add = (end: number): void => {
    const words = clean(text.slice(here, end));
    if (words !== '') found.push(makeToken(words, style, link));
  };
  for (const code of text.matchAll(codes)) {
    add(code.index);
    here = code.index + code[0].length;
    if (code[2] === 'm') style = restyle(style, code[1] ?? '');
    else if (code[3]?.startsWith('8;') === true) link = safeLink(code[3].slice(2).replace(/^[^;]*;/, ''));
  }
  add(text.length);
  return found;
}

function safeLink(address: string): string | undefined {
  return /^https?:\/\//i.test(address) ? address : undefined;
}

function makeToken(text: string, style: Style, href: string | undefined): Token {
  const names = [
    style.bold && 'font-bold',
    style.dim && 'opacity-70',
    style.italic && 'italic',
    style.underline && 'underline',
    style.strike && 'line-through',
    style.inverse && 'ansi-inverse',
    style.ink,
    style.paper,
  ];
  const token: Token = { text, className: names.filter(Boolean).join(' ') };
  if (style.colour !== undefined) token.colour = style.colour;
  if (href !== undefined) token.href = href;
  return token;
}

function restyle(before: Style, parameters: string): Style {
  const numbers = (parameters === '' ? '0' : parameters).split(/[;:]/).map(Number);
  let style = { ...before };
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    if (code === 38 || code === 48) {
      const wide = numbers[at + 1] === 2;
      const colour = wide ? trueColour(numbers.slice(at + 2, at + 5)) : paletteColour(numbers[at + 2] ?? 0);
      if (code === 38) style = { ...style, ...colour };
      at += wide ? 4 : 2;
    } else {
      style = applyCode(style, code);
    }
  }
  return style;
}

const switches: Readonly<Record<number, Partial<Style>>> = {
  1: { bold: true }, 2: { dim: true }, 3: { italic: true }, 4: { underline: true },
  7: { inverse: true }, 9: { strike: true }, 22: { bold: false, dim: false },
  23: { italic: false }, 24: { underline: false }, 27: { inverse: false }, 29: { strike: false },
  39: { ink: '', colour: undefined }, 49: { paper: '' },
};

function applyCode(style: Style, code: number): Style {
  if (code === 0) return plain;
  if (code >= 30 && code <= 37) return { ...style, ink: `ansi-${code - 30}`, colour: undefined };
  if (code >= 90 && code <= 97) return { ...style, ink: `ansi-${code - 82}`, colour: undefined };
  if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) return { ...style, paper: 'ansi-paper' };
  return { ...style, ...switches[code] };
}

type Ink = Pick<Style, 'ink' | 'colour'>;

function paletteColour(number: number): Ink {
  if (number < 16) return { ink: `ansi-${number}`, colour: undefined };
  if (number >= 232) {
    const grey = 8 + (number - 232) * 10;
    return trueColour([grey, grey, grey]);
  }
  const cube = number - 16;
  const level = (part: number): number => (part === 0 ? 0 : 55 + part * 40);
  return trueColour([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)]);
}

/** A colour that the style sheet mixes with the ink until it can be read on either background. */
function trueColour(parts: readonly number[]): Ink {
  const [red = 0, green = 0, blue = 0] = parts.map((part) => Math.max(0, Math.min(255, part || 0)));
  return { ink: 'ansi-true', colour: `rgb(${red} ${green} ${blue})` };
}
