// The chat: which conversation is shown, what is asked, and what keys and buttons do.
import { $, ask, el, icon, keep, kept, onLanguage, start, t, translate } from "/web/house/house.js";
import { answer, Refused } from "/web/chat/answer.js";
import { Conversation, forget, line, read, readAll, save, title } from "/web/chat/conversations.js";
import * as peek from "/web/chat/peek.js";
import * as preferences from "/web/chat/settings.js";
import { showList, watchMenu } from "/web/chat/side.js";
import { fill, show } from "/web/chat/thread.js";
import { Growing } from "/web/chat/tokens.js";

const ENDS = ["<|bos|>", "<|user_start|>", "<|user_end|>", "<|assistant_start|>", "<|assistant_end|>"];
/** An answer is drawn anew at most this often, in milliseconds, and a long one less often: drawing takes a quarter of the time at most. */
const DRAW_EVERY = 60;
const DRAWING_TO_WAITING = 3;

let conversations = [];
const view = { conversation: new Conversation(), model: undefined, running: undefined, washed: kept("washed", false) === true };

/* Showing */

function refresh() {
    peek.close();
    show(view, act);
    showList(conversations, view.conversation, sideAct);
    document.title = view.conversation.title ? `${view.conversation.title} – nanochat` : "nanochat";
    showSend();
}

function showSend() {
    const button = $("#send");
    const label = t(view.running ? "chat.stop" : "chat.send");
    button.replaceChildren(icon(view.running ? "stop" : "send"));
    button.setAttribute("aria-label", label);
    button.title = label;
    button.disabled = !view.running && $("#input").value.trim() === "";
}

let noticeTimer;

/** Says something for a few seconds, with a button if there is something to do about it. */
function notify(text, label, action) {
    const notice = $("#notice");
    notice.replaceChildren(text, ...label ? [el("button", { type: "button", class: "notice-button", onclick: () => {
        notice.hidden = true;
        action();
    } }, label)] : []);
    notice.hidden = false;
    clearTimeout(noticeTimer);
    noticeTimer = setTimeout(() => notice.hidden = true, label ? 8000 : 4000);
}

const isAtEnd = () => $("#scroll").scrollHeight - $("#scroll").scrollTop - $("#scroll").clientHeight < 90;

function toEnd() {
    $("#scroll").scrollTop = $("#scroll").scrollHeight;
}

/* For those who hear the page: an answer sentence by sentence. */

let heard = 0;

function tell(message, all) {
    const ends = all ? [] : [...message.text.slice(heard).matchAll(/[.!?。!?\n](?=\s|$|[^\x00-\x7f])/g)];
    const end = all ? message.text.length : heard + (ends.at(-1)?.index ?? -1) + 1;
    if (end > heard) {
        $("#spoken").append(el("p", {}, message.text.slice(heard, end)));
        heard = end;
    }
}

/* Keeping */

function store(conversation) {
    conversation.updated = Date.now();
    if (!conversation.isEmpty && !conversations.includes(conversation)) {
        conversations.push(conversation);
    }
    conversations.sort((a, b) => b.updated - a.updated);
    if (!save(conversation, conversations)) {
        notify(t("keep.full"));
    }
}

/* Asking */

async function run(conversation, message) {
    const controller = new AbortController();
    const running = view.running = { conversation, message, controller };
    const before = message.tokens?.length ?? 0;
    let first;
    let nextDraw = 0;
    let pending;
    delete message.end;
    delete message.error;
    $("#spoken").replaceChildren();
    heard = message.text.length;
    refresh();
    toEnd();
    const draw = () => {
        const began = performance.now();
        pending = undefined;
        const item = document.getElementById("message-" + message.id);
        if (item && view.running === running) {
            const follow = isAtEnd();
            fill(item, message, view);
            if (follow) {
                toEnd();
            }
        }
        tell(message, false);
        nextDraw = performance.now() + Math.max(DRAW_EVERY, DRAWING_TO_WAITING * (performance.now() - began));
    };
    const grown = () => {
        first ??= performance.now();
        pending ??= setTimeout(draw, Math.max(0, nextDraw - performance.now()));
    };
    try {
        const usage = await askFitting(conversation, message, controller.signal, grown);
        message.count = usage && before + usage.completion_tokens;
    } catch (problem) {
        message.end = controller.signal.aborted ? "stopped" : "error";
        if (!controller.signal.aborted) {
            message.error = explain(problem);
        }
        delete message.count;
    }
    clearTimeout(pending);
    view.running = undefined;
    const made = (message.tokens?.length ?? 0) - before;
    if (made > 1) {
        message.speed = Math.round((made - 1) / Math.max(1e-3, performance.now() - first) * 1e3);
    }
    tell(message, true);
    // Unless it was deleted meanwhile.
    if (conversations.includes(conversation)) {
        store(conversation);
    }
    const follow = isAtEnd();
    const focus = document.activeElement === document.body;
    refresh();
    if (follow) {
        toEnd();
    }
    if (focus) {
        $("#input").focus();
    }
}

