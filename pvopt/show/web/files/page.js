// The page lives by one stream of ticks; whatever is shown follows from the last one.
import { Chart } from "./chart.js";
import { Days } from "./days.js";
import { Flow } from "./flow.js";
import { Loads } from "./loads.js";
import { Score } from "./score.js";
import { clock, kwh, lang, make, number, percent, put, query, say, watts } from "./words.js";

const $ = (id) => document.getElementById(id);
const QUIET_S = 12;
const session = await (await fetch("/api/session")).json();
if (session.role === "nobody") location.replace("/login" + query);

const flow = new Flow($("flow"), $("flow-words"));
const loads = new Loads($("loads"), ask);
const chart = new Chart($("chart"), $("legend"), $("chart-tip"), $("chart-empty"));
const days = new Days($("days"), $("days-note"));
const score = new Score($("score-card"));
let stream = null;
let heardAt = 0;
let spoken = "";
let known = null;

loads.mayAsk = session.asks;
put($("name"), session.name || "pvopt");
put($("version"), say("version", { version: session.version }));
$("log-out").hidden = !session.locked;
$("looks").hidden = session.role !== "looks";
$("log-card").hidden = session.role !== "owner";
$("language").value = lang;
$("language").addEventListener("change", (event) => (location.search = `?lang=${event.target.value}`));
$("log-out").addEventListener("click", async () => {
  await post("/api/logout", {});
  location.replace("/login" + query);
});

// -- the stream ------------------------------------------------------------------------------

function connect() {
  if (stream || document.hidden) return;
  stream = new EventSource("/api/live" + query);
  stream.onmessage = (event) => {
    heardAt = performance.now();
    show(JSON.parse(event.data));
  };
  stream.onerror = async () => {
    state("lost", say("lost"));
    if (stream?.readyState !== EventSource.CLOSED) return;
    disconnect();
    const answer = await fetch("/api/session").then((one) => one.json()).catch(() => null);
    if (answer?.role === "nobody") location.replace("/login" + query);
    else setTimeout(connect, 5000);
  };
}

function disconnect() {
  stream?.close();
  stream = null;
}

// A page that nobody sees holds no connection: browsers allow few to one address.
document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
setInterval(() => {
  const quiet = (performance.now() - heardAt) / 1000;
  if (heardAt && quiet > QUIET_S && stream?.readyState === EventSource.OPEN) state("quiet", say("quiet", { s: number(Math.floor(quiet)) }));
}, 1000);

function state(name, words) {
  $("state").dataset.state = name;
  put($("state-words"), words);
}

// -- what is shown -----------------------------------------------------------------------------

function show(now) {
  const ids = now.loads.map((load) => load.id).join("\n");
  if (known !== null && known !== ids) location.reload(); // another configuration
  known = ids;
  const fresh = now.site?.fresh;
  state(fresh ? "live" : "quiet", fresh ? say("live") : say("stale"));
  put($("clock"), clock(now.utc_s, session.timezone, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }));
  $("demo").hidden = !now.demo;
  alarms(now.alarms);
  main(now);
  flow.show(now);
  loads.show(now);
  sources(now.health);
  storages(now.storages);
  score.show(now.score);
  chart.begin(now, session.timezone);
  chart.tick(now);
  if (!days.now || (Math.abs(now.utc_s - days.now) >= 60 && performance.now() - days.loadedMs >= 20000)) {
    days.now = now.utc_s;
    days.ids = now.loads.map((one) => one.id);
    days.loadedMs = performance.now();
    days.load();
  }
}

function main(now) {
  put($("today-sun"), kwh(now.today.pv_wh));
  put($("today-loads"), kwh(now.loads.reduce((sum, one) => sum + (one.today_wh ?? 0), 0)));
  put($("today-bought"), kwh(now.today.import_wh));
  const since = now.today_since_utc_s === null ? "" : say("today_since", { t: clock(now.today_since_utc_s, session.timezone) });
  put($("sun-since"), since);
  put($("bought-since"), since);
  $("loads-all").hidden = $("loads-fact").hidden = !now.loads.length;
  $("held-back").hidden = !(now.site?.held_back && now.site?.fresh);
  const load = now.loads.find((one) => one.id === now.main);
  if (!load) {
    if (now.storages.length) shared(now);
    return;
  }
  const draws = (load.draws_w ?? 0) >= 1 || (load.setpoint_w ?? 0) >= 1;
  put($("main-name"), load.id);
  big(draws, draws ? number(Math.round(load.draws_w)) : say("off_now"));
  put($("main-why"), load.words);
  put($("main-change"), load.change);
  $("main-change").hidden = !load.change;
  // Read aloud when the reason changes, not each second.
  if (spoken !== `${load.id} ${load.why}`) {
    spoken = `${load.id} ${load.why}`;
    put($("spoken"), `${load.id}: ${draws ? watts(load.draws_w) : say("off_now")}, ${load.words}`);
  }
}

/** A home of storages alone: what they give, or take, together. */
function shared(now) {
  const told = now.storages.filter((one) => one.power_w !== null);
  const sum = told.reduce((all, one) => all + one.power_w, 0);
  put($("main-name"), say("storages"));
  big(told.length > 0, told.length ? number(Math.round(Math.abs(sum))) : "–");
  put($("main-why"), told.length ? direction(sum) : say("nothing_yet"));
}

function big(isWatts, figure) {
  const place = $("main-watts");
  if (place.dataset.shown !== figure) {
    place.replaceChildren(figure, ...(isWatts ? [make("small", { text: "W" })] : []));
    place.dataset.shown = figure;
  }
  place.classList.toggle("idle", !isWatts);
}

