// Asks the server for an answer and takes it in as it comes.
import { ask, events } from "/web/house/house.js";
import { Growing, spoken } from "/web/chat/tokens.js";

/** The alternatives asked for at every token. */
const ALTERNATIVES = 8;

/** What the server refused, with its status and code. */
export class Refused extends Error {
    constructor(status, error) {
        super(error?.message ?? String(status));
        this.status = status;
        this.code = error?.code;
    }
}

async function refusal(response) {
    const body = await response.json().catch(() => ({}));
    return new Refused(response.status, body.error);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** A token as it is kept: [id, text, or its bytes where they are no whole characters, log probability]. */
function token({ id, bytes, logprob }) {
    let shown = bytes;
    try {
        shown = utf8.decode(new Uint8Array(bytes));
    } catch {
        // Part of a character.
    }
    return [id, shown, Math.round(logprob * 1e4) / 1e4];
}

/** A message for the request; an answer brings its tokens, so that the model reads what it said and not another spelling of it. */
function asked(message, model) {
    if (message.role === "user") {
        return { role: "user", content: message.text };
    }
    const tokens = message.tokens && spoken(message.tokens, model);
    return { role: "assistant", content: message.text, nanochat: tokens ? { tokens } : message.parts ? { parts: message.parts } : undefined };
}

/** The tokens of a continuation where nobody says otherwise; it can be gone on with. */
const CONTINUATION = 128;

/** What a model that converses is asked: a conversation. */
function conversation({ path, message, model, settings }) {
    const messages = path.map(each => asked(each, model));
    if (settings.system) {
        messages.unshift({ role: "system", content: settings.system });
    }
    const goesOn = Boolean(message.tokens?.length || message.text);
    if (goesOn) {
        messages.push(asked(message, model));
    }
    return ["/v1/chat/completions", {
        messages, logprobs: true, top_logprobs: ALTERNATIVES, ...(goesOn ? { continue_final_message: true } : {}),
        ...(settings.max_tokens === undefined ? {} : { max_tokens: settings.max_tokens }),
    }];
}

/** What a base model is asked: to go on with all that has been written; from a token that was chosen, with just that one. */
async function text({ path, message, model, settings, signal }) {
    const said = messages => messages.map(each => each.text).join("");
    const prompt = message.chosenToken ? [...await tokenize(said(path), signal), ...spoken(message.tokens, model)] : said([...path, message]);
    return ["/v1/completions", { prompt, logprobs: ALTERNATIVES, max_tokens: settings.max_tokens ?? CONTINUATION }];
}

async function tokenize(prompt, signal) {
    const response = await ask("/tokenize", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ prompt, add_special_tokens: true }), signal,
    });
    if (!response.ok) {
        throw await refusal(response);
    }
    return (await response.json()).tokens;
}

/**
 * Lets the model answer a path of messages into `message`, whose text, parts and tokens grow; one that has text already is gone on with.
 *
 * @param path of messages before it
 * @param model whose special tokens end an answer
 * @param settings of sampling; `system` stands before all
 * @param grown called whenever something has come
 * @returns how many tokens of the prompt there were, where the server says so
 */
export async function answer({ path, message, model, settings, signal, grown }) {
    const [address, what] = await (model.takesTurns ? conversation : text)({ path, message, model, settings, signal });
    const request = {
        model: model.id, ...what, stream: true, stream_options: { include_usage: true },
        temperature: settings.temperature, top_p: settings.top_p, top_k: settings.top_k,
        ...(settings.seed === undefined ? {} : { seed: settings.seed }), nanochat: { calculator: settings.calculator, token_details: true },
    };
    const response = await ask(address, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request), signal,
    });
    if (!response.ok) {
        throw await refusal(response);
    }
    // Where the tokens of a beginning are not known, those of its end would not say what stands where.
    const growing = message.tokens || !message.text ? new Growing(message, model) : undefined;
    let usage;
    let whole = false;
    for await (const data of events(response)) {
        if (data === "[DONE]") {
            whole = true;
            break;
        }
        const event = JSON.parse(data);
        if (event.error) {
            throw new Refused(500, event.error);
        }
        usage = event.usage ?? usage;
        const [choice] = event.choices;
        if (choice) {
            take(choice, message, growing);
            grown();
        }
    }
    growing?.end();
    if (!whole) {
        throw new TypeError("the answer was cut off");
    }
    return usage;
}

/** A piece of a conversation's answer, or of a text (which has no `delta`). */
function take({ delta, text: said, nanochat, logprobs, finish_reason: reason }, message, growing) {
    if (growing) {
        for (const each of logprobs?.content ?? []) {
            growing.take([...token(each), each.top_logprobs.map(token)]);
        }
    } else {
        const { content, nanochat: tools } = delta ?? { content: said, nanochat };
        addParts(message, [...(content ? [{ type: "text", text: content }] : []), ...(tools?.parts ?? []).filter(part => part.type !== "text")]);
    }
    if (reason) {
        message.end = reason;
    }
}

/** Of an answer whose tokens are not known. */
function addParts(message, added) {
    message.parts ??= message.text ? [{ type: "text", text: message.text }] : [];
    for (const { type, text } of added) {
        const last = message.parts.at(-1);
        if (type === "text" && last?.type === "text") {
            last.text += text;
        } else {
            message.parts.push({ type, text });
        }
        message.text += type === "text" ? text : "";
    }
}
