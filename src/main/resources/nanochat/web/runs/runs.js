// The page of runs: what trains and what has trained, as it goes. The server tells what changed; curves are asked for, and then only their ends.
import { $, ask, el, events, icon, keep, kept, language, onLanguage, onTheme, start, t } from "/web/house/house.js";
import { Charts, duration, percent, shown } from "/web/runs/charts.js";

const SLOTS = 8;
const FIRST = 3;
const RECONNECT = 2000;
const AXES = ["step", "tokens", "flops", "seconds"];

/* What is known */

const settings = { axis: "step", log: false, smooth: 0.6, ...kept("runs", {}) };
const summaries = new Map();
let order = [];
/** Slot of the colour by name of the run that is drawn. */
const slots = new Map(Object.entries(kept("runs.shown", {})));
let chosen = slots.size > 0;
let focused = kept("runs.focus", "");
/** Curves by name: what the server said last, and its tracks. */
const curves = new Map();
const details = new Map();
const scores = new Map();
let charts;
let drawing = false;
let anew = false;

const save = () => {
    keep("runs", settings);
    keep("runs.shown", Object.fromEntries(slots));
    keep("runs.focus", focused);
};

const label = run => run.tag + " · " + t("stage." + run.stage);

/* Drawing */

function redraw(everything = false) {
    anew ||= everything;
    if (!drawing) {
        drawing = true;
        requestAnimationFrame(() => {
            drawing = false;
            const runs = order.filter(name => slots.has(name) && curves.has(name)).map(name => ({
                name, label: label(summaries.get(name)), stage: summaries.get(name).stage, slot: slots.get(name), color: "--c" + slots.get(name),
                tracks: closer(curves.get(name).tracks, closeUps.get(name)),
                limit: summaries.get(name).limit_gigaflops,
            }));
            charts.draw({ runs, ...settings }, anew);
            anew = false;
        });
    }
}

/* Curves */

const asking = new Set();
const again = new Set();

async function refresh(name) {
    if (asking.has(name)) {
        again.add(name);
        return;
    }
    asking.add(name);
    try {
        const had = curves.get(name);
        const response = await ask("/runs/curves?" + new URLSearchParams({ run: name, known: had?.known ?? "" }));
        if (response.ok) {
            curves.set(name, merged(had, await response.json()));
            redraw();
        }
    } catch {
        // the next event brings it
    } finally {
        asking.delete(name);
        if (again.delete(name)) {
            refresh(name);
        }
    }
}

/** What is known from `from` on is replaced; stretches of another width replace everything. */
function merged(had, news) {
    const tracks = had && news.more ? { ...had.tracks } : {};
    for (const [type, part] of Object.entries(news.tracks)) {
        const before = tracks[type]?.width === part.width ? tracks[type] : undefined;
        const joined = (old, more) => [...(old ?? Array(part.from).fill(null)).slice(0, part.from), ...more];
        const columns = (old, more) => Object.fromEntries(Object.entries(more).map(([name, values]) => [name, joined(old?.[name], values)]));
        tracks[type] = { width: part.width, mean: columns(before?.mean, part.mean), low: columns(before?.low, part.low), high: columns(before?.high, part.high) };
        for (const axis of AXES) {
            tracks[type][axis] = joined(before?.[axis], part[axis]);
        }
    }
    return { known: news.known, tracks };
}

/* A part of them, closer */

/** What part of the axis is seen; nothing where all of it is. */
let zoom;
/** By name of the run: the part that the server has read again. */
const closeUps = new Map();

function zoomed(part) {
    if (part?.min === zoom?.min && part?.max === zoom?.max) {
        return;
    }
    zoom = part;
    $("#unzoom").hidden = !zoom;
    if (zoom) {
        [...slots.keys()].forEach(lookCloser);
    } else if (closeUps.size > 0) {
        closeUps.clear();
        redraw();
    }
}

async function lookCloser(name) {
    const track = curves.get(name)?.tracks.step;
    if (!track || track.width === 1) {
        return;
    }
    const part = zoom;
    const xs = track[settings.axis];
    const first = xs.findIndex(x => x >= part.min);
    const last = xs.findLastIndex(x => x <= part.max);
    if (first < 0 || last < 0) {
        return;
    }
    const from = track.step[Math.max(0, first - 1)];
    const to = track.step[Math.min(xs.length - 1, last + 1)];
    try {
        const response = await ask("/runs/closeup?" + new URLSearchParams({ run: name, from, to }));
        if (response.ok && zoom === part) {
            closeUps.set(name, await response.json());
            redraw();
        }
    } catch {
        // what is there is coarser, and right
    }
}

