// The tokens of an answer: what they say, which words of the page they are, and what the model would have said instead.
import { el, icon, t } from "/web/house/house.js";
import { TOOL } from "/web/chat/markdown.js";

/* A token is [id, text or bytes, log probability, alternatives]; an alternative is one without the last. `model.special` has the special tokens' ids by
   their names, `model.ends` the ids of those that end an answer. */

const encoder = new TextEncoder();
const bytesOf = said => typeof said === "string" ? encoder.encode(said) : new Uint8Array(said);

/** Text, or nothing where the bytes end within a character; what never becomes one is shown as U+FFFD. */
function decode(bytes) {
    try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        try {
            new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
            return undefined;
        } catch {
            return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        }
    }
}

/** Reads tokens one by one: tells `text(said, indexes)` of whole characters and `part(type, said)` of a call or a result. */
class Reader {
    #model;
    #text;
    #part;
    #inside;
    #bytes = [];
    #indexes = [];
    #count = 0;

    constructor(model, text, part) {
        this.#model = model;
        this.#text = text;
        this.#part = part;
    }

    take([id, said]) {
        const index = this.#count++;
        if (this.#model.specialIds.has(id)) {
            this.#special(id);
        } else if (this.#inside) {
            this.#inside.bytes.push(...bytesOf(said));
        } else if (typeof said === "string" && this.#bytes.length === 0) {
            this.#text(said, [index]);
        } else {
            this.#bytes.push(...bytesOf(said));
            this.#indexes.push(index);
            if (decode(new Uint8Array(this.#bytes)) !== undefined) {
                this.flush();
            }
        }
    }

    #special(id) {
        const { "<|python_start|>": callStart, "<|python_end|>": callEnd, "<|output_start|>": resultStart, "<|output_end|>": resultEnd } = this.#model.special;
        if (id === callStart || id === resultStart && !this.#inside) {
            this.flush();
            this.#inside = { type: id === callStart ? "python" : "python_output", bytes: [] };
        } else if (this.#inside && id === (this.#inside.type === "python" ? callEnd : resultEnd)) {
            const { type, bytes } = this.#inside;
            this.#inside = undefined;
            this.#part(type, new TextDecoder().decode(new Uint8Array(bytes)));
        }
    }

    /** What is left of a character when no more tokens come. */
    flush() {
        if (this.#indexes.length > 0) {
            this.#text(decode(new Uint8Array(this.#bytes)) ?? "\uFFFD", this.#indexes);
            this.#bytes = [];
            this.#indexes = [];
        }
    }
}

/** Lets a message's text grow by tokens, and its parts where there are tools; those it has are read first. */
export class Growing {
    #message;
    #reader;

