const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Writes the seconds of a time as a text; computed once for all records of a second. */
class SecondText {
  readonly #textOf: (seconds: number) => string;
  #seconds = Number.NaN;
  #text = '';

  constructor(textOf: (seconds: number) => string) {
    this.#textOf = textOf;
  }

  of(seconds: number): string {
    if (seconds !== this.#seconds) {
      this.#text = this.#textOf(seconds);
      this.#seconds = seconds;
    }
    return this.#text;
  }
}

const isoSeconds = new SecondText((seconds) => isoOf(seconds));
const apacheSeconds = new SecondText((seconds) => {
  const date = new Date(seconds * 1000);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const time = isoOf(seconds).slice('YYYY-MM-DDT'.length);
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${time} +0000`;
});

/** RFC 3339, with nanoseconds: `2026-11-23T12:00:00.123456789Z`. */
export function rfc3339(seconds: number, nanos: number): string {
  return `${isoSeconds.of(seconds)}.${String(nanos).padStart(9, '0')}Z`;
}

/** Apache's time, in UTC: `23/Nov/2026:12:00:00 +0000`. */
export function apacheTime(seconds: number): string {
  return apacheSeconds.of(seconds);
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length);
}
