package nanochat.conversation;

import java.util.Arrays;
import java.util.function.BiFunction;
import nanochat.tokenizer.Tokenizer;

/// A rendered conversation for people to look at: which of it is trained on, and which is only read. Special tokens appear by name.
public final class ConversationView {
    private static final String GREEN = "\u001B[32m";
    private static final String GREY = "\u001B[90m";
    private static final String PLAIN = "\u001B[0m";

    private ConversationView() {
    }

    /// Trained text green, other text grey, for a terminal that knows ANSI's colours.
    public static String colored(Tokenizer tokenizer, RenderedConversation conversation) {
        return stretches(tokenizer, conversation, (text, trained) -> (trained ? GREEN : GREY) + text + PLAIN);
    }

    /// A line for every stretch of tokens: `+` before those that are trained on, `-` before the others. Line breaks appear as `\n`.
    public static String marked(Tokenizer tokenizer, RenderedConversation conversation) {
        return stretches(tokenizer, conversation, (text, trained) -> (trained ? "+ " : "- ") + text.replace("\n", "\\n") + "\n");
    }

    private static String stretches(Tokenizer tokenizer, RenderedConversation conversation, BiFunction<String, Boolean, String> show) {
        StringBuilder view = new StringBuilder();
        int start = 0;
        for (int i = 1; i <= conversation.length(); i++) {
            if (i == conversation.length() || conversation.trained()[i] != conversation.trained()[start]) {
                String text = tokenizer.decode(Arrays.copyOfRange(conversation.tokens(), start, i));
                view.append(show.apply(text, conversation.trained()[start]));
                start = i;
            }
        }
        return view.toString();
    }
}
