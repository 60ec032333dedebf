// What of the sun was caught, and where the rest went: a bar of parts, and the same in words.
import { kwh, make, number, percent, put, say } from "./words.js";

const LEAST_WH = 5;

/** [key, Wh] of what was caught and of what was missed, the largest first; tiny parts are left out. */
function parts(score) {
  const missed = Object.entries(score.missed ?? {}).filter(([, wh]) => wh >= LEAST_WH).sort((a, b) => b[1] - a[1]);
  return [["caught", score.caught_wh], ...missed];
}

const name = (key) => say(key === "caught" ? "score_caught" : `missed_${key}`);

/** A stacked bar for the eyes; its words stand beside it. */
export function stack(score) {
  const sum = parts(score).reduce((all, [, wh]) => all + wh, 0);
  return make("span", {
    class: "stack", "aria-hidden": "true",
    children: parts(score).filter(([, wh]) => wh > 0).map(([key, wh]) => {
      const part = make("span", { class: `c-${key}`, title: `${name(key)}: ${kwh(wh)}` });
      part.style.width = `${(100 * wh) / Math.max(1, sum)}%`;
      return part;
    }),
  });
}

/** For a cell of a table: the share, and for readers where the largest part went. */
export function share(score) {
  const worst = parts(score)[1];
  const words = worst ? `${say("score_missed")}: ${name(worst[0])} ${kwh(worst[1])}` : say("score_none");
  return [percent(score.caught_pct), make("span", { class: "unseen", text: ` ${words}` }), stack(score)];
}

/** Sums of the same day or month: shares follow from the sums. */
export function sum(a, b) {
  if (!a || !b) return a ?? b;
  const missed = { ...a.missed };
  for (const [key, wh] of Object.entries(b.missed)) missed[key] = (missed[key] ?? 0) + wh;
  const caught = a.caught_wh + b.caught_wh;
  const possible = a.possible_wh + b.possible_wh;
  return { missed, caught_wh: caught, possible_wh: possible, caught_pct: possible >= 10 ? (100 * caught) / possible : null };
}

export class Score {
  constructor(card) {
    this.card = card;
    this.shown = "";
  }

  show(score) {
    const known = score && score.caught_wh + score.missed_wh >= 10;
    this.card.hidden = !known;
    const key = known ? JSON.stringify([score.caught_pct, parts(score).map(([one, wh]) => [one, Math.round(wh / 10)]), Math.round(score.grid_wh + score.battery_wh), score.worth, score.cost]) : "";
    if (!known || key === this.shown) return;
    this.shown = key;
    put(this.card.querySelector("#score-share"), percent(score.caught_pct));
    this.card.querySelector("#score-stack").replaceChildren(stack(score));
    const rows = [...parts(score), ["bought", score.grid_wh + score.battery_wh]];
    this.card.querySelector("#score-parts").replaceChildren(...rows.map(([one, wh]) => make("li", {
      children: [make("span", { class: `swatch c-${one}`, "aria-hidden": "true" }), make("span", { class: "grow", text: one === "bought" ? say("score_bought") : name(one) }), make("strong", { text: kwh(wh) })],
    })));
    // In the tariff's currency, which has no name.
    const money = [["score_worth", score.worth], ["score_cost", score.cost]].filter(([, amount]) => amount !== null && amount !== undefined);
    this.card.querySelector("#score-parts").append(...money.map(([key, amount]) => make("li", {
      children: [make("span", { class: "grow", text: say(key) }), make("strong", { text: number(amount, 2) })],
    })));
    const note = this.card.querySelector("#score-note");
    note.hidden = !(score.estimated_wh >= LEAST_WH);
    put(note, `${say("score_note")} (${say("score_guess")}: ${number(score.estimated_wh / 1000, 2)}\u00a0kWh)`);
  }
}
