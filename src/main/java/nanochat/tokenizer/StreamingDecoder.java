package nanochat.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Turns tokens into text as they come. A character whose bytes are spread over several tokens appears when it is whole, never as
/// U+FFFD on the way; the pieces together are exactly [Tokenizer#decode(int...)] of all the tokens. For one thread.
public final class StreamingDecoder {
    private final Tokenizer tokenizer;
    private byte[] pending = new byte[0];

    StreamingDecoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// The text that is certain once `id` is known; often a word, empty inside a character.
    ///
    /// @throws IllegalArgumentException when `id` is not in the vocabulary
    public String append(int id) {
        byte[] token = tokenizer.bytes(id);
        byte[] all = Arrays.copyOf(pending, pending.length + token.length);
        System.arraycopy(token, 0, all, pending.length, token.length);
        int complete = Utf8.completeEnd(all, all.length);
        pending = Arrays.copyOfRange(all, complete, all.length);
        return new String(all, 0, complete, StandardCharsets.UTF_8);
    }

    /// What is left when no more tokens come: U+FFFD for a character that was never finished, else nothing. The decoder starts afresh.
    public String flush() {
        String rest = new String(pending, StandardCharsets.UTF_8);
        pending = new byte[0];
        return rest;
    }
}
