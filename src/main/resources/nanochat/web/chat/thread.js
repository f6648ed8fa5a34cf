// The messages of a conversation as elements.
import { $, el, icon, iconButton, t } from "/web/house/house.js";
import { render, TOOL } from "/web/chat/markdown.js";
import { mark, percent, probability, source } from "/web/chat/tokens.js";

/**
 * Shows a conversation.
 *
 * @param view { conversation, model, running, washed } as it is
 * @param act what buttons do: edit, again, goOn, copy, switch, suggest
 */
export function show(view, act) {
    const path = view.conversation.path();
    $("#thread").replaceChildren(...path.length === 0 ? [welcome(view, act)] : path.map(message => element(message, view, act)));
}

function welcome({ model }, act) {
    const kind = model && !model.takesTurns ? "base." : "welcome.";
    const suggestions = ["one", "two", "three"].map(which => t(kind + which));
    return el("li", { class: "welcome" },
        el("h1", {}, t(kind + "title")),
        el("p", {}, model ? t(kind + "text", { model: model.id, context: model.context }) : t("welcome.waiting")),
        model && el("div", { class: "suggestions" }, suggestions.map(text => el("button", { type: "button", class: "suggestion", onclick: () => act.suggest(text) }, text))));
}

function element(message, view, act) {
    return message.role === "user" ? question(message, view, act) : answer(message, view, act);
}

function siblings(message, { conversation, running }, act) {
    const { children } = conversation.parent(message);
    if (children.length < 2) {
        return undefined;
    }
    const at = children.indexOf(message.id);
    return el("span", { class: "siblings", role: "group", "aria-label": t("message.versions") },
        iconButton("left", t("message.before"), () => act.switch(message, -1), { disabled: at === 0 || Boolean(running) }),
        el("span", {}, `${at + 1} / ${children.length}`),
        iconButton("right", t("message.after"), () => act.switch(message, 1), { disabled: at === children.length - 1 || Boolean(running) }));
}

function question(message, view, act) {
    const item = el("li", { class: "message question", id: "message-" + message.id },
        el("h2", { class: "heard" }, t("message.you")),
        el("div", { class: "said", dir: "auto" }, message.text),
        el("div", { class: "toolbar" },
            siblings(message, view, act),
            iconButton("edit", t("message.edit"), () => editor(item, message, act), { disabled: Boolean(view.running) }),
            iconButton("copy", t("message.copy"), () => act.copy(message.text))));
    return item;
}

function editor(item, message, act) {
    const field = el("textarea", { "aria-label": t("message.edit"), rows: Math.min(12, message.text.split("\n").length + 1) });
    field.value = message.text;
    const send = () => field.value.trim() && act.edit(message, field.value.trim());
    const cancel = () => act.refresh();
    field.addEventListener("keydown", event => {
        if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            send();
        } else if (event.key === "Escape") {
            event.stopPropagation();
            cancel();
        }
    });
    item.replaceChildren(el("div", { class: "editor" }, field, el("div", { class: "actions" },
        el("button", { type: "button", class: "button", onclick: cancel }, t("chat.cancel")),
        el("button", { type: "button", class: "button primary", onclick: send }, t("chat.send")))));
    field.focus();
}

function answer(message, view, act) {
    const live = view.running?.message === message;
    const item = el("li", { class: "message answer" + (live ? " live" : ""), id: "message-" + message.id },
        el("h2", { class: "heard" }, t("message.model")),
        message.left > 0 && el("p", { class: "remark" }, t("message.left", { count: message.left })),
        el("div", { class: "body", dir: "auto", "aria-busy": live && "true" }));
    fill(item, message, view);
    if (!live) {
        const cut = message.end === "stopped" || message.end === "length" || message.end === "error";
        if (message.end === "error") {
            item.append(el("p", { class: "wrong", role: "alert" }, message.error));
        }
        item.append(el("div", { class: "toolbar" },
            siblings(message, view, act),
            iconButton("again", t("message.again"), () => act.again(message), { class: "icon-button again", disabled: Boolean(view.running) }),
            iconButton("copy", t("message.copy"), () => act.copy(message.text)),
            cut && message.text && el("button", { type: "button", class: "plain-button go-on", disabled: Boolean(view.running), onclick: () => act.goOn(message) }, t("message.goOn")),
            el("span", { class: "figures" }, figures(message))));
    }
    return item;
}