/** Tracks in which a part is replaced by a finer one, where it is finer. */
function closer(tracks, closeUp) {
    const merged = { ...tracks };
    for (const [type, part] of Object.entries(closeUp?.tracks ?? {})) {
        const track = tracks[type];
        if (!track || part.width >= track.width) {
            continue;
        }
        const before = track.step.filter(step => step <= closeUp.after).length;
        const behind = track.step.filter(step => step <= closeUp.up_to).length;
        const missing = Array(part.step.length).fill(null);
        const joined = (old, fine) => [...old.slice(0, before), ...(fine ?? missing), ...old.slice(behind)];
        const columns = (old, fine) => Object.fromEntries(Object.entries(old).map(([name, values]) => [name, joined(values, fine[name] ?? part.mean[name])]));
        merged[type] = { width: track.width, mean: columns(track.mean, part.mean), low: columns(track.low, part.low), high: columns(track.high, part.high) };
        AXES.forEach(axis => merged[type][axis] = joined(track[axis], part[axis]));
    }
    return merged;
}

/* The list */

const rows = new Map();

class Row {
    constructor(name) {
        this.name = name;
        this.box = el("input", { type: "checkbox", onchange: () => show(name, this.box.checked) });
        this.title = el("span", { class: "tag" });
        this.stage = el("span", { class: "stage" });
        this.state = el("span", { class: "state" });
        this.progress = el("progress", { max: "1", value: "0" });
        this.facts = el("span", { class: "facts" });
        this.button = el("button", { type: "button", class: "open", onclick: () => focus(name) },
            el("span", { class: "head" }, this.title, this.stage, this.state), this.progress, this.facts);
        this.item = el("li", {}, this.box, this.button);
    }

    update() {
        const run = summaries.get(this.name);
        const slot = slots.get(this.name);
        this.box.checked = slot !== undefined;
        this.box.disabled = slot === undefined && slots.size >= SLOTS;
        this.box.setAttribute("aria-label", t("list.show", { run: label(run) }));
        this.box.style.accentColor = slot === undefined ? "" : `var(--c${slot})`;
        this.title.textContent = run.tag;
        this.stage.textContent = t("stage." + run.stage);
        this.state.textContent = run.read < 1 ? t("status.reading", { share: percent(run.read) }) : t("status." + run.status);
        this.state.className = "state " + (run.read < 1 ? "" : run.status);
        this.progress.value = run.planned ? Math.min(1, run.step / run.planned) : 0;
        this.progress.hidden = !run.planned || run.status === "finished";
        const value = run.reward !== null ? t("list.reward", { value: shown(run.reward) })
            : run.bits_per_byte !== null ? t("list.bits", { value: shown(run.bits_per_byte) })
            : run.loss !== null ? t("list.loss", { value: shown(run.loss) }) : "";
        const steps = run.planned && run.status !== "finished" ? t("list.of", { step: shown(run.step), planned: shown(run.planned) }) : t("list.steps", { step: shown(run.step) });
        const left = run.status === "under_way" && run.seconds_left !== null ? t("list.left", { time: duration(run.seconds_left) })
            : run.heard ? since(run.heard) : "";
        this.facts.textContent = [steps, value, left].filter(text => text).join(" · ");
        this.button.setAttribute("aria-pressed", String(focused === this.name));
        this.item.classList.toggle("focused", focused === this.name);
    }
}

function since(time) {
    const seconds = (Date.now() - Date.parse(time)) / 1000;
    const words = new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" });
    return seconds < 3600 ? words.format(-Math.max(0, Math.round(seconds / 60)), "minute") : seconds < 86400 ? words.format(-Math.round(seconds / 3600), "hour")
        : words.format(-Math.round(seconds / 86400), "day");
}

function updateList() {
    const list = $("#list ul");
    for (const [name, row] of rows) {
        if (!summaries.has(name)) {
            row.item.remove();
            rows.delete(name);
        }
    }
    order.forEach((name, i) => {
        if (!rows.has(name)) {
            rows.set(name, new Row(name));
        }
        const { item } = rows.get(name);
        if (list.children[i] !== item) {
            list.insertBefore(item, list.children[i] ?? null);
        }
        rows.get(name).update();
    });
    $("#empty").hidden = order.length > 0;
    $("#board").hidden = order.length === 0;
    $("#pick").hidden = slots.size > 0;
    const busy = order.filter(name => summaries.get(name).status === "under_way").length;
    document.title = (busy > 0 ? t("title.busy", { n: busy }) + " · " : "") + t("title") + " · nanochat";
}

