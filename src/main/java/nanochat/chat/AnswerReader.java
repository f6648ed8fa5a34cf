package nanochat.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.StreamingDecoder;
import nanochat.tokenizer.TokenList;
import nanochat.tokenizer.Tokenizer;

/// Turns the tokens of one answer, as they come, into events and at the end into a message.
///
/// Between python_start and python_end stands a call, between output_start and output_end a result, everywhere else text. A special token
/// that makes no sense where it stands is passed over.
public final class AnswerReader {
    /// Tokens that cannot stand in an answer: each of them ends it, so that a model never speaks for the user.
    private static final Set<SpecialToken> END = Set.of(SpecialToken.BOS, SpecialToken.USER_START, SpecialToken.USER_END,
            SpecialToken.ASSISTANT_START, SpecialToken.ASSISTANT_END);

    private enum Place {
        TEXT, CALL, RESULT
    }

    private final Tokenizer tokenizer;
    private final ChatListener listener;
    private final StreamingDecoder decoder;
    private final int callStart;
    private final int callEnd;
    private final int resultStart;
    private final int resultEnd;

    private final TokenList tokens = new TokenList();
    /// How many of them there were when a call or a result was last not under way.
    private int closedLength;
    private final List<Part> parts = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final TokenList inside = new TokenList();
    private Place place = Place.TEXT;
    private boolean computed;

    /// @param listener is told text, calls and results
    public AnswerReader(Tokenizer tokenizer, ChatListener listener) {
        this.tokenizer = tokenizer;
        this.listener = listener;
        this.decoder = tokenizer.streamingDecoder();
        this.callStart = tokenizer.id(SpecialToken.PYTHON_START);
        this.callEnd = tokenizer.id(SpecialToken.PYTHON_END);
        this.resultStart = tokenizer.id(SpecialToken.OUTPUT_START);
        this.resultEnd = tokenizer.id(SpecialToken.OUTPUT_END);
    }

    /// The ids that end an answer.
    public static Set<Integer> stopTokens(Tokenizer tokenizer) {
        return END.stream().map(tokenizer::id).collect(Collectors.toUnmodifiableSet());
    }

    /// Takes the next token.
    ///
    /// @param sampled whether the model chose it; false where the calculator forced it
    public void accept(int token, boolean sampled) {
        tokens.accept(token);
        if (tokenizer.isSpecial(token)) {
            special(token, sampled);
        } else if (place == Place.TEXT) {
            say(decoder.append(token));
        } else {
            inside.accept(token);
        }
        if (place == Place.TEXT) {
            closedLength = tokens.size();
        }
    }

    private void special(int token, boolean sampled) {
        if (token == callStart) {
            open(Place.CALL);
        } else if (token == callEnd && place == Place.CALL) {
            String expression = close();
            parts.add(new Part.Python(expression));
            listener.accept(new ChatEvent.ToolCall(expression));
        } else if (token == resultStart && place == Place.TEXT) {
            open(Place.RESULT);
            computed = !sampled;
        } else if (token == resultEnd && place == Place.RESULT) {
            String result = close();
            parts.add(new Part.PythonOutput(result));
            listener.accept(new ChatEvent.ToolResult(result, computed));
        }
    }

    private void open(Place next) {
        say(decoder.flush());
        endText();
        inside.clear();
        place = next;
    }

    /// Leaves a call or a result and returns what stands in it.
    private String close() {
        place = Place.TEXT;
        return tokenizer.decode(inside.toArray());
    }

    private void say(String chunk) {
        if (!chunk.isEmpty()) {
            text.append(chunk);
            listener.accept(new ChatEvent.Text(chunk));
        }
    }

    private void endText() {
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text.toString()));
            text.setLength(0);
        }
    }

    /// The number of tokens so far.
    int length() {
        return tokens.size();
    }

    /// The answer, when no more tokens come. Of a call, a result or a character that was interrupted nothing remains.
    ///
    /// @param complete whether the model itself came to an end
    public Answer end(boolean complete) {
        if (complete) {
            say(decoder.flush());
        }
        endText();
        return new Answer(new Message.Assistant(parts), Arrays.copyOf(tokens.toArray(), closedLength));
    }
}
