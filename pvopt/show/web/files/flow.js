// The live picture: sun, battery, grid, house and every load, with arrows by watts.
import { number, percent, put, say, watts } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 45;
const TURN = 2 * Math.PI * RADIUS;
const ICONS = {
  sun: "M0-6a6 6 0 1 0 .01 0M0-12v-3M0 12v3M-12 0h-3M12 0h3M-8.500-8.500l-2-2M8.500-8.500l2-2M-8.500 8.500l-2 2M8.500 8.500l2 2",
  battery: "M-11-6h20v12h-20zM12-2.500v5M-6-2v4M-1-2v4M4-2v4",
  grid: "M0-13l-7 26M0-13l7 26M-3.500 0h7M-5.200 6.500h10.400M-9-7h18M-6.500-2.500l10 8M6.500-2.500l-10 8",
  house: "M-12 0L0-11 12 0M-8-3v13h16v-13M-3 10v-7h6v7",
  heat: "M-8-12h16v24h-16zM-3-4c3 2-3 4 0 6s-3 4 0 6M3-4c3 2-3 4 0 6s-3 4 0 6",
};

function draw(parent, tag, attributes) {
  const one = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  parent.append(one);
  return one;
}

const MOST_STORAGES = 2; // on their own; from three on one node stands for all

/** What stands for the storages: each, or one for all with the sum of those that tell. */
function stores(now) {
  if (now.storages.length <= MOST_STORAGES) return now.storages.map((one) => ({ name: one.id, power_w: one.power_w, soc_pct: one.soc_pct }));
  const told = now.storages.map((one) => one.power_w).filter((w) => w !== null);
  const full = now.storages.map((one) => one.soc_pct).filter((pct) => pct !== null);
  const [low, high] = [Math.min(...full), Math.max(...full)];
  return [{
    name: `${say("storages")} (${number(now.storages.length)})`, many: now.storages.length,
    power_w: told.length ? told.reduce((sum, w) => sum + w, 0) : null,
    soc_pct: full.length ? full.reduce((sum, pct) => sum + pct, 0) / full.length : null,
    range: full.length && Math.round(low) !== Math.round(high) ? `${number(Math.round(low))}–${percent(high)}` : null,
  }];
}

const kindOf = (name) => (name.startsWith("load") ? "heat" : name.startsWith("storage") ? "battery" : name);

/** Without its sign; what is not known stays so. */
function size(value) {
  return value === null || value === undefined ? null : Math.abs(value);
}

export class Flow {
  constructor(place, spoken) {
    this.place = place;
    this.spoken = spoken;
    this.shape = "";
  }

  show(now) {
    const storages = stores(now);
    const shape = [...now.loads.map((load) => load.id), "", storages.length].join("\n");
    if (shape !== this.shape || !this.svg) this.build(now.loads, storages.length);
    this.shape = shape;
    const site = now.site ?? {};
    this.node("sun", site.pv_w, say("sun"));
    this.node("grid", size(site.grid_w), say("grid"));
    put(this.nodes.grid.side, this.side(site.grid_w, "import", "export"));
    this.node("battery", size(site.battery_w), say("battery"), site.soc_pct);
    put(this.nodes.battery.side, this.side(site.battery_w, "charging", "discharging"));
    this.node("house", now.house_w, say("house"));
    this.stream("sun", site.pv_w, now);
    this.stream("grid", site.grid_w, now);
    this.stream("battery", site.battery_w === null ? null : -(site.battery_w ?? 0), now);
    now.loads.forEach((load, rank) => {
      this.node(`load${rank}`, load.draws_w, load.id, load.max_w ? (100 * (load.draws_w ?? 0)) / load.max_w : null, false);
      this.stream(`load${rank}`, load.draws_w, now);
    });
    storages.forEach((one, rank) => {
      this.node(`storage${rank}`, size(one.power_w), one.name, one.soc_pct);
      if (one.range) put(this.nodes[`storage${rank}`].more, one.range);
      put(this.nodes[`storage${rank}`].side, this.side(one.power_w, "charging", "discharging"));
      this.stream(`storage${rank}`, one.power_w === null ? null : -one.power_w, now);
    });
    put(this.spoken, this.sentences(now, storages));
  }

  side(value, plus, minus) {
    return !value || Math.abs(value) < 5 ? "" : say(value > 0 ? plus : minus);
  }

  build(loads, storages) {
    const inARow = 3;
    const rows = Math.ceil(loads.length / inARow);
    const height = loads.length ? 326 + 122 * rows : 310;
    this.nodes = {};
    this.streams = {};
    this.place.replaceChildren();
    this.svg = draw(this.place, "svg", { viewBox: `0 0 360 ${height}`, "aria-hidden": "true" });
    const pipes = draw(this.svg, "g", {});
    const hub = [180, 214];
    const at = { sun: [180, 70], grid: [50, 214], battery: [310, 214], house: hub };
    for (let rank = 0; rank < storages; rank++) at[`storage${rank}`] = [rank ? 50 : 310, 70];
    loads.forEach((_, rank) => {
      const row = Math.floor(rank / inARow);
      const inRow = Math.min(inARow, loads.length - inARow * row);
      at[`load${rank}`] = [(360 * ((rank % inARow) + 0.5)) / inRow, 378 + 122 * row];
    });
    for (const [name, [x, y]] of Object.entries(at)) {
      if (name === "house") continue;
      const kind = kindOf(name);
      const inwards = kind !== "heat";
      this.pipe(pipes, name, kind, inwards ? [x, y] : hub, inwards ? hub : [x, y]);
    }
    for (const [name, [x, y]] of Object.entries(at)) this.circle(name, kindOf(name), x, y);
  }