/** Draws a run, or no longer does. */
function show(name, wanted) {
    chosen = true;
    if (wanted && slots.size < SLOTS) {
        slots.set(name, [...Array(SLOTS).keys()].find(slot => ![...slots.values()].includes(slot)));
        refresh(name).then(() => zoom && lookCloser(name));
        score(name);
    } else {
        slots.delete(name);
    }
    save();
    updateList();
    redraw();
    tellScores();
}

function focus(name) {
    focused = name;
    if (!slots.has(name)) {
        show(name, true);
    }
    save();
    updateList();
    tellAbout();
}

/* What is to be read */

async function score(name) {
    const response = await ask("/runs/evaluation?" + new URLSearchParams({ run: name }));
    if (response.ok) {
        scores.set(name, await response.json());
        tellScores();
    }
}

let told = "";

/** Rows are what was measured, columns the runs that are drawn. */
function tellScores() {
    const runs = order.filter(name => slots.has(name));
    const table = new Map();
    const put = (row, name, text) => {
        if (text !== undefined) {
            table.set(row, (table.get(row) ?? new Map()).set(name, text));
        }
    };
    const number = value => typeof value === "number" ? shown(value) : undefined;
    for (const name of runs) {
        const run = summaries.get(name);
        put(t("scores.tokens"), name, shown(run.tokens));
        put(t("scores.time"), name, duration(run.seconds));
        put(t("scores.loss"), name, number(run.loss));
        put(t("scores.bits"), name, number(run.bits_per_byte));
        put(t("scores.reward"), name, number(run.reward));
        put(t("scores.speed"), name, number(run.tokens_per_second));
        const results = scores.get(name)?.results;
        if (results) {
            put(t("scores.evaluated"), name, number(results.bits_per_byte));
            put("CORE", name, number(results.core?.core));
            put("ChatCORE", name, number(results.chat_core));
            for (const [task, result] of Object.entries(results.tasks ?? {})) {
                put(task, name, typeof result.accuracy === "number" ? percent(result.accuracy) : undefined);
            }
        }
    }
    $("#scores").hidden = runs.length === 0;
    const text = JSON.stringify([language(), runs, [...slots], [...table].map(([row, cells]) => [row, ...cells])]);
    if (text === told) {
        return; // whoever reads it, or has selected a part, keeps it
    }
    told = text;
    $("#scores table").replaceChildren(
        el("thead", {}, el("tr", {}, el("td"), runs.map(name => el("th", { scope: "col" }, el("i", { class: "mark c" + slots.get(name) }), label(summaries.get(name)))))),
        el("tbody", {}, [...table].map(([row, cells]) => el("tr", {}, el("th", { scope: "row" }, row), runs.map(name => el("td", {}, cells.get(name) ?? "–"))))));
}

async function learn(name) {
    const response = await ask("/runs/details?" + new URLSearchParams({ run: name }));
    if (response.ok) {
        details.set(name, await response.json());
        if (name === focused) {
            tellAbout();
        }
    }
}

/** The step whose samples are shown; the newest where none was chosen. */
let chosenStep = { name: "", step: -1 };

function tellAbout() {
    const about = details.get(focused);
    const run = summaries.get(focused);
    if (run && !about) {
        learn(focused);
    }
    $("#samples").hidden = !about || !run || about.samples.length + about.answers.length === 0;
    $("#about").hidden = !about || !run;
    if (!about || !run) {
        return;
    }
    tellSamples(about, run);
    const opened = $("#about details")?.open;
    const facts = [[t("about.version"), about.version], [t("about.processor"), about.processor], [t("about.backend"), about.backend],
        [t("about.resumed"), about.resumed_from.join(", ")], [t("about.unreadable"), about.unreadable || ""]].filter(([, value]) => value);
    $("#about").replaceChildren(el("h2", {}, label(run)),
        ...about.plan.map(line => el("p", { dir: "auto" }, line)), ...about.notes.map(note => el("p", { class: "note", dir: "auto" }, note)),
        el("dl", {}, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, String(value))))),
        el("details", { open: opened }, el("summary", {}, t("about.options")), el("dl", { class: "options" },
            Object.entries(about.options ?? {}).sort().map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { dir: "auto" }, String(value)))))));
}

