package nanochat.engine;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import nanochat.engine.Sample.End;
import nanochat.engine.kernel.Rows;
import nanochat.engine.tool.ToolUse;

/// A sample under way, one row of the batch: its sequence, its own stream of draws, its tool.
final class GrowingSample {
    private final Sequence sequence;
    private final boolean keepsSequence;
    private final Sampler sampler;
    private final Optional<ToolUse> tool;
    private final Generation request;
    private final int[] tokens;
    private final boolean[] sampled;
    private int length;
    private int next;
    private boolean nextSampled;
    private boolean advanced;
    private Rows promptLogits;
    private Optional<End> end = Optional.empty();

    /// @param keepsSequence whether the sequence is somebody else's, who wants it when the row has ended
    /// @param promptLogits the first token is drawn from its first row
    GrowingSample(Sequence sequence, boolean keepsSequence, Rows promptLogits, Sampler sampler, Optional<ToolUse> tool,
            Generation request) {
        this.sequence = sequence;
        this.keepsSequence = keepsSequence;
        this.promptLogits = promptLogits;
        this.sampler = sampler;
        this.tool = tool;
        this.request = request;
        int capacity = Math.min(request.maximumTokens(), sequence.room() + 1);
        this.tokens = new int[capacity];
        this.sampled = new boolean[capacity];
    }

    /// Chooses the next token: the forced one, if any, else one drawn from row `logitsRow`. Touches nothing that other rows use.
    void choose(Rows logits, int logitsRow) {
        OptionalInt forced = tool.map(ToolUse::nextForced).orElse(OptionalInt.empty());
        nextSampled = forced.isEmpty();
        next = nextSampled ? sampler.sample(logits, logitsRow) : forced.getAsInt();
    }

    void chooseFirst() {
        choose(promptLogits, 0);
        promptLogits = Rows.NONE;
    }

    /// Takes the chosen token, or ends.
    void take() {
        advanced = false;
        if (nextSampled && request.stopTokens().contains(next)) {
            end(End.STOPPED);
            return;
        }
        tokens[length] = next;
        sampled[length++] = nextSampled;
        advanced = true;
        tool.ifPresent(calculator -> calculator.accept(next));
        if (length == request.maximumTokens()) {
            end(End.LENGTH);
        } else if (sequence.room() == 0) {
            end(End.CONTEXT_FULL);
        }
    }

    void end(End reason) {
        end = Optional.of(reason);
    }

    boolean hasEnded() {
        return end.isPresent();
    }

    Sequence sequence() {
        return sequence;
    }

    /// The token taken by the last [#take], or [ColumnListener.Column#ENDED].
    int newestToken() {
        return advanced ? lastToken() : ColumnListener.Column.ENDED;
    }

    boolean newestIsSampled() {
        return advanced && sampled[length - 1];
    }

    int lastToken() {
        return tokens[length - 1];
    }

    void release() {
        if (!keepsSequence) {
            sequence.release();
        }
    }

    Sample sample() {
        return new Sample(Arrays.copyOf(tokens, length), Arrays.copyOf(sampled, length), end.orElse(End.CANCELLED));
    }
}
