// The page of explanations: all topics, or one with its controls. A change is sent when the hand rests; the server answers with a document, and what moved
// in it is marked. The address holds what was chosen, so that it can be passed on.
import { $, ask, el, events, icon, keep, language, onLanguage, start, t } from "/web/house/house.js";
import { figures, flash, sections } from "/web/explain/blocks.js";
import { Knobs } from "/web/explain/knobs.js";

const REST = 250;
const PAUSE = 1500;
const PHONE = matchMedia("(max-width: 60rem)");

const reader = [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join("");

let topics = [];
let subject = "";
let topic;
let knobs;
let underWay = new AbortController();
let timer;

const chosen = () => Object.fromEntries([...new URLSearchParams(location.search)].filter(([name]) => name !== "topic"));

const address = (name, values = {}) => {
    const query = Object.entries(values).map(([key, value]) => "&" + key + "=" + encodeURIComponent(value)).join("");
    return "/explain?topic=" + name + query;
};

/* All topics */

function showIndex() {
    document.title = t("index.title") + " – nanochat";
    $("#topics").replaceChildren(...topics.map(each => el("li", {}, el("a", { href: address(each.name) },
        el("span", { class: "asks" }, each.question), el("span", { class: "name" }, each.title)))));
    $("#subject").textContent = t("index.subject", { subject });
    $("#index").hidden = false;
    $("#topic").hidden = true;
}

/* One topic */

function showTopic() {
    document.title = topic.title + " – nanochat";
    $("#index").hidden = true;
    $("#topic").hidden = false;
    $("#question").textContent = topic.question;
    $("#title").textContent = topic.title;
    knobs = new Knobs($("#knobs"), topic.knobs, knobs?.values() ?? chosen(), change);
    $("#drawer").hidden = topic.knobs.length === 0;
    brief();
    const at = topics.indexOf(topic);
    const link = (each, name) => each && el("a", { href: address(each.name), rel: name, class: name }, icon(name === "prev" ? "left" : "right"),
        el("span", {}, el("small", {}, t(name === "prev" ? "next.before" : "next.after")), each.title));
    $("#next").replaceChildren(...[link(topics[at - 1], "prev"), link(topics[at + 1], "next")].filter(Boolean));
}

function brief() {
    $("#brief").textContent = knobs.brief();
}

function change() {
    history.replaceState(null, "", address(topic.name, knobs.changed()));
    brief();
    clearTimeout(timer);
    timer = setTimeout(answer, REST);
}

const tryIt = {
    label: (name, knob) => topics.find(each => each.name === name)?.knobs.find(each => each.name === knob)?.label ?? knob,
    go({ topic: name, values }) {
        if (name !== topic.name) {
            location.assign(address(name, values));
            return;
        }
        knobs.set(values);
        change();
        if (!PHONE.matches) {
            return;
        }
        $("#title").scrollIntoView();
    },
};

function show(document) {
    const old = $("#sections");
    const open = new Set([...old.querySelectorAll("details[open]")].map(each => each.dataset.place));
    const focused = old.contains(globalThis.document.activeElement) ? globalThis.document.activeElement.dataset.line : undefined;
    const next = sections(document, tryIt);
    const numbers = figures(document);
    if (old.childElementCount > 0) {
        flash([...old.children], next);
        flash([...$("#figures").children], numbers);
    }
    const top = scrollY;
    $("#lead").textContent = document.lead;
    $("#foot").textContent = document.foot;
    $("#figures").replaceChildren(...numbers);
    old.replaceChildren(...next);
    old.querySelectorAll("details").forEach(each => { each.open = open.has(each.dataset.place); });
    if (focused) {
        [...old.querySelectorAll("[data-line]")].find(each => each.dataset.line === focused)?.focus({ preventScroll: true });
    }
    scrollTo({ top, behavior: "instant" });
}

/* Asking */

function status(text, kind = "") {
    $("#status").textContent = text;
    $("#status").className = kind;
}

function working(yes) {
    $("#topic").classList.toggle("working", yes);
    $("#topic").setAttribute("aria-busy", String(yes));
    $("#progress").hidden = !yes;
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** What the server says of one question until it is answered, or another one takes its place. */
async function answer() {
    underWay.abort();
    const mine = underWay = new AbortController();
    working(true);
    try {
        const response = await ask("/explain/answer", { method: "POST", signal: mine.signal, headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ reader, topic: topic.name, lang: language(), values: knobs.values() }) });
        if (response.status === 429 || response.status === 503) {
            status(t("status.busy"));
            await pause(PAUSE);
            if (mine === underWay) {
                answer();
            }
            return;
        }
        if (!response.ok) {
            if (!needsKey(response)) {
                status((await response.json()).error.message, "wrong");
            }
            return;
        }
        let state = "working";
        for await (const data of events(response)) {
            if (mine !== underWay) {
                return;
            }
            const event = JSON.parse(data);
            state = event.state;
            hear(event);
        }
        if (["waiting", "working", "dropped"].includes(state)) { // and nothing newer was asked: the server has ended
            status(t("status.lost"), "wrong");
        }
    } catch (error) {
        if (error.name !== "AbortError") {
            status(t("status.lost"), "wrong");
        }
    } finally {
        if (mine === underWay) {
            working(false);
            document.documentElement.dataset.answered = "true";
        }
    }
}

function hear(event) {
    switch (event.state) {
        case "waiting": return status(t("status.waiting", { before: event.before }));
        case "working": return status(event.text === "" ? t("status.begins") : t("status.working", { section: event.text }));
        case "answered":
            show(event.document);
            return status("");
        case "refused": return status(event.text, "wrong");
        case "too_slow": return status(t("status.slow", { seconds: event.text }), "wrong");
        case "failed": return status(t("status.failed"), "wrong");
        default: return undefined;
    }
}

function needsKey(response) {
    const needed = response.status === 401;
    $("#key").hidden = !needed;
    return needed;
}

$("#key").addEventListener("submit", event => {
    event.preventDefault();
    keep("key", $("#key input").value);
    load();
});

async function load() {
    const response = await ask("/explain/topics?lang=" + language());
    if (needsKey(response)) {
        return;
    }
    ({ topics, subject } = await response.json());
    topic = topics.find(each => each.name === new URLSearchParams(location.search).get("topic"));
    if (topic) {
        showTopic();
        await answer();
    } else {
        showIndex();
    }
}

onLanguage(load);
$("#knobs").addEventListener("submit", event => event.preventDefault());

/** On a phone the controls lie at the lower edge, closed until one wants them. */
const fold = () => { $("#drawer").open = !PHONE.matches; };
PHONE.addEventListener("change", fold);

await start("explain");
fold();
document.documentElement.dataset.ready = "true";
await load();
