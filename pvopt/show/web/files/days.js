// Energies by day and month: a table whose cells hold bars, for eyes and for readers alike.
import { heatOf } from "./chart.js";
import { share, sum } from "./score.js";
import { kwh, locale, make, say } from "./words.js";

const COLUMNS = [["pv_wh", "from_sun", "sun"], ["load_wh", "used", "house"], ["import_wh", "bought", "grid"], ["export_wh", "sold", "battery"]];

export class Days {
  constructor(table, note) {
    this.table = table;
    this.note = note;
    this.months = false;
    this.ids = []; // of the loads, in the order of the chart
  }

  async load() {
    const answer = await fetch("/api/days" + (this.months ? `?from=${this.yearAgo()}` : ""));
    if (!answer.ok) return;
    const { rows, kept } = await answer.json();
    this.note.hidden = kept;
    this.show(this.months ? byMonth(rows) : rows);
  }

  yearAgo() {
    const day = new Date((this.now ?? Date.now() / 1000) * 1000);
    day.setUTCFullYear(day.getUTCFullYear() - 1);
    return day.toISOString().slice(0, 10);
  }

  show(rows) {
    const loads = [...new Set(rows.flatMap((row) => Object.keys(row.loads ?? {})))];
    const ranks = [...this.ids, ...loads.filter((id) => !this.ids.includes(id))];
    const columns = [
      ...COLUMNS.map(([key, word, kind]) => ({ get: (row) => row[key], text: say(word), kind })),
      ...loads.map((id) => ({ get: (row) => row.loads?.[id], text: id, kind: heatOf(ranks.indexOf(id)) })),
    ].filter((column) => rows.some((row) => column.get(row) !== undefined && column.get(row) !== null));
    const most = Math.max(1, ...rows.flatMap((row) => columns.map((column) => column.get(row) ?? 0)));
    const scored = rows.some((row) => row.score);
    const heads = [...(scored ? [say("score_of")] : []), ...columns.map((one) => one.text)];
    const head = make("tr", { children: [say(this.months ? "month" : "day"), ...heads].map((text) => make("th", { scope: "col", text })) });
    const body = [...rows].reverse().map((row) => make("tr", {
      children: [make("th", { scope: "row", text: this.date(row.date) }), ...(scored ? [make("td", { class: "scored", children: row.score ? share(row.score) : ["–"] })] : []), ...columns.map((column) => cell(column.get(row), most, column.kind))],
    }));
    this.table.replaceChildren(make("thead", { children: [head] }), make("tbody", { children: body }));
  }

  date(text) {
    const [year, month, day] = text.split("-").map(Number);
    const options = this.months ? { month: "long", year: "numeric" } : { weekday: "short", day: "numeric", month: "short" };
    return new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(Date.UTC(year, month - 1, day ?? 1));
  }
}

function cell(wh, most, kind) {
  const bar = make("span", { class: "amount", "aria-hidden": "true" });
  bar.style.width = `${Math.max(0, (100 * (wh ?? 0)) / most)}%`;
  return make("td", { class: kind, children: wh === undefined || wh === null ? ["–"] : [kwh(wh), bar] });
}

function byMonth(rows) {
  const months = new Map();
  for (const row of rows) {
    const key = row.date.slice(0, 7);
    const total = months.get(key) ?? { date: key, loads: {} };
    for (const [name, value] of Object.entries(row)) if (typeof value === "number") total[name] = (total[name] ?? 0) + value;
    for (const [id, wh] of Object.entries(row.loads ?? {})) total.loads[id] = (total.loads[id] ?? 0) + (wh ?? 0);
    total.score = sum(total.score, row.score);
    months.set(key, total);
  }
  return [...months.values()];
}
