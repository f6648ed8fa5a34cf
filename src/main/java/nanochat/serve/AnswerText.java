package nanochat.serve;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.chat.AnswerReader;
import nanochat.chat.ChatEvent;
import nanochat.chat.StopStrings;
import nanochat.conversation.Part;
import nanochat.engine.TokenLikelihood;
import nanochat.tokenizer.Tokenizer;

/// Makes of the tokens of one answer the pieces that a client gets: whole characters, nothing of a stop string and nothing after it, the
/// calculator's calls beside the text. For one thread.
final class AnswerText {
    private final int choice;
    private final AnswerReader reader;
    private final StopStrings stops;
    private final StringBuilder text = new StringBuilder();
    private final List<Part> parts = new ArrayList<>();
    /// Tokens whose text is not out yet.
    private final ArrayDeque<PlacedToken> held = new ArrayDeque<>();
    /// Code points of the text that the reader has told, and that are out.
    private int told;
    private int released;
    private int tokens;

    AnswerText(int choice, Tokenizer tokenizer, List<String> stops) {
        this.choice = choice;
        this.stops = new StopStrings(stops);
        this.reader = new AnswerReader(tokenizer, this::take);
    }

    /// Takes a token; nothing comes of it while its text is held back.
    Optional<AnswerEvent.Piece> accept(int token, boolean sampled, Optional<TokenLikelihood> likelihood) {
        tokens++;
        likelihood.ifPresent(known -> held.add(new PlacedToken(known, told)));
        reader.accept(token, sampled);
        return piece(false);
    }

    /// Takes the token that ended the answer, which has no text.
    void acceptEnd(Optional<TokenLikelihood> likelihood) {
        tokens++;
        likelihood.ifPresent(known -> held.add(new PlacedToken(known, told)));
    }

    /// What is left when no more tokens come.
    Optional<AnswerEvent.Piece> end() {
        if (!stopped()) {
            reader.end(true);
            release(stops.flush());
        }
        return piece(!stopped());
    }

    /// Whether a stop string has come: then no more tokens are needed.
    boolean stopped() {
        return stops.stopped();
    }

    /// The number of tokens so far.
    int tokens() {
        return tokens;
    }

    private void take(ChatEvent event) {
        switch (event) {
            case ChatEvent.Text(String chunk) -> {
                told += chunk.codePointCount(0, chunk.length());
                release(stops.accept(chunk));
            }
            case ChatEvent.ToolCall(String expression) -> tool(new Part.Python(expression));
            case ChatEvent.ToolResult(String result, boolean _) -> tool(new Part.PythonOutput(result));
            case ChatEvent.Forgotten _,ChatEvent.Ended _ -> {
            }
        }
    }

    private void tool(Part part) {
        release(stops.flush());
        if (!stopped()) {
            parts.add(part);
        }
    }

    private void release(String certain) {
        text.append(certain);
        released += certain.codePointCount(0, certain.length());
    }

    private Optional<AnswerEvent.Piece> piece(boolean all) {
        List<PlacedToken> out = new ArrayList<>();
        while (!held.isEmpty() && (all || held.element().offset() < released)) {
            out.add(held.remove());
        }
        if (text.isEmpty() && parts.isEmpty() && out.isEmpty()) {
            return Optional.empty();
        }
        AnswerEvent.Piece piece = new AnswerEvent.Piece(choice, text.toString(), List.copyOf(parts), out);
        text.setLength(0);
        parts.clear();
        return Optional.of(piece);
    }
}
