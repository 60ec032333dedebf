// A card for each load: what it does and why, and what a person may ask of it.
import { degrees, kwh, make, put, say, watts } from "./words.js";

const MODES = ["auto", "boost", "on", "off"];

export class Loads {
  /** ask(load, wish) sends a request; mayAsk: whether there are buttons at all. */
  constructor(place, ask) {
    this.place = place;
    this.ask = ask;
    this.cards = new Map();
    this.mayAsk = false;
  }

  show(now) {
    for (const load of now.loads) {
      if (!this.cards.has(load.id)) {
        const card = new Card(load, this);
        this.cards.set(load.id, card);
        this.place.append(card.root);
      }
      this.cards.get(load.id).show(load, now);
    }
  }
}

class Card {
  constructor(load, owner) {
    this.owner = owner;
    this.id = load.id;
    const title = `load-${load.id}`;
    const part = (tag, rest) => make(tag, rest);
    this.watts = part("p", { class: "watts" });
    this.bar = part("i");
    this.why = part("p", { class: "why" });
    this.change = part("p", { class: "change" });
    this.stands = part("p", { class: "stands", hidden: true });
    this.hygiene = part("p", { class: "quiet small", hidden: true });
    this.fault = part("p", { class: "fault", role: "alert" });
    this.facts = { today: fact(say("today")), yesterday: fact(say("yesterday")), water: fact(say("water")) };
    this.buttons = new Map(MODES.map((mode) => [mode, this.button(mode)]));
    this.modes = part("div", { class: "segments", role: "group", "aria-label": say("mode_of", { name: load.id }), children: [...this.buttons.values()], hidden: true });
    this.details = this.more(load);
    this.root = part("article", {
      class: "card load", "aria-labelledby": title,
      children: [
        part("div", { class: "line", children: [
          part("div", { children: [part("h3", { id: title, text: load.id }), part("p", { class: "quiet small", text: `${say("rank", { n: load.rank })} · ${say("of_most", { w: watts(load.max_w) })}` })] }),
          this.watts,
        ] }),
        part("div", { class: "bar", "aria-hidden": "true", children: [this.bar] }),
        this.why, this.change, this.stands, this.fault,
        part("dl", { class: "facts", children: Object.values(this.facts).map((one) => one.root) }), this.hygiene,
        this.modes, this.details,
      ],
    });
  }

  button(mode) {
    const one = make("button", { type: "button", text: say(mode), "aria-pressed": "false", "data-mode": mode, title: mode === "auto" || mode === "boost" ? say(`${mode}_hint`) : null });
    one.addEventListener("click", () => this.owner.ask(this.id, { kind: mode }));
    return one;
  }

  more(load) {
    const minutes = make("select", { children: [30, 60, 120, 240].map((m) => make("option", { value: m, text: say(`m${m}`), selected: m === 60 })) });
    const least = Math.ceil(load.least_w ?? 0);
    const knob = load.max_w && least < load.max_w;
    const power = make("input", { type: "number", inputmode: "numeric", min: least, max: load.max_w, step: 10, placeholder: say("all_watts") });
    const warm = make("input", { type: "number", inputmode: "numeric", min: 20, max: load.max_c, step: 1, placeholder: "°C" });
    const most = make("input", { type: "number", inputmode: "numeric", min: 20, max: load.max_c, step: 1, placeholder: "°C" });
    const boost = make("button", { type: "button", class: "plain", text: say("ask_boost") });
    const set = make("button", { type: "button", class: "plain", text: say("set") });
    boost.addEventListener("click", () => {
      if (![power, warm].every((one) => one.reportValidity())) return;
      this.owner.ask(this.id, { kind: "boost", minutes: Number(minutes.value), ...(power.value && { watts: Number(power.value) }), ...(warm.value && { until_c: Number(warm.value) }) });
    });
    set.addEventListener("click", () => {
      if (most.value && most.reportValidity()) this.owner.ask(this.id, { kind: "set-temp", temp: "max", to_c: Number(most.value) });
    });
    const label = (key, field) => make("label", { children: [document.createTextNode(say(key)), field] });
    const fields = [label("minutes", minutes), ...(knob ? [label("watts", power)] : []), ...(load.sensor ? [label("warm", warm)] : []), boost];
    const forms = [make("div", { class: "form", children: fields })];
    if (load.sensor) forms.push(make("div", { class: "form", children: [label("set_max", most), set] }));
    return make("details", { hidden: true, children: [make("summary", { text: say("more", { name: load.id }) }), ...forms] });
  }

  show(load, now) {
    const draws = (load.draws_w ?? 0) >= 1 || (load.setpoint_w ?? 0) >= 1;
    put(this.watts, draws ? watts(load.draws_w) : say("off_now"));
    this.watts.classList.toggle("idle", !draws);
    this.bar.style.width = `${load.max_w ? Math.min(100, (100 * (load.draws_w ?? 0)) / load.max_w) : 0}%`;
    put(this.why, load.words);
    put(this.change, load.change);
    // Of an only load the top of the page says it already.
    this.why.hidden = now.loads.length === 1;
    this.change.hidden = !load.change || now.loads.length === 1;
    put(this.fault, load.fault ? `${say("fault")}: ${load.fault}` : "");
    this.fault.hidden = !load.fault;
    this.facts.today.show(kwh(load.today_wh), load.full ? say("full") : "");
    this.facts.yesterday.show(kwh(load.yesterday_wh), "");
    const most = load.max_c ? say("water_most", { c: degrees(load.max_c, 0) }) : "";
    this.facts.water.root.hidden = !load.sensor;
    this.facts.water.show(degrees(load.temperature_c), most);
    const stands = load.asked.map((wish) => this.wish(wish)).join(" · ");
    put(this.stands, stands);
    put(this.hygiene, load.hygiene);
    this.hygiene.hidden = !load.hygiene;
    this.stands.hidden = !stands;
    this.modes.hidden = this.details.hidden = !this.owner.mayAsk;
    for (const [mode, button] of this.buttons) button.setAttribute("aria-pressed", String(mode === load.mode));
  }

  wish(wish) {
    const words = [];
    if (wish.kind === "set-temp") words.push(say(`stands_${wish.temp}`, { c: degrees(wish.until_c, 0) }));
    else {
      words.push(say(wish.kind) + (wish.watts ? ` ${watts(wish.watts)}` : ""));
      if (wish.until) words.push(wish.until);
      if (wish.until_c) words.push(say("stands_warm", { c: degrees(wish.until_c, 0) }));
    }
    if (wish.by) words.push(wish.by === "the page" ? say("stands_page") : say("stands_by", { who: wish.by }));
    return words.join(" ");
  }
}

function fact(name) {
  const value = make("dd");
  const note = make("small");
  const text = document.createTextNode("");
  value.append(text, note);
  return {
    root: make("div", { children: [make("dt", { text: name }), value] }),
    show(words, more) {
      if (text.data !== words) text.data = words;
      put(note, more);
    },
  };
}
