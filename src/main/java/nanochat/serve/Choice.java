package nanochat.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.conversation.Part;

/// One answer of an order, gathered from its events.
final class Choice {
    private final StringBuilder text = new StringBuilder();
    private final List<Part> parts = new ArrayList<>();
    private final List<PlacedToken> tokens = new ArrayList<>();
    private Optional<FinishReason> reason = Optional.empty();
    private int generated;

    void add(AnswerEvent.Piece piece) {
        text.append(piece.text());
        if (!piece.text().isEmpty()) {
            if (!parts.isEmpty() && parts.getLast() instanceof Part.Text(String before)) {
                parts.set(parts.size() - 1, new Part.Text(before + piece.text()));
            } else {
                parts.add(new Part.Text(piece.text()));
            }
        }
        parts.addAll(piece.parts());
        tokens.addAll(piece.tokens());
    }

    void finish(AnswerEvent.Finished end) {
        reason = Optional.of(end.reason());
        generated = end.tokens();
    }

    boolean isFinished() {
        return reason.isPresent();
    }

    FinishReason reason() {
        return reason.orElseThrow();
    }

    int generated() {
        return generated;
    }

    String text() {
        return text.toString();
    }

    /// Text, calls and results, in order.
    List<Part> parts() {
        return parts;
    }

    List<PlacedToken> tokens() {
        return tokens;
    }
}