  pipe(parent, name, kind, [x1, y1], [x2, y2]) {
    const length = Math.hypot(x2 - x1, y2 - y1);
    const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
    const [gap, end] = [RADIUS + (kind === "heat" ? 30 : 6), RADIUS + 6]; // the house's name stands below it
    const line = { x1: x1 + dx * gap, y1: y1 + dy * gap, x2: x2 - dx * end, y2: y2 - dy * end };
    draw(parent, "line", { ...line, class: "pipe", "stroke-width": 4 });
    const stream = draw(parent, "line", { ...line, class: `stream ${kind}`, stroke: "var(--c)" });
    const arrow = draw(parent, "path", { d: "M-7-8L8 0-7 8z", class: `arrow ${kind}`, fill: "var(--c)" });
    this.streams[name] = { stream, arrow, x: (line.x1 + line.x2) / 2, y: (line.y1 + line.y2) / 2, turn: (Math.atan2(dy, dx) * 180) / Math.PI };
  }

  circle(name, kind, x, y) {
    const group = draw(this.svg, "g", { class: kind, transform: `translate(${x} ${y})` });
    draw(group, "circle", { r: RADIUS, class: "ring", stroke: "none" });
    draw(group, "circle", { r: RADIUS, class: "track" });
    const arc = draw(group, "circle", { r: RADIUS, class: "arc", stroke: "var(--c)", transform: "rotate(-90)" });
    draw(group, "path", { d: ICONS[kind], class: "icon", stroke: "var(--ci)", transform: "translate(0 -19) scale(.85)" });
    const value = draw(group, "text", { y: 14, class: "watts" });
    const more = draw(group, "text", { y: 29, class: "soc", fill: "var(--ci)" });
    const above = name === "sun" || name.startsWith("storage");
    const label = draw(group, "text", { y: above ? -RADIUS - 11 : RADIUS + 20, class: "label" });
    const side = draw(group, "text", { y: RADIUS + (above ? 20 : 36), class: "label" });
    this.nodes[name] = { arc, value, more, label, side, longest: name.startsWith("storage") ? 13 : 16 };
  }

  node(name, value, label, share = null, told = true) {
    const one = this.nodes[name];
    put(one.value, watts(value));
    one.value.classList.toggle("long", one.value.textContent.length > 6);
    put(one.label, label.length > one.longest ? `${label.slice(0, one.longest - 1)}…` : label);
    put(one.more, share === null || share === undefined || !told ? "" : percent(share));
    const part = share === null || share === undefined ? (value > 5 ? 1 : 0) : Math.max(0, Math.min(1, share / 100));
    one.arc.setAttribute("stroke-dasharray", `${part * TURN} ${TURN}`);
    one.arc.setAttribute("opacity", part > 0 ? 1 : 0);
  }

  stream(name, value, now) {
    const { stream, arrow, x, y, turn } = this.streams[name];
    const flows = value !== null && value !== undefined && Math.abs(value) >= 5 && now.site?.fresh !== false;
    stream.style.display = arrow.style.display = flows ? "" : "none";
    if (!flows) return;
    const much = Math.abs(value);
    stream.setAttribute("stroke-width", (3 + 5 * Math.min(1, Math.sqrt(much / 5000))).toFixed(1));
    stream.style.animationDuration = `${Math.max(0.35, 1.6 - 0.25 * Math.log10(much + 1) - much / 9000).toFixed(2)}s`;
    stream.style.animationDirection = value > 0 ? "normal" : "reverse";
    const scale = (0.7 + 0.5 * Math.min(1, Math.sqrt(much / 5000))).toFixed(2);
    arrow.setAttribute("transform", `translate(${x} ${y}) rotate(${value > 0 ? turn : turn + 180}) scale(${scale})`);
  }

  sentences(now, storages) {
    const site = now.site ?? {};
    const words = [];
    if (size(site.pv_w) !== null) words.push(say("flow_sun", { w: watts(site.pv_w) }));
    if (now.house_w !== null) words.push(say("flow_house", { w: watts(now.house_w) }));
    for (const load of now.loads) words.push(say("flow_load", { name: load.id, w: watts(load.draws_w) }));
    if (site.grid_w !== null && site.grid_w !== undefined) {
      const key = Math.abs(site.grid_w) < 5 ? "flow_no_grid" : site.grid_w > 0 ? "flow_import" : "flow_export";
      words.push(say(key, { w: watts(Math.abs(site.grid_w)) }));
    }
    if (site.battery_w !== null && site.battery_w !== undefined) {
      const key = Math.abs(site.battery_w) < 5 ? "flow_resting" : site.battery_w > 0 ? "flow_charging" : "flow_discharging";
      words.push(say(key, { w: watts(Math.abs(site.battery_w)) }));
    }
    if (site.soc_pct !== null && site.soc_pct !== undefined) words.push(say("flow_soc", { pct: percent(site.soc_pct) }));
    for (const { name, many, power_w: w } of storages) {
      if (w === null) continue;
      const key = `flow_${many ? "storages" : "storage"}_${Math.abs(w) < 5 ? "resting" : w > 0 ? "charging" : "giving"}`;
      words.push(say(key, { name, n: many, w: watts(Math.abs(w)) }));
    }
    return words.join(" ");
  }
}