    constructor(message, model) {
        this.#message = message;
        message.tokens ??= [];
        message.text = "";
        delete message.parts;
        this.#reader = new Reader(model, said => this.#add("text", said), (type, said) => this.#add(type, said));
        message.tokens.forEach(token => this.#reader.take(token));
    }

    take(token) {
        this.#message.tokens.push(token);
        this.#reader.take(token);
    }

    end() {
        this.#reader.flush();
    }

    #add(type, said) {
        const message = this.#message;
        if (type === "text") {
            const last = message.parts?.at(-1);
            message.text += said;
            if (last?.type === "text") {
                last.text += said;
            } else {
                message.parts?.push({ type, text: said });
            }
        } else {
            message.parts ??= message.text ? [{ type: "text", text: message.text }] : [];
            message.parts.push({ type, text: said });
        }
    }
}

/** The ids that may be sent back, as the server takes them: text, and whole calls and results. What stands where it cannot is left out, and so is a call
    that was cut off. */
export function spoken(tokens, model) {
    const closing = new Map([[model.special["<|python_start|>"], model.special["<|python_end|>"]],
        [model.special["<|output_start|>"], model.special["<|output_end|>"]]]);
    const ids = [];
    let whole = 0;
    let end;
    for (const [id] of tokens) {
        if (end === undefined && closing.has(id)) {
            end = closing.get(id);
            ids.push(id);
        } else if (id === end || !model.specialIds.has(id)) {
            end = id === end ? undefined : end;
            ids.push(id);
        }
        whole = end === undefined ? ids.length : whole;
    }
    return ids.slice(0, whole);
}

/** An answer as markdown, each use of a tool one character; and the tools. */
export function source(message) {
    let text = "";
    const tools = [];
    for (const part of message.parts ?? [{ type: "text", text: message.text }]) {
        if (part.type === "text") {
            text += part.text.replaceAll(TOOL, "\uFFFD");
        } else if (part.type === "python_output" && tools.length > 0 && tools.at(-1).result === undefined && text.endsWith(TOOL)) {
            tools.at(-1).result = part.text;
        } else {
            tools.push(part.type === "python" ? { call: part.text } : { call: "", result: part.text });
            text += TOOL;
        }
    }
    return { text, tools };
}

/** Which tokens the characters of the source came of: { start, end, indexes } in order. Several tokens that are one character only together stand together. */
function units(tokens, model) {
    const found = [];
    let place = 0;
    let last;
    const reader = new Reader(model, (said, indexes) => {
        found.push({ start: place, end: place + said.length, indexes });
        place += said.length;
        last = "text";
    }, type => {
        place += type === "python_output" && last === "python" ? 0 : 1;
        last = type;
    });
    tokens.forEach(token => reader.take(token));
    reader.flush();
    return found;
}

const isSpace = character => character !== undefined && /\s/.test(character);

/** How far ahead of the last word found in the source the next one may stand: what is between is markup. */
const MARKUP = 300;

/**
 * Makes the words of a rendered answer know their tokens: text becomes spans of the class `token`, with the unit they belong to. Words are looked up in
 * the source one after the other; one that is not found there (an entity) stays as it is.
 */
export function mark(rendered, text, tokens, model) {
    const all = units(tokens, model);
    const owners = new Array(text.length);
    all.forEach(unit => owners.fill(unit, unit.start, unit.end));
    const spans = [];
    let place = 0;
    const walker = document.createTreeWalker(rendered, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
        nodes.push(walker.currentNode);
    }
    for (const node of nodes) {
        const owner = new Array(node.data.length);
        for (const match of node.data.matchAll(/\S+/g)) {
            const found = text.indexOf(match[0], place);
            if (found < 0 || found - place > MARKUP) {
                continue;
            }
            for (let i = 0; i < match[0].length; i++) {
                owner[match.index + i] = owners[found + i];
            }
            place = found + match[0].length;
            const end = match.index + match[0].length;
            // The spaces around a word have tokens, too; mostly it is the word's.
            for (let i = 1; isSpace(node.data[match.index - i]) && isSpace(text[found - i]); i++) {
                owner[match.index - i] = owners[found - i];
            }
            for (let i = 0; isSpace(node.data[end + i]) && isSpace(text[place + i]); i++) {
                owner[end + i] = owners[place + i];
            }
        }
        node.replaceWith(...pieces(node.data, owner, tokens, spans));
    }
    return spans;
}

function pieces(text, owner, tokens, spans) {
    const made = [];
    for (let start = 0; start < text.length;) {
        let end = start + 1;
        while (end < text.length && owner[end] === owner[start]) {
            end++;
        }
        const piece = text.slice(start, end);
        if (owner[start] === undefined) {
            made.push(piece);
        } else {
            const span = el("span", { class: "token" }, piece);
            span.unit = owner[start];
            span.style.setProperty("--p", probability(owner[start], tokens).toFixed(3));
            spans.push(span);
            made.push(span);
        }
        start = end;
    }
    return made;
}

/** That the model says all of a unit. */
export function probability(unit, tokens) {
    return Math.exp(unit.indexes.reduce((sum, index) => sum + tokens[index][2], 0));
}

export function percent(value) {
    return value >= 0.9995 ? "100 %" : value < 0.0005 ? "< 0.1 %" : value < 0.1 ? (value * 100).toFixed(1) + " %" : Math.round(value * 100) + " %";
}

/** What a token says, with spaces and line ends to be seen. */
function shown([id, said], model) {
    if (model.ends.has(id)) {
        return el("em", {}, t("token.end"));
    }
    if (model.specialIds.has(id)) {
        return el("em", {}, t("token.calculator"));
    }
    if (typeof said !== "string") {
        return el("em", { title: t("token.bytes") }, said.map(byte => byte.toString(16).padStart(2, "0")).join(" "));
    }
    const visible = { " ": "·", "\n": "↵", "\t": "⇥" };
    return el("span", {}, ...said.split(/([ \n\t])/).filter(Boolean).map(piece =>
        piece in visible && (said.startsWith(piece) || piece !== " ") ? el("i", { class: "space" }, visible[piece]) : piece));
}

/**
 * What stands in the small window at a word: for each of its tokens the alternatives, likeliest first.
 *
 * @param choose called with a token's index and the alternative to go on from
 */
export function alternatives(unit, tokens, model, choose) {
    return unit.indexes.map(index => {
        const chosen = tokens[index];
        const others = chosen[3].filter(([id]) => id !== chosen[0]);
        const list = [...others, chosen].sort((a, b) => b[2] - a[2]);
        return el("div", { class: "step" },
            el("ul", {}, list.map(each => {
                const p = Math.exp(each[2]);
                const isChosen = each === chosen;
                const open = !isChosen && (model.ends.has(each[0]) || !model.specialIds.has(each[0]));
                const bar = el("span", { class: "share" });
                bar.style.setProperty("--p", p.toFixed(4));
                return el("li", {}, el("button", {
                    type: "button", class: "alternative", disabled: !open, "aria-current": isChosen && "true",
                    title: open ? t("token.choose") : undefined, onclick: () => choose(index, each),
                }, bar, el("span", { class: "said" }, shown(each, model)), isChosen && icon("check"), el("span", { class: "percent" }, percent(p))));
            })));
    });
}
