// What all pages share: building elements, messages in two languages, light and dark, what the browser keeps, asking the server.
//
//     import { start, t, el } from "/web/house/house.js";
//     await start("chat");   // fills the bar and every element with data-t, data-t-label, data-t-placeholder

/* Elements */

/** An element. Properties that begin with "on" are listeners, "class" and "data-…" and the like attributes; children are elements and text, never markup. */
export function el(name, properties = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
        if (key.startsWith("on")) {
            element.addEventListener(key.slice(2), value);
        } else if (value !== undefined && value !== null && value !== false) {
            element.setAttribute(key, value === true ? "" : value);
        }
    }
    element.append(...children.flat().filter(child => child !== undefined && child !== null && child !== false));
    return element;
}

export const $ = selector => document.querySelector(selector);

/** Outlines on a grid of 24, drawn with a line of 1.75. */
const ICONS = {
    sun: "M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8",
    moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5",
    half: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17m0 0v17m4-14.5v12",
    close: "M6 6l12 12M18 6 6 18",
    menu: "M4 7h16M4 12h16M4 17h10",
    plus: "M12 5v14M5 12h14",
    send: "M12 19V5m-6 6 6-6 6 6",
    stop: "M7 7h10v10H7z",
    edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
    again: "M4.5 12a7.5 7.5 0 0 1 13-5L20 9.5M20 4v5.5h-5.5M19.5 12a7.5 7.5 0 0 1-13 5L4 14.5M4 20v-5.5h5.5",
    copy: "M9 9h10v10H9zM15 9V5H5v10h4",
    trash: "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7M10.5 11v5m3-5v5",
    settings: "M4 8h9m5 0h2M4 16h2m5 0h9M15.5 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5m-7 8a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
    left: "M14.5 6l-6 6 6 6",
    right: "M9.5 6l6 6-6 6",
    down: "M6 9.5l6 6 6-6",
    upload: "M12 15V4m-4.5 4.5L12 4l4.5 4.5M5 14v5h14v-5",
    download: "M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 14v5h14v-5",
    keyboard: "M3.5 7h17v10h-17zM7 10.5h.01m3.3 0h.01m3.3 0h.01m3.3 0h.01M8 13.800h8",
    drops: "M8 4.5c2.5 3 4 5 4 7a4 4 0 0 1-8 0c0-2 1.5-4 4-7m9 7c1.7 2 2.7 3.5 2.7 5a2.7 2.7 0 0 1-5.4 0c0-1.5 1-3 2.7-5",
    tool: "M5 4h14v16H5zM8.5 7.5h7v3h-7zM8.5 14h.01m3.4 0h.01m3.4 0h.01M8.5 17h.01m3.4 0h.01m3.4 0h.01",
    more: "M6 12h.01M12 12h.01M18 12h.01",
    check: "M5 12.5l4.5 4.5L19 7.5",
};

export function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", ICONS[name]);
    svg.append(path);
    return svg;
}

/** A button with nothing but an icon to see; its name is for those who hear it, and shows as a hint. */
export function iconButton(name, label, onclick, properties = {}) {
    return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...properties }, icon(name));
}

/* What the browser keeps */

/** Something kept as JSON, or `otherwise` where there is nothing, nothing readable, or no storage. */
export function kept(name, otherwise) {
    try {
        return JSON.parse(localStorage.getItem("nanochat." + name)) ?? otherwise;
    } catch {
        return otherwise;
    }
}

/** Keeps something; returns whether there was room. */
export function keep(name, value) {
    try {
        localStorage.setItem("nanochat." + name, JSON.stringify(value));
        return true;
    } catch {
        return false;
    }
}

/* Messages */

let messages = {};
let folder = "";
const languageListeners = [];

export const language = () => document.documentElement.lang.startsWith("zh") ? "zh" : "en";

