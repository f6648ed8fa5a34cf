package nanochat.engine;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import nanochat.engine.Sample.End;
import nanochat.engine.kernel.Rows;
import nanochat.engine.tool.ToolUse;

/// A sample under way, one row of the batch: its sequence, its own stream of draws, its tool.
final class GrowingSample {
    private final Sequence sequence;
    private final Consumer<Sequence> disposal;
    private final Sampler sampler;
    private final Optional<ToolUse> tool;
    private final Generation request;
    private final int[] stops;
    private final int[] tokens;
    private final boolean[] sampled;
    private int length;
    private int next;
    private boolean nextSampled;
    private boolean advanced;
    // Of a request that is traced, else empty; those of the next token, chosen and not yet taken, stand behind those of the tokens.
    private final float[] logProbabilities;
    private final float[] entropies;
    private OptionalInt endedBy = OptionalInt.empty();
    private Rows promptLogits;
    private Optional<End> end = Optional.empty();
    private boolean released;
    private Optional<TokenLikelihood> likelihood = Optional.empty();

    /// @param disposal what becomes of the sequence when the row has ended
    /// @param promptLogits the first token is drawn from its first row
    GrowingSample(Sequence sequence, Consumer<Sequence> disposal, Rows promptLogits, Sampler sampler, Optional<ToolUse> tool,
            Generation request) {
        this.sequence = sequence;
        this.disposal = disposal;
        this.promptLogits = promptLogits;
        this.sampler = sampler;
        this.tool = tool;
        this.request = request;
        this.stops = request.stopTokens().stream().mapToInt(Integer::intValue).toArray();
        int capacity = Math.min(request.maximumTokens(), sequence.room() + 1);
        this.tokens = new int[capacity];
        this.sampled = new boolean[capacity];
        this.logProbabilities = new float[request.traced() ? capacity : 0];
        this.entropies = new float[request.traced() ? capacity : 0];
    }

    /// Chooses the next token: the forced one, if any, else one drawn from row `logitsRow`. Touches nothing that other rows use.
    void choose(Rows logits, int logitsRow) {
        OptionalInt forced = tool.map(ToolUse::nextForced).orElse(OptionalInt.empty());
        nextSampled = forced.isEmpty();
        next = nextSampled ? sampler.sample(logits, logitsRow) : forced.getAsInt();
        if (nextSampled && request.traced()) {
            logProbabilities[length] = logits.logProbability(logitsRow, next);
            entropies[length] = logits.entropy(logitsRow);
        }
        if (request.likelihoods() != Generation.Likelihoods.NONE) {
            likelihood = Optional.of(TokenLikelihood.of(logits, logitsRow, next));
        }
    }

    void chooseFirst() {
        choose(promptLogits, 0);
        promptLogits = Rows.NONE;
    }

    /// Takes the chosen token, or ends.
    void take() {
        advanced = false;
        if (nextSampled && isStop(next)) {
            endedBy = OptionalInt.of(next);
            end(End.STOPPED);
            return;
        }
        tokens[length] = next;
        sampled[length++] = nextSampled;
        advanced = true;
        tool.ifPresent(calculator -> calculator.accept(next));
        if (length == request.maximumTokens()) {
            end(End.LENGTH);
        } else if (length == tokens.length) { // the sequence may hold guesses besides
            end(End.CONTEXT_FULL);
        }
    }

    private boolean isStop(int token) {
        for (int stop : stops) {
            if (stop == token) {
                return true;
            }
        }
        return false;
    }

    void end(End reason) {
        end = Optional.of(reason);
    }

    boolean hasEnded() {
        return end.isPresent();
    }

    Optional<End> reasonOfEnd() {
        return end;
    }

    /// Of the token that the last [#take] took, or that it ended by.
    Optional<TokenLikelihood> newestLikelihood() {
        return likelihood;
    }

    /// No step has told anything yet that the next one would tell again.
    void forgetNewest() {
        advanced = false;
        likelihood = Optional.empty();
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

    /// How many more tokens it may take.
    int room() {
        return tokens.length - length;
    }

    int lastToken() {
        return tokens[length - 1];
    }

    /// Disposes of its sequence, once.
    void release() {
        if (!released) {
            released = true;
            disposal.accept(sequence);
        }
    }

    Sample sample() {
        int traced = length + (endedBy.isPresent() ? 1 : 0);
        Optional<Sample.Trace> trace = request.traced()
                ? Optional.of(new Sample.Trace(endedBy, Arrays.copyOf(logProbabilities, traced), Arrays.copyOf(entropies, traced)))
                : Optional.empty();
        return new Sample(Arrays.copyOf(tokens, length), Arrays.copyOf(sampled, length), end.orElse(End.CANCELLED), trace);
    }
}
