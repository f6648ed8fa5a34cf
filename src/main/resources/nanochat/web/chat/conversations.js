// Conversations as trees: every message has the message it answers, and may have been said in several ways. Kept in the browser, one entry each, and
// written and read as the lines that `sft --data` takes.
import { t } from "/web/house/house.js";

const PREFIX = "nanochat.chat.";
/** Characters that all conversations may take; browsers have room for about five million. */
const ROOM = 4_000_000;
const ROLES = ["user", "assistant"];

const newId = () => crypto.getRandomValues(new Uint32Array(2)).reduce((id, part) => id + part.toString(36), "");

/**
 * A conversation. `messages` has every message by its id: { id, parent, role, text, children, chosen }, where `chosen` is the child that is shown;
 * an assistant's also `parts` (with tools), `tokens` ([id, text or bytes, log probability, alternatives of these three]), `end` (stop, length,
 * stopped, error), and `chosenToken` where a text goes on from a token that the reader chose. The root is "" and says nothing.
 */
export class Conversation {
    constructor(kept = {}) {
        this.id = kept.id ?? newId();
        this.title = kept.title ?? "";
        this.updated = kept.updated ?? Date.now();
        this.system = kept.system ?? "";
        this.messages = kept.messages ?? { "": { id: "", role: "root", children: [] } };
    }

    /** Adds a message below another, and shows it. */
    add(parent, message) {
        const added = { id: newId(), parent: parent.id, children: [], ...message };
        this.messages[added.id] = added;
        parent.children.push(added.id);
        parent.chosen = added.id;
        return added;
    }

    get root() {
        return this.messages[""];
    }

    parent(message) {
        return this.messages[message.parent];
    }

    /** The messages that are shown, in order. */
    path() {
        const path = [];
        for (let message = this.root; message.chosen; path.push(message)) {
            message = this.messages[message.chosen];
        }
        return path;
    }

    /** The messages up to one, it included. */
    pathTo(message) {
        return message.id === "" ? [] : [...this.pathTo(this.parent(message)), message];
    }

    /** Shows the way of saying it that stands `by` places from this one. */
    switch(message, by) {
        const parent = this.parent(message);
        const next = parent.children.indexOf(message.id) + by;
        if (next >= 0 && next < parent.children.length) {
            parent.chosen = parent.children[next];
        }
    }

    /** Takes a message away, and all that follow it. */
    remove(message) {
        message.children.forEach(child => this.remove(this.messages[child]));
        const parent = this.parent(message);
        parent.children = parent.children.filter(child => child !== message.id);
        if (parent.chosen === message.id) {
            parent.chosen = parent.children.at(-1);
        }
        delete this.messages[message.id];
    }

    get isEmpty() {
        return this.root.children.length === 0;
    }

    /** What is known of single tokens; the longest part, and the first that can be done without. */
    forgetTokens() {
        let forgot = false;
        for (const message of Object.values(this.messages)) {
            forgot ||= Boolean(message.tokens);
            delete message.tokens;
            delete message.chosenToken;
        }
        return forgot;
    }
}

/** Whether something read from the browser is a conversation and a whole one. */
function isWhole(kept) {
    if (typeof kept?.id !== "string" || typeof kept.title !== "string" || typeof kept.updated !== "number" || kept.messages?.[""]?.role !== "root") {
        return false;
    }
    const messages = Object.entries(kept.messages);
    return messages.every(([id, message]) => message?.id === id && Array.isArray(message.children)
        && message.children.every(child => kept.messages[child]?.parent === id)
        && (message.chosen === undefined || message.children.includes(message.chosen))
        && (id === "" || ROLES.includes(message.role) && typeof message.text === "string" && kept.messages[message.parent] !== undefined
            && kept.messages[message.parent].role !== message.role)
        && (message.tokens === undefined || Array.isArray(message.tokens)) && (message.parts === undefined || Array.isArray(message.parts)));
}

/** All that is kept, the newest first, and how many entries cannot be read (they are left as they are). */
export function readAll() {
    const conversations = [];
    let unreadable = 0;
    try {
        for (const key of Object.keys(localStorage).filter(each => each.startsWith(PREFIX))) {
            try {
                const kept = JSON.parse(localStorage.getItem(key));
                if (isWhole(kept) && key === PREFIX + kept.id) {
                    conversations.push(new Conversation(kept));
                } else {
                    unreadable++;
                }
            } catch {
                unreadable++;
            }
        }
    } catch {
        // The browser keeps nothing for this page.
    }
    return { conversations: conversations.sort((a, b) => b.updated - a.updated), unreadable };
}

