// The list of conversations at the side, and what can be done with each.
import { $, el, icon, iconButton, t } from "/web/house/house.js";

/**
 * Shows the list.
 *
 * @param act what buttons do: open, rename, exportOne, remove
 */
export function showList(conversations, current, act) {
    $("#list").replaceChildren(...conversations.map(conversation => item(conversation, conversation === current, act)));
}

function item(conversation, isCurrent, act) {
    const row = el("li", { class: isCurrent ? "current" : "" },
        el("button", { type: "button", class: "conversation", "aria-current": isCurrent && "true", title: conversation.title, onclick: () => act.open(conversation) },
            el("bdi", {}, conversation.title || t("side.untitled"))),
        iconButton("more", t("side.more", { title: conversation.title }), event => menu(event.currentTarget, row, conversation, act),
            { "aria-haspopup": "menu", "aria-expanded": "false" }));
    return row;
}

function menu(button, row, conversation, act) {
    const window = $("#more");
    const entry = (name, label, action, kind = "") => el("button", { type: "button", role: "menuitem", class: "entry " + kind, onclick: () => {
        closeMenu();
        action();
    } }, icon(name), label);
    window.replaceChildren(
        entry("edit", t("side.rename"), () => rename(row, conversation, act)),
        entry("download", t("side.exportOne"), () => act.exportOne(conversation)),
        entry("trash", t("side.delete"), () => act.remove(conversation), "danger"));
    window.hidden = false;
    button.setAttribute("aria-expanded", "true");
    const { left, bottom, top } = button.getBoundingClientRect();
    window.style.left = Math.max(8, Math.min(left, innerWidth - window.offsetWidth - 8)) + "px";
    window.style.top = (bottom + window.offsetHeight + 8 < innerHeight ? bottom + 4 : top - window.offsetHeight - 4) + "px";
    window.opener = button;
    window.firstChild.focus();
}

export function watchMenu() {
    const window = $("#more");
    document.addEventListener("pointerdown", event => {
        if (!window.hidden && !window.contains(event.target)) {
            closeMenu();
        }
    });
    window.addEventListener("keydown", event => {
        const entries = [...window.children];
        const at = entries.indexOf(document.activeElement);
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            entries[(at + (event.key === "ArrowDown" ? 1 : entries.length - 1)) % entries.length].focus();
        } else if (event.key === "Escape" || event.key === "Tab") {
            event.preventDefault();
            event.stopPropagation();
            closeMenu();
        }
    });
}

function closeMenu() {
    const window = $("#more");
    window.hidden = true;
    window.opener?.setAttribute("aria-expanded", "false");
    window.opener?.focus();
}

function rename(row, conversation, act) {
    const field = el("input", { type: "text", maxlength: "120", "aria-label": t("side.rename") });
    field.value = conversation.title;
    let done = false;
    const end = keep => {
        if (!done) {
            done = true;
            act.rename(conversation, keep && field.value.trim() ? field.value.trim() : conversation.title);
        }
    };
    field.addEventListener("keydown", event => {
        if (event.key === "Enter" && !event.isComposing) {
            end(true);
        } else if (event.key === "Escape") {
            event.stopPropagation();
            end(false);
        }
    });
    field.addEventListener("blur", () => end(true));
    row.replaceChildren(field);
    field.select();
}