function alarms(words) {
  const place = $("alarms");
  if (place.dataset.shown === words.join("\n")) return;
  place.dataset.shown = words.join("\n");
  place.replaceChildren(...words.map((text) => make("p", { text })));
}

function age(seconds) {
  if (seconds === null) return say("never");
  return seconds < 120 ? say("age", { s: number(Math.round(seconds)) }) : say("age_long", { min: number(Math.round(seconds / 60)) });
}

const sourceRows = new Map();
function sources(health) {
  for (const one of health) {
    if (!sourceRows.has(one.origin)) {
      const row = { dot: make("span", { "aria-hidden": "true" }), state: make("span", { class: "tag" }), used: make("span", { class: "tag", text: say("used_now") }), age: make("span", { class: "quiet small" }), fault: make("span", { class: "words" }) };
      $("sources").append(make("li", { children: [row.dot, make("span", { class: "grow", text: one.origin }), row.used, row.state, row.age, row.fault] }));
      sourceRows.set(one.origin, row);
    }
    const row = sourceRows.get(one.origin);
    row.dot.className = `dot ${one.ok ? "good" : "bad"}`;
    put(row.state, say(one.ok ? "well" : "faulty"));
    row.used.hidden = !one.used;
    put(row.age, age(one.age_s));
    put(row.fault, one.fault);
    row.fault.hidden = !one.fault;
  }
}

const direction = (w) => (w > 4 ? say("charging") : w < -4 ? say("discharging") : "");
const flowing = (w) => `${watts(w === null ? null : Math.abs(w))} ${w === null ? "" : direction(w)}`.trim();

const storageRows = new Map();
function storages(rows) {
  $("storages-card").hidden = !rows.length;
  for (const one of rows) {
    if (!storageRows.has(one.id)) {
      const row = { watts: make("span"), soc: make("strong"), asked: make("span", { class: "quiet small" }), why: make("span", { class: "words calm" }), fault: make("span", { class: "words" }) };
      $("storages").append(make("li", { children: [make("span", { class: "grow", text: one.id }), row.soc, row.watts, row.asked, row.why, row.fault] }));
      storageRows.set(one.id, row);
    }
    const row = storageRows.get(one.id);
    put(row.soc, percent(one.soc_pct));
    put(row.watts, flowing(one.power_w));
    put(row.asked, one.connected === false ? say("not_connected") : one.setpoint_w === null ? "" : say("setpoint", { w: flowing(one.setpoint_w) }));
    put(row.why, one.words);
    put(row.fault, one.fault);
    row.fault.hidden = !one.fault;
  }
}

// -- what is asked -----------------------------------------------------------------------------

async function post(path, body) {
  const answer = await send(path, body);
  if (answer.status !== 403) return answer;
  // pvopt was started anew meanwhile: it has another token.
  Object.assign(session, await (await fetch("/api/session")).json());
  return send(path, body);
}

async function send(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json", "X-CSRF-Token": session.csrf }, body: JSON.stringify(body) });
}

async function ask(load, wish) {
  try {
    const answer = await post(`/api/loads/${encodeURIComponent(load)}/request`, wish);
    const words = await answer.json();
    if (answer.status === 401) location.replace("/login" + query);
    else if (answer.ok) toast(say("asked_now", { name: load }));
    else toast(say("refused", { words: words.error }), true);
  } catch {
    toast(say("lost"), true);
  }
}

let toastTimer = 0;
function toast(words, bad = false) {
  const place = $("toast");
  place.classList.toggle("bad", bad);
  place.hidden = false;
  put(place, words);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (place.hidden = true), bad ? 9000 : 4500);
}

// -- buttons, log, configuration -------------------------------------------------------------

const eighth = () => (chart.to - chart.from) / 4;
for (const [id, act] of Object.entries({
  earlier: () => chart.move(-eighth()), later: () => chart.move(eighth()), "zoom-in": () => chart.zoom(1 / 1.6), "zoom-out": () => chart.zoom(1.6), "show-today": () => chart.today(),
})) $(id).addEventListener("click", act);

for (const [id, months] of [["by-day", false], ["by-month", true]]) {
  $(id).addEventListener("click", () => {
    days.months = months;
    $("by-day").setAttribute("aria-pressed", String(!months));
    $("by-month").setAttribute("aria-pressed", String(months));
    days.load();
  });
}

async function log() {
  const answer = await fetch("/api/log?most=200");
  if (!answer.ok) return;
  const { lines } = await answer.json();
  $("log").replaceChildren(...lines.reverse().map((line) => make("li", {
    class: line.level, children: [make("time", { datetime: new Date(line.utc_s * 1000).toISOString(), text: clock(line.utc_s, session.timezone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }) }), make("span", { text: line.words })],
  })));
}

async function configuration() {
  const answer = await fetch("/api/config");
  if (answer.ok) put($("config"), plain(await answer.json(), ""));
}

/** As the file would have it. */
function plain(part, indent) {
  return Object.entries(part).map(([key, value]) => {
    const name = Array.isArray(part) ? "-" : `${key}:`;
    if (value === null || value === "") return `${indent}${name}`;
    if (typeof value !== "object") return `${indent}${name} ${value}`;
    if (!Object.keys(value).length) return `${indent}${name} []`;
    return `${indent}${name}\n${plain(value, indent + "  ")}`;
  }).join("\n");
}

$("log-again").addEventListener("click", log);
$("log-details").addEventListener("toggle", (event) => event.target.open && log());
$("config-details").addEventListener("toggle", (event) => event.target.open && configuration());

connect();