/** Where a conversation is too long for the model its beginning is left out, a question and its answer at a time. */
async function askFitting(conversation, message, signal, grown) {
    const path = conversation.pathTo(conversation.parent(message));
    const settings = { ...preferences.settings(), system: conversation.system };
    for (message.left = 0;; message.left += 2) {
        try {
            return await answer({ path: path.slice(message.left), message, model: view.model, settings, signal, grown });
        } catch (problem) {
            if (problem.code !== "context_length_exceeded" || message.left + 2 >= path.length) {
                throw problem;
            }
        }
    }
}

function explain(problem) {
    if (problem instanceof Refused) {
        if (problem.status === 401) {
            preferences.open(view.conversation, "key");
        }
        return problem.message;
    }
    if (!(problem instanceof TypeError)) {
        console.error(problem);
    }
    return t("chat.unreachable");
}

function begin(parent, text) {
    const { conversation } = view;
    if (conversation.isEmpty) {
        conversation.title = title(text);
        conversation.system = conversation.system || preferences.settings().system;
    }
    const question = conversation.add(parent, { role: "user", text });
    const message = conversation.add(question, { role: "assistant", text: "" });
    store(conversation);
    return ready() ? run(conversation, message) : undefined;
}

function ready() {
    if (!view.model) {
        load();
    }
    return Boolean(view.model);
}

function send() {
    if (!$("#input").value.trim() || view.running || !ready()) {
        return;
    }
    const text = view.model.takesTurns ? $("#input").value.trim() : $("#input").value; // a text goes on with its spaces
    $("#input").value = "";
    grow();
    begin(view.conversation.path().at(-1) ?? view.conversation.root, text);
}

const act = {
    refresh,
    suggest(text) {
        $("#input").value = text;
        send();
        $("#input").focus();
    },
    edit(message, text) {
        if (!view.running) {
            begin(view.conversation.parent(message), text);
        }
    },
    again(message) {
        if (!view.running && ready()) {
            const { conversation } = view;
            run(conversation, conversation.add(conversation.parent(message), { role: "assistant", text: "" }));
        }
    },
    goOn(message) {
        if (!view.running && ready()) {
            run(view.conversation, message);
        }
    },
    switch(message, by) {
        view.conversation.switch(message, by);
        store(view.conversation);
        refresh();
    },
    async copy(text) {
        try {
            await navigator.clipboard.writeText(text);
            notify(t("message.copied"));
        } catch {
            notify(t("message.notCopied"));
        }
    },
    /** Another answer that is the same up to a token, and goes on from an alternative to it. */
    choose(message, index, [id, said, logProbability]) {
        if (view.running) {
            return;
        }
        const { conversation } = view;
        const tokens = [...message.tokens.slice(0, index), [id, said, logProbability, message.tokens[index][3]]];
        const branch = conversation.add(conversation.parent(message), { role: "assistant", text: "", tokens });
        if (!view.model.takesTurns) {
            branch.chosenToken = true;
        }
        new Growing(branch, view.model).end();
        if (view.model.ends.has(id)) {
            branch.end = "stop";
            store(conversation);
            refresh();
        } else {
            run(conversation, branch);
        }
    },
};

/* The side */

function fresh() {
    view.conversation = new Conversation();
    closeSide();
    refresh();
    $("#input").focus();
}

