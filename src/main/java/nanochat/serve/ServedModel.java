package nanochat.serve;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.engine.SharedBatch;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// The model that answers.
final class ServedModel {
    private final String name;
    private final SharedBatch batch;
    private final Tokenizer tokenizer;
    private final boolean takesTurns;
    private final boolean calculator;
    private final int longestToken;

    /// @param name by which clients ask for it
    /// @param tokenizer that the model was trained with
    /// @param takesTurns whether it has learned to converse
    /// @param calculator whether it may use it
    ServedModel(String name, SharedBatch batch, Tokenizer tokenizer, boolean takesTurns, boolean calculator) {
        this.name = name;
        this.batch = batch;
        this.tokenizer = tokenizer;
        this.takesTurns = takesTurns;
        this.calculator = calculator;
        this.longestToken = Arrays.stream(tokenizer.tokenBytes()).max().orElseThrow();
    }

    String name() {
        return name;
    }

    SharedBatch batch() {
        return batch;
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    boolean takesTurns() {
        return takesTurns;
    }

    boolean calculator() {
        return calculator;
    }

    /// The most tokens of a prompt and its answer.
    int contextLength() {
        return batch.maximumLength();
    }

    int vocabularySize() {
        return tokenizer.vocabularySize();
    }

    /// The tokens of a text. Text is text: whatever stands in it, no special token comes of it.
    ///
    /// @param field of the request that the text stands in
    int[] encode(String text, boolean addBos, String field) {
        checkLength(text.length(), field);
        int[] tokens = tokens(text, addBos);
        checkTokens(tokens, field);
        return tokens;
    }

    /// The tokens of a text of any length.
    int[] tokens(String text, boolean addBos) {
        int[] tokens = tokenizer.encode(text);
        int[] all = addBos ? new int[tokens.length + 1] : tokens;
        if (addBos) {
            all[0] = tokenizer.id(SpecialToken.BOS);
            System.arraycopy(tokens, 0, all, 1, tokens.length);
        }
        return all;
    }

    /// The tokens of a conversation up to where the assistant's words go on.
    ///
    /// @param spoken what of it came as tokens
    /// @param continueLast whether they go on after those of the last message, which is the assistant's
    int[] prompt(Conversation conversation, SpokenTokens spoken, boolean continueLast) {
        checkLength(conversation.messages().stream().mapToLong(ServedModel::length).sum(), "messages");
        boolean isAssistants = conversation.messages().getLast() instanceof Message.Assistant;
        if (isAssistants != continueLast) {
            throw ApiException.invalid("messages", continueLast
                    ? "'continue_final_message' needs a last message that is the assistant's."
                    : "The last of the 'messages' must be the user's; or set 'continue_final_message' to have the assistant's continued.");
        }
        int[] prompt = spoken.prompt(conversation, continueLast, tokenizer);
        checkTokens(prompt, "messages");
        return prompt;
    }

    private static long length(Message message) {
        return switch (message) {
            case Message.SystemPrompt(String text) -> text.length();
            case Message.User(String text) -> text.length();
            case Message.Assistant answer -> answer.text().length();
        };
    }

    /// Whether so many characters, each at least a byte, can be few enough tokens: what is far too long is not even encoded.
    private void checkLength(long characters, String field) {
        if (characters / longestToken >= contextLength()) {
            throw tooLong(characters / longestToken + " tokens or more", field);
        }
    }

    private void checkTokens(int[] tokens, String field) {
        if (tokens.length == 0) {
            throw ApiException.invalid(field, "'" + field + "' must not be empty.");
        }
        if (tokens.length >= contextLength()) {
            throw tooLong(tokens.length + " tokens", field);
        }
    }

    private ApiException tooLong(String length, String field) {
        return ApiException.refused(400, "context_length_exceeded", "'" + field + "' has " + length
                + "; this model's context has " + contextLength() + ", and an answer needs at least one of them.");
    }

    /// A token as a client reads it: its text, or where its bytes are no whole characters, `bytes:` and each byte as `\xe4`.
    String shown(int token) {
        byte[] bytes = tokenizer.bytes(token);
        String text = new String(bytes, StandardCharsets.UTF_8);
        if (text.indexOf('\ufffd') < 0 || Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder("bytes:");
        for (byte each : bytes) {
            escaped.append(String.format(java.util.Locale.ROOT, "\\x%02x", each));
        }
        return escaped.toString();
    }
}
