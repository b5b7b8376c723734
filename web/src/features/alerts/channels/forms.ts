/** What each kind of channel asks for, and how its answers are sent. */

import type { AlertChannel } from '~/api/types';

export type FormKind = 'slack' | 'slack bot' | 'email' | 'teams' | 'webhook' | 'apprise';

export interface Question {
  /** As the server calls it. */
  field: string;
  label: string;
  hint?: string;
  placeholder?: string;
  isSecret?: boolean;
  isOptional?: boolean;
  /** Several, with commas or one a line. */
  isList?: boolean;
  isLong?: boolean;
  type?: 'url' | 'number' | 'text';
  start?: string;
}

interface Form {
  label: string;
  /** Where what is asked for is found. */
  help: string;
  /** The name that is offered. */
  name: string;
  questions: readonly Question[];
  /** Nobody can be asked afterwards whether a message arrived. */
  mayDoubt?: boolean;
}

const address: Question = { field: 'url', label: 'Webhook URL', type: 'url', isSecret: true, isLong: true };

export const forms: Readonly<Record<FormKind, Form>> = {
  slack: {
    label: 'Slack, by an incoming webhook',
    help: 'In Slack: Apps, Incoming Webhooks, Add to Slack, choose the channel, copy the URL.',
    name: 'Slack',
    questions: [{ ...address, placeholder: 'https://hooks.slack.com/services/…' }],
    mayDoubt: true,
  },
  'slack bot': {
    label: 'Slack, by a bot',
    help: 'A bot updates its own message when all is well again. It needs the scopes chat:write and channels:history, and has to be in the channel.',
    name: 'Slack bot',
    questions: [
      { field: 'token', label: 'Bot token', placeholder: 'xoxb-…', isSecret: true, isLong: true },
      { field: 'channel', label: 'Channel', placeholder: 'C0123456789', hint: 'The id at the end of the channel’s details.' },
    ],
  },
  email: {
    label: 'E-mail',
    help: 'Gmail: smtp.gmail.com, your address, an app password. SendGrid: smtp.sendgrid.net, the user apikey, the key as password.',
    name: 'E-mail',
    questions: [
      { field: 'to', label: 'To', placeholder: 'team@example.com, kim@example.com', isList: true, isLong: true },
      { field: 'host', label: 'Mail server', placeholder: 'smtp.gmail.com' },
      { field: 'port', label: 'Port', type: 'number', start: '587' },
      { field: 'user', label: 'User', isOptional: true },
      { field: 'password', label: 'Password', isSecret: true, isOptional: true },
      { field: 'from', label: 'From', isOptional: true, placeholder: 'ci@example.com' },
    ],
  },
  teams: {
    label: 'Microsoft Teams',
    help: 'In Teams: the channel’s Workflows, “Post to a channel when a webhook request is received”, copy the URL.',
    name: 'Teams',
    questions: [address],
    mayDoubt: true,
  },
  webhook: {
    label: 'Signed webhook',
    help: 'JSON by POST as Standard Webhooks has it. With a secret every message is signed.',
    name: 'Webhook',
    questions: [
      { ...address, label: 'URL', placeholder: 'https://ops.example.com/hook' },
      { field: 'secret', label: 'Signing secret', isSecret: true, isOptional: true, hint: 'whsec_… or any text.' },
    ],
  },
  apprise: {
    label: 'Apprise, for all the rest',
    help: 'Needs the extra pulseboard[apprise] on the server. One Apprise URL a line.',
    name: 'Apprise',
    questions: [{ field: 'urls', label: 'Apprise URLs', isSecret: true, isList: true, isLong: true, placeholder: 'discord://…' }],
    mayDoubt: true,
  },
};

/** What the server is sent: only what was answered. */
export function channelBody(
  kind: FormKind,
  name: string,
  answers: Readonly<Record<string, string>>,
  onDoubt: string,
): Record<string, unknown> {
  const { questions, mayDoubt } = forms[kind];
  const body: Record<string, unknown> = { kind: kind === 'slack bot' ? 'slack' : kind, name };
  for (const question of questions) {
    const text = (answers[question.field] ?? question.start ?? '').trim();
    if (text === '') continue;
    body[question.field] = question.isList === true ? listed(text) : question.type === 'number' ? Number(text) : text;
  }
  if (mayDoubt === true) body.on_doubt = onDoubt;
  return body;
}

function listed(text: string): string[] {
  return text.split(/[\n,]/).map((one) => one.trim()).filter((one) => one !== '');
}

/** What was left out, by its field. */
export function missing(kind: FormKind, name: string, answers: Readonly<Record<string, string>>): Record<string, string> {
  const found: Record<string, string> = {};
  if (name.trim() === '') found.name = 'Give the channel a name.';
  for (const { field, label, isOptional, start } of forms[kind].questions) {
    if (isOptional !== true && (answers[field] ?? start ?? '').trim() === '') found[field] = `${label} is needed.`;
  }
  return found;
}

const kinds: Readonly<Record<string, string>> = {
  slack: 'Slack webhook', email: 'E-mail', teams: 'Teams', webhook: 'Signed webhook', apprise: 'Apprise',
};

/** What a channel is and where it leads, as far as that is no secret. */
export function described({ kind, config }: Pick<AlertChannel, 'kind' | 'config'>): string {
  if (kind === 'slack' && typeof config.channel === 'string') return `Slack bot in ${config.channel}`;
  const word = kinds[kind] ?? kind;
  if (kind !== 'email') return word;
  const to = Array.isArray(config.to) ? config.to.join(', ') : '';
  const via = typeof config.host === 'string' ? ` by ${config.host}` : '';
  return to === '' ? word : `${word} to ${to}${via}`;
}