function figures(message) {
    const count = message.count ?? message.tokens?.length;
    return [message.end === "stopped" ? t("message.stopped") : message.end === "length" ? t("message.length") : undefined,
        count && t("message.tokens", { count }), message.speed && t("message.speed", { speed: message.speed })].filter(Boolean).join(" · ");
}

/** Puts what an answer says into its element; its words know their tokens when it is complete. */
export function fill(item, message, view) {
    const live = view.running?.message === message;
    const body = item.querySelector(".body");
    const { text, tools } = source(message);
    const rendered = el("div");
    rendered.append(render(text));
    if (!live && message.tokens && view.model) {
        mark(rendered, text, message.tokens, view.model);
        if (view.model.ends.has(message.tokens.at(-1)?.[0])) {
            const last = rendered.lastElementChild;
            (last?.localName === "p" ? last : rendered).append(endMark(message));
        }
    }
    putTools(rendered, tools);
    for (const pre of rendered.querySelectorAll("pre")) {
        const box = el("div", { class: "code" });
        pre.replaceWith(box);
        pre.tabIndex = 0;
        const code = pre.textContent;
        box.append(pre, iconButton("copy", t("message.copyCode"), () => navigator.clipboard?.writeText(code)));
    }
    if (live && text === "") {
        rendered.append(el("p", { class: "waiting" }, el("span", { class: "heard" }, t("message.waiting"))));
    }
    body.replaceChildren(...rendered.childNodes);
    wash(body, message, view.washed);
}

function endMark(message) {
    const span = el("span", { class: "token end" }, "∎");
    span.unit = { indexes: [message.tokens.length - 1] };
    span.style.setProperty("--p", probability(span.unit, message.tokens).toFixed(3));
    return span;
}

/** With the probabilities shown, words can be reached by keyboard: one is a stop of the Tab key, arrows go to the others. */
function wash(body, message, washed) {
    body.classList.toggle("washed", washed);
    if (washed) {
        body.querySelectorAll(".token").forEach((span, index) => {
            span.tabIndex = index === 0 ? 0 : -1;
            span.setAttribute("role", "button");
            span.setAttribute("aria-haspopup", "dialog");
            span.setAttribute("aria-label", `${span.classList.contains("end") ? t("token.end") : span.textContent.trim()}, ${percent(probability(span.unit, message.tokens))}`);
        });
    }
}

/** Each use of a tool, folded: a word in the line that opens. */
function putTools(rendered, tools) {
    let next = 0;
    const walker = document.createTreeWalker(rendered, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
        if (walker.currentNode.data.includes(TOOL)) {
            nodes.push(walker.currentNode);
        }
    }
    for (const node of nodes) {
        node.replaceWith(...node.data.split(TOOL).flatMap((piece, index) => index === 0 ? [piece] : [tool(tools[next++]), piece]));
    }
}

function tool({ call, result } = { call: "" }) {
    const inside = el("span", { class: "tool-inside", hidden: true }, el("code", {}, call), result === undefined ? "" : " = ",
        result === undefined ? "" : el("code", {}, result));
    const button = el("button", { type: "button", class: "tool-name", "aria-expanded": "false", onclick: () => {
        inside.hidden = !inside.hidden;
        button.setAttribute("aria-expanded", String(!inside.hidden));
    } }, icon("tool"), t("message.tool"));
    return el("span", { class: "tool" }, button, inside);
}