/** A message in the language of the page; `{name}` in it becomes `values.name`. */
export function t(key, values = {}) {
    return (messages[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Calls `listener` after the language has changed. */
export function onLanguage(listener) {
    languageListeners.push(listener);
}

async function load() {
    const bundles = await Promise.all([...new Set(["house", folder])].map(async name => (await fetch(`/web/${name}/${language()}.json`)).json()));
    messages = Object.assign({}, ...bundles);
}

/** Fills elements that name their messages: data-t (text), data-t-label (aria-label and hint), data-t-placeholder. */
export function translate(root = document) {
    for (const element of root.querySelectorAll("[data-t]")) {
        element.textContent = t(element.dataset.t);
    }
    for (const element of root.querySelectorAll("[data-t-label]")) {
        element.setAttribute("aria-label", t(element.dataset.tLabel));
        element.title = t(element.dataset.tLabel);
    }
    for (const element of root.querySelectorAll("[data-t-placeholder]")) {
        element.placeholder = t(element.dataset.tPlaceholder);
    }
}

async function changeLanguage() {
    const next = language() === "en" ? "zh" : "en";
    document.documentElement.lang = next === "zh" ? "zh-Hans" : "en";
    keep("house", { ...kept("house", {}), language: next });
    await load();
    translate();
    fillBar();
    languageListeners.forEach(listener => listener());
}

/* Light and dark */

const THEMES = ["system", "light", "dark"];
const themeListeners = [];
const theme = () => document.documentElement.dataset.theme ?? "system";

/** Calls `listener` after light has become dark or the other way round: what is painted on a canvas is painted again. */
export function onTheme(listener) {
    themeListeners.push(listener);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => themeListeners.forEach(listener => listener()));

function changeTheme() {
    const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
    if (next === "system") {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = next;
    }
    keep("house", { ...kept("house", {}), theme: next });
    fillBar();
    themeListeners.forEach(listener => listener());
}

/** A colour of house.css as it is now, such as color("--accent"), for a canvas. */
export function color(name) {
    const probe = el("i");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
}

/* The bar */

let pages = [];

/** Links to the server's pages, language, light and dark: in the element with the id `bar`, at its ends; what the page itself has there stays in between. */
function fillBar() {
    const bar = $("#bar");
    const focused = document.activeElement?.id;
    bar.querySelectorAll(".house").forEach(element => element.remove());
    const here = location.pathname.replace(/(?<=.)\/$/, "");
    const brand = el("span", { class: "brand" }, el("img", { src: "/web/house/icon.svg", alt: "", width: "22", height: "22" }), el("span", {}, t("house.name")));
    const links = el("nav", { class: "pages", "aria-label": t("house.pages") }, pages.length < 2 ? [] : pages.map(page =>
        el("a", { href: page.address, "aria-current": page.address === here && "page" }, t("page." + page.name))));
    bar.prepend(el("div", { class: "house" }, brand, links));
    const themes = iconButton({ system: "half", light: "sun", dark: "moon" }[theme()], t("house.theme", { theme: t("house.theme." + theme()) }),
        changeTheme, { id: "theme" });
    const languages = el("button", { type: "button", class: "plain-button", id: "language", "aria-label": t("house.language.label"),
        lang: language() === "en" ? "zh-Hans" : "en", onclick: changeLanguage },
        el("span", { class: "long" }, t("house.language")), el("span", { class: "short" }, t("house.language.short")));
    bar.append(el("div", { class: "house end" }, languages, themes));
    if (focused === "theme" || focused === "language") {
        document.getElementById(focused)?.focus();
    }
}

/** Makes the page ready: its messages, then the bar. */
export async function start(page) {
    folder = page;
    [pages] = await Promise.all([fetch("/web/pages.json").then(response => response.json()), load()]);
    translate();
    fillBar();
}

/* Asking the server */

/** As fetch, with the API key that the user gave, if any. (An EventSource has no header for it: read streams with `events`.) */
export function ask(address, options = {}) {
    const key = kept("key", "");
    return fetch(address, { ...options, headers: { ...options.headers, ...(key ? { Authorization: "Bearer " + key } : {}) } });
}

/** The data of a response's server-sent events, one string an event, as they come. */
export async function* events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    try {
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
            text += read.value;
            const blocks = text.split(/\r?\n\r?\n/);
            text = blocks.pop();
            for (const block of blocks) {
                const data = block.split(/\r?\n/).filter(line => line.startsWith("data:")).map(line => line.slice(5).replace(/^ /, ""));
                if (data.length > 0) {
                    yield data.join("\n");
                }
            }
        }
    } finally {
        reader.cancel().catch(() => {});
    }
}
