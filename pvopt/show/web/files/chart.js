// The course of the day on a canvas: pan by dragging and keys, zoom by wheel, pinch and keys.
import { clock, make, number, percent, query, say, watts } from "./words.js";

const DAY = 86400;
const LEAST = 600;
// Of loads one after another, for eyes that tell few colours apart, too.
const DASHES = [[], [7, 3], [12, 3, 2, 3], [3, 3], [16, 4], [7, 3, 2, 3, 2, 3]];
const COLOURS = 6;
const PAD = { right: 46, top: 12, bottom: 26 };

/** The colour of the load of rank k; a seventh begins anew with other dashes. */
export const heatOf = (k) => (k % COLOURS ? `heat-${(k % COLOURS) + 1}` : "heat");
export const dashOf = (k) => DASHES[(k + Math.floor(k / COLOURS)) % DASHES.length];

export class Chart {
  constructor(canvas, legend, tip, empty) {
    Object.assign(this, { canvas, legend, tip, empty });
    this.lines = [];
    this.left = 52;
    this.off = new Set();
    this.data = null;
    this.follows = true;
    this.pointers = new Map();
    this.timeZone = "UTC";
    this.listen();
    new ResizeObserver(() => this.draw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  /** The first tick says what there is to draw. */
  begin(now, timeZone) {
    if (this.lines.length) return;
    this.timeZone = timeZone;
    this.lines = [
      { name: "pv_w", text: say("sun"), kind: "sun", area: true },
      { name: "load_w", text: say("house"), kind: "house" },
      ...now.loads.map((load, k) => ({ name: `load.${load.id}.expected_w`, text: load.id, kind: heatOf(k), area: k === 0, dash: dashOf(k) })),
      { name: "battery_w", text: say("battery"), kind: "battery" },
      { name: "grid_w", text: say("grid"), kind: "grid" },
      { name: "soc_pct", text: say("soc"), kind: "battery", right: true, dash: [2, 4] },
    ];
    for (const line of this.lines) {
      const button = make("button", { type: "button", class: line.right ? `soc ${line.kind}` : line.kind, "aria-pressed": "true", text: line.text });
      button.addEventListener("click", () => {
        this.off.has(line.name) ? this.off.delete(line.name) : this.off.add(line.name);
        button.setAttribute("aria-pressed", String(!this.off.has(line.name)));
        this.draw();
      });
      this.legend.append(button);
    }
    this.today(now.utc_s);
  }

  tick(now) {
    this.now = now.utc_s;
    if (this.follows && this.from !== undefined && this.now > this.to - 60) this.move(this.now + 0.03 * (this.to - this.from) - this.to, true);
    // A simulated home may live fast: no oftener than each 5 real seconds.
    if (!this.loadedAt || (Math.abs(this.now - this.loadedAt) >= 30 && performance.now() - this.loadedMs >= 5000)) this.load();
  }

  /** From the site's midnight on, or the last hours of a younger record. */
  today(now = this.now) {
    const [h, m, s] = clock(now, this.timeZone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).match(/\d+/g).map(Number);
    const midnight = now - (h * 3600 + m * 60 + s);
    this.follows = true;
    const first = this.data?.span ? Math.max(midnight, this.data.span[0] - 300) : midnight;
    this.from = Math.min(first, now - 1800);
    this.to = now + 0.03 * (now - this.from);
    this.load();
    this.draw();
  }

  async load() {
    if (this.from === undefined || document.hidden) return;
    this.loadedAt = this.now;
    this.loadedMs = performance.now();
    const [from, to] = [this.from, this.to];
    const names = this.lines.map((line) => line.name).join(",");
    const most = Math.max(120, Math.min(900, Math.round(this.canvas.clientWidth)));
    try {
      const answer = await fetch(`/api/series?names=${encodeURIComponent(names)}&from=${(from - 60).toFixed(0)}&to=${(to + 60).toFixed(0)}&most=${most}`);
      if (!answer.ok) return;
      const first = !this.data?.t_utc_s.length;
      this.data = await answer.json();
      if (first && this.data.span && this.follows && this.data.span[0] > this.from + 900) this.today();
      else this.draw();
    } catch { /* the next tick tries again */ }
  }

  move(seconds, follows = false) {
    this.from += seconds;
    this.to += seconds;
    this.follows = follows;
    this.later();
  }

  zoom(factor, centre = this.follows ? this.to : (this.from + this.to) / 2) {
    const width = Math.max(LEAST, Math.min(400 * DAY, (this.to - this.from) * factor));
    const share = (centre - this.from) / (this.to - this.from);
    this.from = centre - share * width;
    this.to = this.from + width;
    this.later();
  }

  later() {
    this.draw();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.load(), 180);
  }

  listen() {
    const { canvas } = this;
    const at = (event) => this.from + ((event.offsetX - this.left) / this.plot().width) * (this.to - this.from);
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.move((event.deltaX / this.plot().width) * (this.to - this.from));
      else this.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, at(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, event.offsetX);
    });
    canvas.addEventListener("pointermove", (event) => this.drag(event, at(event)));
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
      canvas.addEventListener(name, (event) => {
        this.pointers.delete(event.pointerId);
        if (name === "pointerleave") this.point(null);
      });
    }
    canvas.addEventListener("blur", () => this.point(null));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  drag(event, utc) {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return this.point(utc);
    const perPixel = (this.to - this.from) / this.plot().width;
    if (this.pointers.size === 2) {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, x]) => x);
      const [old, fresh] = [Math.abs(before - other), Math.abs(event.offsetX - other)];
      if (old > 10 && fresh > 10) this.zoom(old / fresh, this.from + ((event.offsetX + other) / 2 - this.left) * perPixel);
    } else this.move((before - event.offsetX) * perPixel);
    this.pointers.set(event.pointerId, event.offsetX);
  }

  key(event) {
    const step = (this.to - this.from) / 8;
    const acts = {
      ArrowLeft: () => this.move(-step), ArrowRight: () => this.move(step),
      "+": () => this.zoom(1 / 1.4), "=": () => this.zoom(1 / 1.4), "-": () => this.zoom(1.4), Home: () => this.today(),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  }

  point(utc) {
    this.pointed = utc;
    this.draw();
  }

  plot() {
    return { width: this.canvas.clientWidth - this.left - PAD.right, height: this.canvas.clientHeight - PAD.top - PAD.bottom };
  }

  draw() {
    const { canvas } = this;
    if (!canvas.clientWidth || this.from === undefined) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
    const g = canvas.getContext("2d");
    g.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    g.font = "12px system-ui, sans-serif";
    const t = this.data?.t_utc_s ?? [];
    this.empty.hidden = t.length > 1;
    const shown = this.lines.filter((line) => !this.off.has(line.name) && this.data?.columns[line.name]);
    let [low, high] = [0, 500];
    for (const line of shown) {
      if (line.right) continue;
      this.data.columns[line.name].forEach((w, k) => {
        if (w !== null && t[k] >= this.from && t[k] <= this.to) [low, high] = [Math.min(low, w), Math.max(high, w)];
      });
    }
    const step = niceStep((high - low) / 5);
    [low, high] = [Math.floor(low / step) * step, Math.ceil((high * 1.02) / step) * step];
    const marks = [];
    for (let w = low; w <= high + 1; w += step) marks.push([w, amount(w, step, high)]);
    // The watts stand beside the lines, however long they are.
    this.left = Math.max(52, Math.ceil(Math.max(...marks.map(([, words]) => g.measureText(words).width))) + 10);
    const { width, height } = this.plot();
    const x = (utc) => this.left + ((utc - this.from) / (this.to - this.from)) * width;
    const y = (w) => PAD.top + ((high - w) / (high - low)) * height;
    const yRight = (pct) => PAD.top + (1 - pct / 100) * height;
    this.axes(g, { x, y, marks, width, height, colour, soc: shown.some((line) => line.right) });
    g.save();
    g.beginPath();
    g.rect(this.left, 0, width, PAD.top + height + 1);
    g.clip();
    for (const line of shown) this.line(g, line, t, x, line.right ? yRight : y, colour(line.kind), y(0));
    this.pointer(g, shown, t, x, colour, height);
    g.restore();
    canvas.setAttribute("aria-label", say("chart_label", { from: this.stamp(this.from), to: this.stamp(this.to), help: say("chart_help") }));
  }

  axes(g, { x, y, marks, width, height, colour, soc }) {
    g.lineWidth = 1;
    g.textBaseline = "middle";
    g.textAlign = "right";
    for (const [w, words] of marks) {
      g.strokeStyle = colour("line");
      g.globalAlpha = Math.abs(w) < 1 ? 1 : 0.6;
      g.beginPath();
      g.moveTo(this.left, y(w));
      g.lineTo(this.left + width, y(w));
      g.stroke();
      g.globalAlpha = 1;
      g.fillStyle = colour("quiet");
      g.fillText(words, this.left - 8, y(w));
    }
    if (soc) {
      g.textAlign = "left";
      g.fillStyle = colour("battery-ink");
      for (const pct of [0, 50, 100]) g.fillText(`${pct} %`, this.left + width + 5, PAD.top + (1 - pct / 100) * height);
    }
    g.textAlign = "center";
    g.fillStyle = colour("quiet");
    const every = timeStep((this.to - this.from) / Math.max(2, width / (width < 400 ? 62 : 90)));
    const shift = this.offset(this.from);
    for (let at = Math.ceil((this.from + shift) / every) * every - shift; at < this.to; at += every) {
      const day = every >= DAY;
      const words = day ? clock(at, this.timeZone, { day: "numeric", month: "numeric" }) : clock(at, this.timeZone);
      if (x(at) > this.left + 14 && x(at) < this.left + width - 10) g.fillText(words, x(at), PAD.top + height + 15);
    }
  }

  /** Seconds that the site's clock is ahead of UTC. */
  offset(utc) {
    const [h, m] = clock(utc, this.timeZone).match(/\d+/g).map(Number);
    const ahead = h * 3600 + m * 60 - (Math.floor(utc / 60) * 60) % DAY;
    return ((((ahead + DAY / 2) % DAY) + DAY) % DAY) - DAY / 2;
  }

  line(g, line, t, x, y, colour, zero) {
    const column = this.data.columns[line.name];
    const gap = Math.max(120, 3 * ((t.at(-1) - t[0]) / Math.max(1, t.length - 1)));
    g.strokeStyle = g.fillStyle = colour;
    g.lineWidth = line.right ? 1.5 : 2;
    g.lineJoin = "round";
    g.setLineDash(line.dash ?? []);
    let run = [];
    const end = () => {
      if (run.length > 1) {
        g.beginPath();
        run.forEach(([a, b], k) => (k ? g.lineTo(a, b) : g.moveTo(a, b)));
        g.stroke();
        if (line.area) {
          g.lineTo(run.at(-1)[0], zero);
          g.lineTo(run[0][0], zero);
          g.globalAlpha = 0.18;
          g.fill();
          g.globalAlpha = 1;
        }
      }
      run = [];
    };
    t.forEach((at, k) => {
      if (column[k] === null || (k && at - t[k - 1] > gap)) end();
      if (column[k] !== null) run.push([x(at), y(column[k])]);
    });
    end();
    g.setLineDash([]);
  }

  pointer(g, shown, t, x, colour, height) {
    const inside = this.pointed !== null && this.pointed >= this.from && this.pointed <= this.to && t.length;
    this.tip.hidden = !inside;
    if (!inside) return;
    const k = t.reduce((best, at, n) => (Math.abs(at - this.pointed) < Math.abs(t[best] - this.pointed) ? n : best), 0);
    g.strokeStyle = colour("quiet");
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(x(t[k]), PAD.top);
    g.lineTo(x(t[k]), PAD.top + height);
    g.stroke();
    const rows = shown.map((line) => `${line.text}: ${line.right ? percent(this.data.columns[line.name][k]) : watts(this.data.columns[line.name][k])}`);
    this.tip.textContent = [this.stamp(t[k]), ...rows].join("\n");
    const left = x(t[k]) > this.canvas.clientWidth / 2 ? x(t[k]) - this.tip.offsetWidth - 10 : x(t[k]) + 10;
    this.tip.style.left = `${Math.max(0, left)}px`;
  }

  stamp(utc) {
    return clock(utc, this.timeZone, { day: "numeric", month: "numeric", hour: "2-digit", minute: "2-digit" });
  }
}

function amount(w, step, high) {
  if (step >= 1000) return `${number(w / 1000)} kW`;
  return step >= 100 && high >= 1000 ? `${number(w / 1000, 1)} kW` : `${number(w)} W`;
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return power * [1, 2, 5, 10].find((n) => n * power >= rough);
}

function timeStep(rough) {
  return [60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY].find((s) => s >= rough) ?? 56 * DAY;
}
