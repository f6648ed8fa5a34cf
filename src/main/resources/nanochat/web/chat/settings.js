// How the model is asked: kept in the browser, changed in a dialog.
import { $, keep, kept } from "/web/house/house.js";

const DEFAULTS = { temperature: 0.8, top_p: 1, top_k: 0, max_tokens: undefined, seed: undefined, calculator: true, system: "" };
const NUMBERS = { temperature: [0, 2], top_p: [0, 1], top_k: [0, 1e6], max_tokens: [1, 1e6], seed: [-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] };
const WHOLE = ["top_k", "max_tokens", "seed"];

/** The settings; what is kept and makes no sense is as if it were not there. */
export function settings() {
    const read = kept("settings", {});
    const all = { ...DEFAULTS };
    for (const [name, [least, most]] of Object.entries(NUMBERS)) {
        const value = read[name];
        if (typeof value === "number" && value >= least && value <= most && (!WHOLE.includes(name) || Number.isInteger(value))) {
            all[name] = value;
        }
    }
    all.calculator = read.calculator !== false;
    all.system = typeof read.system === "string" ? read.system : "";
    return all;
}

const form = () => $("#settings form");

function fill(values, key) {
    const { elements } = form();
    for (const name of Object.keys(NUMBERS)) {
        elements[name].value = values[name] ?? "";
    }
    elements.top_k.value = values.top_k || "";
    elements.system.value = values.system;
    elements.calculator.checked = values.calculator;
    elements.key.value = key;
    showNumbers();
}

function showNumbers() {
    for (const output of form().querySelectorAll("output")) {
        output.value = Number(form().elements[output.dataset.of].value).toFixed(2);
    }
}

/** Opens the dialog for a conversation's system text and everybody's settings; `done` is called when they are kept. */
export function open(conversation, field = "temperature") {
    fill({ ...settings(), system: conversation.system || settings().system }, kept("key", ""));
    $("#settings").showModal();
    form().elements[field].focus();
}

export function watch(done) {
    form().addEventListener("input", showNumbers);
    $("#settings-reset").addEventListener("click", () => fill(DEFAULTS, form().elements.key.value));
    form().addEventListener("submit", () => {
        const { elements } = form();
        const values = { calculator: elements.calculator.checked, system: elements.system.value.trim() };
        for (const name of Object.keys(NUMBERS)) {
            values[name] = elements[name].value === "" ? undefined : Number(elements[name].value);
        }
        keep("settings", values);
        keep("key", elements.key.value.trim());
        done(values.system);
    });
}
