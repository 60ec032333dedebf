// Words and numbers in the reader's language.
const chosen = new URLSearchParams(location.search).get("lang");
export const query = chosen ? `?lang=${encodeURIComponent(chosen)}` : "";
const texts = await (await fetch("/api/words" + query)).json();
export const lang = texts.lang;
// Of a language the reader's own country, where the browser tells: 21 June or June 21.
const locale = navigator.languages?.find((one) => one.startsWith(lang)) ?? lang;

/** The text of a key, with {names} filled in. */
export function say(key, numbers = {}) {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => numbers[name] ?? "?");
}

const formats = new Map();
export function number(value, digits = 0) {
  if (value === null || value === undefined) return "–";
  if (!formats.has(digits)) {
    formats.set(digits, new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  return formats.get(digits).format(value === 0 ? 0 : value);
}

const rounded = (value) => Math.round(value) || 0;
export const watts = (value) => (value === null || value === undefined ? "–" : `${number(rounded(value))}\u00a0W`);
export const kwh = (wh) => (wh === null || wh === undefined ? "–" : `${number(wh / 1000, wh < 9995 ? 2 : wh < 99950 ? 1 : 0)}\u00a0kWh`);
export const degrees = (value, digits = 1) => (value === null || value === undefined ? "–" : `${number(value, digits)}\u00a0°C`);
export const percent = (value) => (value === null || value === undefined ? "–" : `${number(rounded(value))}\u00a0%`);

export { locale };

/** A moment as people of the site read it. */
export function clock(utcS, timeZone, options = { hour: "2-digit", minute: "2-digit" }) {
  return new Intl.DateTimeFormat(locale, { timeZone, hourCycle: "h23", ...options }).format(new Date(utcS * 1000));
}

/** An element with classes, text and children; never HTML from outside. */
export function make(tag, { text, children = [], ...rest } = {}) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(rest)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") one.className = value;
    else one.setAttribute(name, value === true ? "" : value);
  }
  if (text !== undefined) one.textContent = text;
  one.append(...children);
  return one;
}

/** Change a text only where it differs: a reader's place and selection stay. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