function tellSamples(about, run) {
    const rounds = about.samples.length > 0 ? about.samples : about.answers;
    if (rounds.length === 0) {
        return;
    }
    const mine = chosenStep.name === focused && rounds.some(round => round.step === chosenStep.step);
    const round = mine ? rounds.find(each => each.step === chosenStep.step) : rounds.at(-1);
    const select = el("select", { "aria-label": t("samples.step"), onchange: () => {
        chosenStep = { name: focused, step: Number(select.value) };
        tellAbout();
        $("#samples select").focus();
    } }, rounds.toReversed().map(each => el("option", { value: each.step, selected: each === round }, t("samples.after", { step: each.step }))));
    const hadFocus = document.activeElement?.parentElement?.closest("#samples") !== null && document.activeElement?.matches("#samples select");
    $("#samples").replaceChildren(el("div", { class: "head" }, el("h2", {}, t(about.samples.length > 0 ? "samples.title" : "samples.answers")),
        el("span", { class: "whose" }, label(run)), select),
        el("ol", {}, round.said.map(said => el("li", { class: said.right ? "right" : "wrong" },
            el("p", { class: "asked", dir: "auto" }, said.asked), el("p", { class: "said", dir: "auto" }, said.text.trim() || "–"),
            said.right ? el("span", { class: "mark", role: "img", "aria-label": t("samples.right") }, icon("check")) : undefined))));
    if (hadFocus) {
        $("#samples select").focus();
    }
}

/* What the server tells */

function take(changes) {
    const known = new Set(changes.names);
    for (const name of [...summaries.keys()].filter(each => !known.has(each))) {
        [summaries, slots, curves, details, scores, closeUps].forEach(map => map.delete(name));
    }
    for (const run of changes.runs) {
        const before = summaries.get(run.name);
        summaries.set(run.name, run);
        if (run.name === focused && (!before || before.rounds !== run.rounds || before.status !== run.status)) {
            learn(run.name);
        }
        if (slots.has(run.name) && (!before || before.status !== run.status)) {
            score(run.name);
        }
    }
    order = changes.names.filter(name => summaries.has(name));
    [...slots.keys()].filter(name => !summaries.has(name)).forEach(name => slots.delete(name));
    if (!chosen && slots.size === 0) {
        order.slice(0, FIRST).forEach((name, slot) => slots.set(name, slot));
        order.slice(0, FIRST).forEach(score);
    }
    if (!summaries.has(focused) && order.length > 0) {
        focused = order[0];
        learn(focused);
    }
    changes.runs.filter(run => slots.has(run.name)).forEach(run => refresh(run.name));
    [...slots.keys()].filter(name => !curves.has(name)).forEach(refresh);
    updateList();
    tellScores();
    redraw();
}

let connection = "waiting"; // "live", "lost" or "locked"

function connected(state) {
    connection = state;
    const place = $("#connection");
    place.className = state;
    place.textContent = t("connection." + state);
}

async function listen() {
    for (;;) {
        try {
            const response = await ask("/runs/events");
            $("#key").hidden = response.status !== 401;
            if (response.status === 401) {
                connected("locked");
                return;
            }
            if (response.ok) {
                connected("live");
                for await (const data of events(response)) {
                    take(JSON.parse(data));
                }
            }
        } catch {
            // gone; perhaps it comes back
        }
        connected("lost");
        await new Promise(done => setTimeout(done, RECONNECT));
    }
}

/* The page */

function fillControls() {
    $("#axis").replaceChildren($("#axis legend"), ...AXES.map(axis => el("label", {}, el("input", {
        type: "radio", name: "axis", value: axis, checked: axis === settings.axis, onchange: () => {
            settings.axis = axis;
            closeUps.clear();
            save();
            redraw(true);
        },
    }), el("span", {}, t("axis." + axis)))));
}

await start("runs");
charts = new Charts($("#charts"), zoomed);
$("#unzoom").addEventListener("click", () => charts.zoomTo(undefined));
fillControls();
$("#log").checked = settings.log;
$("#log").addEventListener("change", () => {
    settings.log = $("#log").checked;
    save();
    redraw(true);
});
$("#smooth").value = settings.smooth;
$("#smooth").addEventListener("input", () => {
    settings.smooth = Number($("#smooth").value);
    save();
    redraw();
});
$("#key").addEventListener("submit", event => {
    event.preventDefault();
    keep("key", $("#key input").value);
    listen();
});
onTheme(() => redraw(true));
onLanguage(() => {
    connected(connection);
    fillControls();
    updateList();
    tellScores();
    tellAbout();
    redraw(true);
});
connected(connection);
listen();
document.documentElement.dataset.ready = "true";