const sideAct = {
    open(conversation) {
        view.conversation = conversation;
        closeSide();
        refresh();
        toEnd();
    },
    rename(conversation, name) {
        conversation.title = name;
        save(conversation, conversations);
        refresh();
    },
    exportOne(conversation) {
        download([conversation], title(conversation.title).replace(/[^\p{L}\p{N}]+/gu, "-") || "nanochat");
    },
    remove(conversation) {
        if (view.running?.conversation === conversation) {
            view.running.controller.abort();
        }
        conversations = conversations.filter(each => each !== conversation);
        forget(conversation);
        if (view.conversation === conversation) {
            view.conversation = new Conversation();
        }
        refresh();
        notify(t("side.deleted", { title: conversation.title }), t("side.undo"), () => {
            store(conversation);
            sideAct.open(conversation);
        });
    },
};

function download(which, name) {
    const lines = which.filter(each => each.path().some(message => message.role === "assistant")).map(each => line(each) + "\n");
    const address = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
    el("a", { href: address, download: name + ".jsonl" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function importFile(file) {
    try {
        const imported = read(await file.text());
        const now = Date.now();
        imported.forEach((conversation, index) => conversation.updated = now - index);
        conversations.unshift(...imported);
        const saved = imported.every(conversation => save(conversation, conversations));
        sideAct.open(imported[0]);
        notify(saved ? t("import.done", { count: imported.length }) : t("keep.full"));
    } catch (problem) {
        notify(t("import.refused", { problem: problem.message }));
    }
}

const narrow = matchMedia("(max-width: 56rem)");

function openSide() {
    const hidden = narrow.matches ? !document.body.classList.contains("side-open") : document.body.classList.contains("side-closed");
    document.body.classList.toggle("side-open", narrow.matches && hidden);
    document.body.classList.toggle("side-closed", !narrow.matches && !hidden);
    showSide();
    if (hidden) {
        $("#new").focus();
    }
}

function closeSide() {
    document.body.classList.remove("side-open");
    showSide();
}

/** What cannot be seen cannot be reached either. */
function showSide() {
    const { classList } = document.body;
    const seen = narrow.matches ? classList.contains("side-open") : !classList.contains("side-closed");
    $("#side").inert = !seen;
    $("#main").inert = narrow.matches && seen;
    $("#shade").hidden = !(narrow.matches && seen);
    $("#menu").setAttribute("aria-expanded", String(seen));
}

/* Keys */

function toggleWash() {
    view.washed = !view.washed;
    keep("washed", view.washed);
    $("#wash").setAttribute("aria-pressed", String(view.washed));
    refresh();
}

function lastOf(role) {
    return view.conversation.path().findLast(message => message.role === role);
}

const KEYS = [
    ["Enter", "keys.send"], ["Shift+Enter", "keys.newLine"], ["Esc", "keys.stop"],
    ["Alt+N", "keys.new", "KeyN", fresh], ["Alt+R", "keys.again", "KeyR", () => lastOf("assistant") && act.again(lastOf("assistant"))],
    ["Alt+E", "keys.edit", "KeyE", () => lastOf("user") && document.querySelector(`#message-${lastOf("user").id} .toolbar .icon-button:nth-last-child(2)`).click()],
    ["Alt+P", "keys.wash", "KeyP", () => toggleWash()], ["Alt+L", "keys.list", "KeyL", openSide], ["Alt+S", "keys.settings", "KeyS", () => preferences.open(view.conversation)],
    ["← →", "keys.words"], ["?", "keys.keys"],
];

function showKeys() {
    $("#keys-list").replaceChildren(...KEYS.map(([keys, label]) => el("div", {}, el("dt", {}, keys.split("+").map(key => el("kbd", {}, key))), el("dd", {}, t(label)))));
    $("#keys").showModal();
}

document.addEventListener("keydown", event => {
    if (document.querySelector("dialog[open]")) {
        return;
    }
    const isTyping = event.target.matches?.("input, textarea, select");
    const shortcut = KEYS.find(([, , code]) => code === event.code);
    if (event.key === "Escape") {
        if (peek.isOpen()) {
            peek.close();
        } else if (document.body.classList.contains("side-open")) {
            closeSide();
            $("#menu").focus();
        } else {
            view.running?.controller.abort();
        }
    } else if (event.altKey && !event.ctrlKey && !event.metaKey && shortcut) {
        event.preventDefault();
        shortcut[3]();
    } else if (event.key === "?" && !isTyping) {
        showKeys();
    } else if (event.key === "/" && !isTyping) {
        event.preventDefault();
        $("#input").focus();
    }
});

/** The field is as high as its text, up to a third of the window. */
function grow() {
    const field = $("#input");
    field.style.height = "auto";
    field.style.height = Math.min(field.scrollHeight, innerHeight / 3) + "px";
    showSend();
}

$("#input").addEventListener("input", grow);
$("#input").addEventListener("keydown", event => {
    // While characters are composed (Chinese), Enter is the composition's.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
        event.preventDefault();
        send();
    } else if (event.key === "ArrowUp" && event.target.value === "" && lastOf("user") && !view.running) {
        event.preventDefault();
        KEYS.find(([, , code]) => code === "KeyE")[3]();
    }
});
$("#composer").addEventListener("submit", event => {
    event.preventDefault();
    if (view.running) {
        view.running.controller.abort();
    } else {
        send();
    }
});
$("#scroll").addEventListener("scroll", () => $("#to-end").hidden = isAtEnd());
$("#to-end").addEventListener("click", toEnd);
$("#new").addEventListener("click", fresh);
$("#menu").addEventListener("click", openSide);
$("#shade").addEventListener("click", closeSide);
$("#wash").addEventListener("click", toggleWash);
$("#settings-open").addEventListener("click", () => preferences.open(view.conversation));
$("#keys-open").addEventListener("click", showKeys);
$("#import").addEventListener("click", () => $("#file").click());
$("#file").addEventListener("change", () => {
    const [file] = $("#file").files;
    $("#file").value = "";
    if (file) {
        importFile(file);
    }
});
$("#export").addEventListener("click", () => download(conversations, "nanochat"));
narrow.addEventListener("change", closeSide);
addEventListener("pagehide", () => view.running && store(view.running.conversation));
// Another window of this page has written: what it changed is shown here, but for what is under way here.
addEventListener("storage", event => {
    if (event.key?.startsWith("nanochat.chat.") && !view.running) {
        conversations = readAll().conversations;
        view.conversation = conversations.find(each => each.id === view.conversation.id) ?? (view.conversation.isEmpty ? view.conversation : new Conversation());
        refresh();
    }
});
preferences.watch(system => {
    view.conversation.system = system;
    store(view.conversation);
    if (!view.model) {
        load();
    }
});
onLanguage(() => {
    icons();
    refresh();
});

/* Beginning */

function icons() {
    for (const [id, name] of [["menu", "menu"], ["wash", "drops"], ["settings-open", "settings"], ["keys-open", "keyboard"], ["to-end", "down"]]) {
        $("#" + id).replaceChildren(icon(name));
    }
    for (const [id, name] of [["new", "plus"], ["import", "upload"], ["export", "download"]]) {
        $("#" + id).querySelector(".icon")?.remove();
        $("#" + id).prepend(icon(name));
    }
}

/** Asks the server which model it has. */
async function load() {
    try {
        const [models, tokenizer] = await Promise.all(["/v1/models", "/tokenizer_info"].map(async address => {
            const response = await ask(address);
            const body = await response.json();
            if (!response.ok) {
                throw new Refused(response.status, body.error);
            }
            return body;
        }));
        const special = tokenizer.special_tokens;
        view.model = {
            id: models.data[0].id, context: models.data[0].max_model_len, takesTurns: tokenizer.eos_token === "<|assistant_end|>", special,
            specialIds: new Set(Object.values(special)), ends: new Set(ENDS.map(name => special[name])),
        };
        const field = $("#input");
        field.dataset.tPlaceholder = view.model.takesTurns ? "chat.placeholder" : "base.placeholder";
        field.dataset.tLabel = view.model.takesTurns ? "chat.input" : "base.input";
        translate($("#composer"));
        refresh();
    } catch (problem) {
        notify(explain(problem), t("chat.retry"), load);
    }
}

await start("chat");
const { conversations: found, unreadable } = readAll();
conversations = found;
$("#wash").setAttribute("aria-pressed", String(view.washed));
watchMenu();
peek.watch($("#thread"), span => ({
    message: view.conversation.messages[span.closest(".message").id.slice("message-".length)], model: view.model,
}), act.choose);
icons();
showSide();
refresh();
$("#input").focus();
if (unreadable > 0) {
    notify(t("keep.unreadable", { count: unreadable }));
}
await load();
document.documentElement.dataset.ready = "true";