const size = () => Object.entries(localStorage).reduce((sum, [key, value]) => sum + (key.startsWith(PREFIX) ? value.length : 0), 0);

/**
 * Keeps a conversation. Where there is no room, what is known of single tokens goes, from the oldest conversations first; returns whether it is kept.
 */
export function save(conversation, all) {
    if (conversation.isEmpty) {
        return true;
    }
    const write = each => {
        const text = JSON.stringify(each);
        const before = localStorage.getItem(PREFIX + each.id)?.length ?? 0;
        if (size() - before + text.length > ROOM) {
            throw new Error("no room");
        }
        localStorage.setItem(PREFIX + each.id, text);
    };
    const oldest = [...all].sort((a, b) => a.updated - b.updated).filter(each => each !== conversation);
    for (const each of [undefined, ...oldest, conversation]) {
        try {
            if (each?.forgetTokens() && each !== conversation) {
                localStorage.setItem(PREFIX + each.id, JSON.stringify(each));
            }
            write(conversation);
            return true;
        } catch {
            // The next one gives way.
        }
    }
    return false;
}

export function forget(conversation) {
    try {
        localStorage.removeItem(PREFIX + conversation.id);
    } catch {
        // Nothing was kept.
    }
}

/* Lines of `sft --data` */

const content = message => message.parts?.some(part => part.type !== "text") ? message.parts : message.text;

/** A conversation as it is shown, on one line. What nobody has answered is left out. */
export function line(conversation) {
    const path = conversation.path();
    const messages = path.slice(0, path.length - (path.at(-1)?.role === "user" ? 1 : 0)).map(message => ({ role: message.role, content: content(message) }));
    return JSON.stringify(conversation.system ? [{ role: "system", content: conversation.system }, ...messages] : messages);
}

const PARTS = ["text", "python", "python_output"];

/** What is wrong with an array of messages, or nothing. */
function problem(messages) {
    if (!Array.isArray(messages)) {
        return t("import.noArray");
    }
    const first = messages[0]?.role === "system" ? 1 : 0;
    if (messages.length <= first) {
        return t("import.empty");
    }
    for (const [index, message] of messages.entries()) {
        const number = index + 1;
        const expected = index < first ? "system" : ROLES[(index - first) % 2];
        if (message?.role !== expected) {
            return t("import.role", { number, expected, role: String(message?.role) });
        }
        const parts = expected === "assistant" && Array.isArray(message.content) ? message.content : undefined;
        if (parts?.some(part => !PARTS.includes(part?.type) || typeof part.text !== "string")) {
            return t("import.part", { number });
        }
        if (!parts && typeof message.content !== "string") {
            return t("import.content", { number });
        }
    }
    return undefined;
}

/**
 * The conversations of a file, one a line; blank lines are passed over.
 *
 * @throws Error that names the first wrong line and what is wrong with it; then none of them is taken
 */
export function read(text) {
    const conversations = [];
    for (const [index, each] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
        if (each.trim() === "") {
            continue;
        }
        let parsed;
        try {
            parsed = JSON.parse(each);
        } catch {
            throw new Error(t("import.line", { line: index + 1, problem: t("import.noJson") }));
        }
        const messages = Array.isArray(parsed) ? parsed : parsed?.messages;
        const wrong = problem(messages);
        if (wrong) {
            throw new Error(t("import.line", { line: index + 1, problem: wrong }));
        }
        conversations.push(of(messages));
    }
    if (conversations.length === 0) {
        throw new Error(t("import.nothing"));
    }
    return conversations;
}

function of(messages) {
    const conversation = new Conversation();
    let last = conversation.root;
    for (const { role, content: said } of messages) {
        if (role === "system") {
            conversation.system = said;
        } else if (Array.isArray(said)) {
            const parts = said.map(({ type, text }) => ({ type, text }));
            last = conversation.add(last, { role, parts, text: parts.filter(part => part.type === "text").map(part => part.text).join(""), end: "stop" });
        } else {
            last = conversation.add(last, role === "assistant" ? { role, text: said, end: "stop" } : { role, text: said });
        }
    }
    conversation.title = title(conversation.path()[0].text);
    return conversation;
}

/** A name for a conversation that begins with this. */
export function title(text) {
    const words = text.trim().replace(/\s+/g, " ");
    return [...words].length > 60 ? [...words].slice(0, 59).join("") + "…" : words;
}
