// A model's words as elements that cannot do anything. What it says is not trusted: HTML in it is shown as text, links lead to http and https alone,
// pictures are not loaded, and whatever comes of that goes through DOMPurify's list of what is allowed.
import { Marked } from "/web/lib/marked.js";
import purify from "/web/lib/purify.js";

/** Stands in the text where a tool was used. */
export const TOOL = "\uE000";

const ALLOWED_TAGS = ["p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "a",
    "table", "thead", "tbody", "tr", "th", "td"];
const ALLOWED_ATTR = ["href", "start", "align"];
const WEB = /^https?:\/\//i;

const escape = text => text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);

const marked = new Marked({
    gfm: true,
    breaks: true,
    renderer: {
        html({ text, block }) {
            return block ? `<p>${escape(text.trim())}</p>` : escape(text);
        },
        image({ raw }) {
            return escape(raw);
        },
        link({ href, tokens, raw }) {
            return WEB.test(href) ? `<a href="${escape(href)}">${this.parser.parseInline(tokens)}</a>` : escape(raw);
        },
        checkbox({ checked }) {
            return checked ? "☑ " : "☐ ";
        },
    },
});

/** Markdown as a fragment of the document. */
export function render(text) {
    const fragment = purify.sanitize(marked.parse(text), {
        ALLOWED_TAGS, ALLOWED_ATTR, ALLOWED_URI_REGEXP: WEB, ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false, RETURN_DOM_FRAGMENT: true,
    });
    for (const link of fragment.querySelectorAll("a")) {
        link.rel = "noopener noreferrer nofollow";
        link.target = "_blank";
    }
    for (const table of fragment.querySelectorAll("table")) {
        const scroll = document.createElement("div");
        scroll.className = "scroll";
        scroll.tabIndex = 0;
        table.replaceWith(scroll);
        scroll.append(table);
    }
    return fragment;
}
