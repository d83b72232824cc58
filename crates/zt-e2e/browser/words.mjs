// The messages people read, by key: a scenario names what it expects, and reads it in the language at hand.
import { readFileSync, readdirSync } from 'node:fs';

const FOLDER = new URL('../../zt-pages/i18n/', import.meta.url);

/** A function from a key to its text in `language`; arguments are put in for `{ $name }`. */
export function words(language) {
  const known = new Map();
  const folder = new URL(`${language}/`, FOLDER);
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(new URL(file, folder), 'utf8').split('\n')) {
      const message = /^([a-z][a-z0-9-]*) = (.*)$/.exec(line);
      if (message) known.set(message[1], message[2]);
    }
  }
  return (key, values = {}) => {
    const text = known.get(key);
    if (text === undefined) throw new Error(`no message \`${key}\` in ${language}`);
    return text.replace(/\{ *\$([a-z]+) *\}/g, (_, name) => values[name] ?? `{${name}}`);
  };
}
