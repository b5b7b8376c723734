/** Who wants to hear of something that not everybody does: the topics of the live socket. */

export interface TopicEar {
  hear: (type: string, data: unknown) => void;
  /** Something may have been missed: look again. */
  missed: () => void;
}

const ears = new Map<string, Set<TopicEar>>();
let changed: () => void = () => undefined;

/** Hear of a topic until the returned function is called. */
export function onTopic(topic: string, ear: TopicEar): () => void {
  const there = ears.get(topic);
  if (there === undefined) {
    ears.set(topic, new Set([ear]));
    changed();
  } else {
    there.add(ear);
  }
  return () => {
    const left = ears.get(topic);
    left?.delete(ear);
    if (left?.size !== 0) return;
    ears.delete(topic);
    changed();
  };
}

/** The topics that are wanted now. */
export function wantedTopics(): string[] {
  return [...ears.keys()];
}

/** Have the socket ask for other topics whenever they change. */
export function onTopics(act: () => void): void {
  changed = act;
}

/** Hand a message on to whoever asked for its topic. */
export function tellTopic(topic: string, type: string, data: unknown): void {
  for (const ear of ears.get(topic) ?? []) ear.hear(type, data);
}

/** Tell everybody that something may have been missed. */
export function tellMissed(): void {
  for (const there of ears.values()) for (const ear of there) ear.missed();
}
