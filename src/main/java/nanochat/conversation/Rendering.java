package nanochat.conversation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Function;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.TokenList;
import nanochat.tokenizer.Tokenizer;

/// Conversations as tokens:
///
///     bos (user_start text user_end, assistant_start parts assistant_end)*
///
/// where a part is text, `python_start expression python_end`, or `output_start text output_end`. What the assistant says is trained on:
/// its text, its tool calls with both delimiters, and assistant_end. Everything else (bos, the user, assistant_start, what the tool
/// answered) is only read.
///
/// @param tokenizer whose special tokens mark the turns
public record Rendering(Tokenizer tokenizer) {
    /// Stands between a system message and the user message that it is merged into.
    private static final String BLANK_LINE = "\n\n";

    /// All of a conversation, to train on. A system message that no user message follows has no place in it.
    public RenderedConversation render(Conversation conversation) {
        Writer out = new Writer();
        write(withoutSystemMessage(conversation.messages()), out);
        return out.rendered();
    }

    /// A conversation up to where the assistant's next words begin: the last message is dropped if it is the assistant's, and
    /// assistant_start appended.
    public int[] completionPrompt(Conversation conversation) {
        List<Message> messages = withoutSystemMessage(conversation.messages());
        boolean answered = !messages.isEmpty() && messages.getLast() instanceof Message.Assistant;
        Writer out = new Writer();
        write(answered ? messages.subList(0, messages.size() - 1) : messages, out);
        out.add(SpecialToken.ASSISTANT_START, false);
        return out.rendered().tokens();
    }

    /// The assistant's message that tokens spell, as a model generated them after [#completionPrompt]: the reverse of rendering its parts. What
    /// the delimiters enclose is a part even where the closing one is missing; other special tokens have no place in a reply and are left out.
    public Message.Assistant reply(int[] tokens) {
        List<Part> parts = new ArrayList<>();
        TokenList open = new TokenList(64);
        Function<String, Part> kind = Part.Text::new;
        for (int token : tokens) {
            if (!tokenizer.isSpecial(token)) {
                open.accept(token);
                continue;
            }
            close(open, kind, parts);
            kind = token == tokenizer.id(SpecialToken.PYTHON_START)
                    ? Part.Python::new
                    : token == tokenizer.id(SpecialToken.OUTPUT_START) ? Part.PythonOutput::new : Part.Text::new;
        }
        close(open, kind, parts);
        return new Message.Assistant(parts);
    }

    private void close(TokenList open, Function<String, Part> kind, List<Part> parts) {
        if (open.size() > 0) {
            parts.add(kind.apply(tokenizer.decode(open.toArray())));
            open.clear();
        }
    }

    private static List<Message> withoutSystemMessage(List<Message> messages) {
        if (messages.isEmpty() || !(messages.getFirst() instanceof Message.SystemPrompt(String instructions))) {
            return messages;
        }
        List<Message> merged = new ArrayList<>(messages.subList(1, messages.size()));
        if (!merged.isEmpty() && merged.getFirst() instanceof Message.User(String text)) {
            merged.set(0, new Message.User(instructions + BLANK_LINE + text));
        }
        return merged;
    }

    private static void write(List<Message> messages, Writer out) {
        out.add(SpecialToken.BOS, false);
        for (Message message : messages) {
            switch (message) {
                case Message.SystemPrompt _ -> throw new IllegalStateException("a system message after the first message");
                case Message.User(String text) -> {
                    out.add(SpecialToken.USER_START, false);
                    out.add(text, false);
                    out.add(SpecialToken.USER_END, false);
                }
                case Message.Assistant(List<Part> parts) -> {
                    out.add(SpecialToken.ASSISTANT_START, false);
                    parts.forEach(part -> write(part, out));
                    out.add(SpecialToken.ASSISTANT_END, true);
                }
            }
        }
    }

    private static void write(Part part, Writer out) {
        switch (part) {
            case Part.Text(String text) -> out.add(text, true);
            case Part.Python(String expression) -> {
                out.add(SpecialToken.PYTHON_START, true);
                out.add(expression, true);
                out.add(SpecialToken.PYTHON_END, true);
            }
            case Part.PythonOutput(String text) -> {
                out.add(SpecialToken.OUTPUT_START, false);
                out.add(text, false);
                out.add(SpecialToken.OUTPUT_END, false);
            }
        }
    }

    /// Collects tokens and their mask.
    private final class Writer {
        private final TokenList tokens = new TokenList(256);
        private final BitSet trained = new BitSet();

        private void add(SpecialToken token, boolean train) {
            trained.set(tokens.size(), train);
            tokens.accept(tokenizer.id(token));
        }

        private void add(String text, boolean train) {
            for (int token : tokenizer.encode(text)) {
                trained.set(tokens.size(), train);
                tokens.accept(token);
            }
        }

        private RenderedConversation rendered() {
            boolean[] mask = new boolean[tokens.size()];
            trained.stream().forEach(i -> mask[i] = true);
            return new RenderedConversation(tokens.toArray(), mask);
        }
    }
}
