// The small window at a word of an answer: how likely it was, and what else the model considered. It opens under the pointer, at a tap, or from the keyboard.
import { $, el, t } from "/web/house/house.js";
import { alternatives, percent, probability } from "/web/chat/tokens.js";

const OPEN_AFTER = 140;
const CLOSE_AFTER = 220;

let anchor;
let timer;
/** Opened on purpose: leaving it with the pointer does not close it. */
let pinned = false;

/**
 * Listens in `thread` for tokens that are pointed at.
 *
 * @param find gives an element's message and model
 * @param choose called with the message, the token's index and the alternative to go on from
 */
export function watch(thread, find, choose) {
    const window = $("#peek");
    const later = (action, after) => {
        clearTimeout(timer);
        timer = setTimeout(action, after);
    };
    const open = (span, pin) => {
        const { message, model } = find(span);
        if (!message?.tokens) {
            return;
        }
        close();
        anchor = span;
        pinned = pin;
        span.classList.add("pointed");
        window.replaceChildren(
            el("p", { class: "peek-head" }, el("b", {}, span.classList.contains("end") ? t("token.end") : span.textContent.trim() || "␣"), " ",
                el("span", {}, percent(probability(span.unit, message.tokens)))),
            ...alternatives(span.unit, message.tokens, model, (index, alternative) => {
                close();
                choose(message, index, alternative);
            }),
            el("p", { class: "peek-foot" }, t("token.hint")));
        window.hidden = false;
        place(window, span);
    };
    thread.addEventListener("pointerover", event => {
        const span = event.target.closest(".token");
        if (span && event.pointerType === "mouse" && !pinned && event.buttons === 0) {
            later(() => span.isConnected && open(span, false), OPEN_AFTER);
        }
    });
    thread.addEventListener("pointerout", event => {
        if (event.target.closest(".token") && !pinned) {
            later(close, CLOSE_AFTER);
        }
    });
    thread.addEventListener("click", event => {
        const span = event.target.closest(".token");
        if (span && !event.target.closest("a") && getSelection().isCollapsed) {
            clearTimeout(timer);
            open(span, true);
        }
    });
    thread.addEventListener("focusin", event => {
        const span = event.target.closest(".token");
        if (span && span.matches(":focus-visible")) {
            clearTimeout(timer);
            open(span, true);
        }
    });
    thread.addEventListener("keydown", event => {
        const span = event.target.closest(".token");
        if (span) {
            move(event, span, window, open);
        }
    });
    window.addEventListener("pointerenter", () => clearTimeout(timer));
    window.addEventListener("pointerleave", event => !pinned && event.pointerType === "mouse" && later(close, CLOSE_AFTER));
    window.addEventListener("keydown", event => {
        const choices = [...window.querySelectorAll("button:enabled")];
        const at = choices.indexOf(document.activeElement);
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            choices[(at + (event.key === "ArrowDown" ? 1 : choices.length - 1)) % choices.length]?.focus();
        }
    });
    document.addEventListener("pointerdown", event => {
        if (!window.hidden && !window.contains(event.target) && !event.target.closest?.(".token")) {
            close();
        }
    });
    addEventListener("resize", close);
    $("#scroll").addEventListener("scroll", () => anchor && place(window, anchor));
}

/** Arrows go from word to word, Enter into the window. */
function move(event, span, window, open) {
    const all = [...span.closest(".answer").querySelectorAll(".token")].filter(each => each.offsetParent !== null);
    const at = all.indexOf(span);
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) {
        event.preventDefault();
        const target = all[next];
        if (target) {
            span.tabIndex = -1;
            target.tabIndex = 0;
            target.focus();
            open(target, true);
        }
    } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        open(span, true);
        window.querySelector("button:enabled")?.focus();
    }
}

/** Below the word, or above where there is more room; on a phone it lies at the bottom (chat.css). */
function place(window, span) {
    const word = span.getClientRects()[0];
    if (!word || matchMedia("(max-width: 40rem)").matches) {
        window.style.left = window.style.top = "";
        return;
    }
    const { offsetWidth: width, offsetHeight: height } = window;
    const below = word.bottom + 8 + height < innerHeight || word.top - 8 - height < 0;
    window.style.left = Math.max(8, Math.min(word.left - 12, innerWidth - width - 8)) + "px";
    window.style.top = (below ? word.bottom + 8 : word.top - 8 - height) + "px";
}

export const isOpen = () => !$("#peek").hidden;

/** Closes it; whoever had the focus in it is at the word again. */
export function close() {
    clearTimeout(timer);
    const window = $("#peek");
    const had = window.contains(document.activeElement);
    window.hidden = true;
    anchor?.classList.remove("pointed");
    if (had && anchor?.isConnected) {
        anchor.focus();
        window.hidden = true;
    }
    anchor = undefined;
    pinned = false;
}
