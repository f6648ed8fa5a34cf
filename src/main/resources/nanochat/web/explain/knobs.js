// What a reader can change in a topic, as controls: a text, a whole number, one of some words.
import { el, t } from "/web/house/house.js";

/** From a wide range one picks by ratio: as far from 10 to 100 as from 100 to 1000. */
const WIDE = 500;
const FINE = 200;

function slider(knob, value) {
    if (knob.most - knob.least <= WIDE) {
        return { min: knob.least, max: knob.most, at: value, of: number => number };
    }
    const low = Math.max(1, knob.least);
    const ratio = Math.log(knob.most / low) / FINE;
    return {
        min: 0, max: FINE, at: Math.round(Math.log(Math.max(low, value) / low) / ratio),
        of: step => step === 0 ? knob.least : step === FINE ? knob.most : round(low * Math.exp(step * ratio)),
    };
}

/** To two digits that count. */
function round(number) {
    const unit = 10 ** Math.max(0, Math.floor(Math.log10(number)) - 1);
    return Math.round(number / unit) * unit;
}

function whole(knob, value, changed) {
    const scale = () => slider(knob, Number(number.value));
    const number = el("input", { type: "number", id: "knob-" + knob.name, min: knob.least, max: knob.most, step: 1, value, required: true, inputmode: "numeric",
        oninput: () => {
            if (number.checkValidity()) {
                range.value = scale().at;
                changed();
            }
        } });
    number.value = value;
    const first = scale();
    const range = el("input", { type: "range", min: first.min, max: first.max, step: 1, "aria-label": knob.label, tabindex: "-1",
        oninput: () => {
            number.value = first.of(Number(range.value));
            changed();
        } });
    range.value = first.at;
    return {
        element: el("div", { class: "knob whole" }, el("label", { for: number.id }, knob.label), number, range),
        get: () => number.value,
        set: next => {
            number.value = next;
            range.value = scale().at;
        },
    };
}

function text(knob, value, changed) {
    const area = el("textarea", { id: "knob-" + knob.name, rows: 3, maxlength: knob.most, spellcheck: "false", required: true, oninput: changed });
    area.value = value;
    return { element: el("div", { class: "knob text" }, el("label", { for: area.id }, knob.label), area), get: () => area.value, set: next => { area.value = next; } };
}

function choice(knob, value, changed) {
    const select = el("select", { id: "knob-" + knob.name, onchange: changed }, knob.choices.map((each, i) => el("option", { value: each }, knob.names[i])));
    select.value = value;
    return { element: el("div", { class: "knob choice" }, el("label", { for: select.id }, knob.label), select), get: () => select.value, set: next => { select.value = next; } };
}

/** The controls of a topic in a form; `changed` is called with every change. */
export class Knobs {
    constructor(form, knobs, values, changed) {
        this.knobs = knobs;
        this.controls = new Map(knobs.map(knob =>
            [knob.name, ({ text, whole, choice })[knob.kind](knob, values[knob.name] ?? knob.value, () => this.tell(changed))]));
        this.form = form;
        this.reset = el("button", { type: "button", class: "plain-button", onclick: () => {
            this.set({});
            changed();
        } }, t("panel.reset"));
        form.replaceChildren(...[...this.controls.values()].map(control => control.element), this.reset);
        this.showReset();
    }

    tell(changed) {
        this.showReset();
        if (this.form.checkValidity()) {
            changed();
        }
    }

    showReset() {
        this.reset.hidden = Object.keys(this.changed()).length === 0;
    }

    /** All values by name. */
    values() {
        return Object.fromEntries(this.knobs.map(knob => [knob.name, this.controls.get(knob.name).get()]));
    }

    /** Those that are not as the topic has them. */
    changed() {
        return Object.fromEntries(Object.entries(this.values()).filter(([name, value]) => value !== this.knobs.find(knob => knob.name === name).value));
    }

    /** What is not named becomes as the topic has it. */
    set(values) {
        this.knobs.forEach(knob => this.controls.get(knob.name).set(values[knob.name] ?? knob.value));
        this.showReset();
    }

    /** In a few words, for where there is no room for the controls. */
    brief() {
        return this.knobs.map(knob => {
            const chosen = this.controls.get(knob.name).get();
            const value = knob.kind === "choice" ? knob.names[knob.choices.indexOf(chosen)] : chosen;
            return knob.kind === "text" ? "“" + (value.length > 24 ? value.slice(0, 24) + "…" : value) + "”" : value;
        }).join(" · ");
    }
}

/** What a line for the terminal would change: its topic and its values, or nothing where a page cannot do the same. */
export function command(line) {
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map(match => match[1]?.replace(/\\(.)/g, "$1") ?? match[2] ?? match[3]);
    if (words[0] !== "./nanochat" || words[1] !== "explain" || words.length < 3) {
        return undefined;
    }
    const values = {};
    for (let i = 3; i < words.length; i += 2) {
        const [name, ...rest] = (words[i + 1] ?? "").split("=");
        if (words[i] === "--text" && words[i + 1]) {
            values.text = words[i + 1];
        } else if (words[i] === "--set" && rest.length > 0) {
            values[name] = rest.join("=");
        } else {
            return undefined;
        }
    }
    return { topic: words[2], values };
}

