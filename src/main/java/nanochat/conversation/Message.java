package nanochat.conversation;

import java.util.List;
import java.util.stream.Collectors;

/// One turn of a conversation.
public sealed interface Message {
    /// How the assistant should behave; only the first message may be one.
    record SystemPrompt(String text) implements Message {}

    /// What the user says.
    record User(String text) implements Message {}

    /// What the assistant says and computes, in order.
    record Assistant(List<Part> parts) implements Message {
        public Assistant {
            parts = List.copyOf(parts);
        }

        public Assistant(Part... parts) {
            this(List.of(parts));
        }

        /// An answer of text alone.
        public Assistant(String text) {
            this(new Part.Text(text));
        }

        /// What the user reads of it: the text without tool calls and their output.
        public String text() {
            return parts.stream().map(part -> switch (part) {
                case Part.Text(String text) -> text;
                case Part.Python _,Part.PythonOutput _ -> "";
            }).collect(Collectors.joining());
        }
    }
}
