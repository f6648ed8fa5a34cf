package nanochat.chat.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import nanochat.chat.AnswerReader;
import nanochat.chat.ChatEvent;
import nanochat.chat.StopStrings;
import nanochat.conversation.Part;
import nanochat.engine.ColumnListener;
import nanochat.engine.Sample;
import nanochat.tokenizer.Tokenizer;

/// One answer while it comes. The batch tells it tokens, and whoever asked reads it when it is over; any thread may cancel it.
final class AnswerInProgress implements ColumnListener, StreamingHandle {
    private final AnswerReader reader;
    private final StopStrings stops;
    private final Consumer<String> pieces;
    private final StringBuilder text = new StringBuilder();
    private final List<Part> parts = new ArrayList<>();
    /// How much of the text stands in parts.
    private int closed;
    private int tokens;
    private int reusedTokens;
    private volatile boolean cancelled;

    /// @param pieces gets the text as it comes
    AnswerInProgress(ChatOrder order, Tokenizer tokenizer, Consumer<String> pieces) {
        this.reader = new AnswerReader(tokenizer, this::take);
        this.stops = new StopStrings(order.stops());
        this.pieces = pieces;
    }

    @Override
    public boolean accept(Column column) {
        reusedTokens = column.reusedTokens();
        if (column.token(0) != Column.ENDED && !stops.stopped()) {
            tokens++;
            reader.accept(column.token(0), column.sampled(0));
            if (stops.stopped()) {
                column.stop(0);
            }
        } else if (column.end(0).equals(Optional.of(Sample.End.STOPPED)) && !stops.stopped()) {
            tokens++; // the one that ended it
        }
        return !cancelled;
    }

    private void take(ChatEvent event) {
        switch (event) {
            case ChatEvent.Text(String chunk) -> say(stops.accept(chunk));
            case ChatEvent.ToolCall(String expression) -> add(new Part.Python(expression));
            case ChatEvent.ToolResult(String result, boolean _) -> add(new Part.PythonOutput(result));
            case ChatEvent.Forgotten _,ChatEvent.Ended _ -> {
            }
        }
    }

    private void say(String certain) {
        if (!certain.isEmpty()) {
            text.append(certain);
            pieces.accept(certain);
        }
    }

    private void add(Part part) {
        say(stops.flush());
        if (!stops.stopped()) {
            closeText();
            parts.add(part);
        }
    }

    private void closeText() {
        if (closed < text.length()) {
            parts.add(new Part.Text(text.substring(closed)));
            closed = text.length();
        }
    }

    /// The message, when no more tokens come.
    AiMessage end(Sample.End reason) {
        if (!stops.stopped()) {
            reader.end(reason != Sample.End.CANCELLED);
            say(stops.flush());
        }
        closeText();
        boolean textOnly = parts.stream().allMatch(Part.Text.class::isInstance);
        AiMessage.Builder message = AiMessage.builder().text(text.toString());
        return (textOnly
                ? message
                : message.attributes(Map.of(EngineChatModel.PARTS, parts.stream().map(AnswerInProgress::shown).toList())))
                .build();
    }

    private static Map<String, String> shown(Part part) {
        return switch (part) {
            case Part.Text(String text) -> Map.of("type", "text", "text", text);
            case Part.Python(String expression) -> Map.of("type", "python", "text", expression);
            case Part.PythonOutput(String result) -> Map.of("type", "python_output", "text", result);
        };
    }

    /// The number of tokens so far.
    int tokens() {
        return tokens;
    }

    /// How many tokens of the prompt need not be read.
    int reusedTokens() {
        return reusedTokens;
    }

    /// Whether a stop string has come.
    boolean isStopped() {
        return stops.stopped();
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }
}
