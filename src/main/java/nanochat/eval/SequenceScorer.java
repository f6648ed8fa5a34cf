package nanochat.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import nanochat.engine.InferenceGpt;
import nanochat.engine.KvCache;
import nanochat.engine.kernel.Rows;

/// How likely a model finds given tokens, for many sequences at once. Results come in the caller's order.
///
/// A pass of the engine takes tokens of any sequences as rows of one matrix, without padding, so passes are always full, whatever the lengths. What
/// several sequences begin with (the few-shot examples before the options of a question) is computed once, see [PrefixTree]; so
/// the sequences of one call that have a beginning in common should be given together. Logits are computed only where they are asked for.
///
/// Memory: one pass, and the keys and values of the sequences under way, of which a pass takes at most [#SEQUENCES_A_PASS]; this does not grow with the
/// number of sequences. For one caller at a time.
public final class SequenceScorer implements AutoCloseable {
    /// A sequence that branches off another copies a page of each layer's keys and values: this bounds the memory for them.
    static final int SEQUENCES_A_PASS = 32;

    private final InferenceGpt gpt;
    private final KvCache cache;
    private final int tokensPerPass;
    private long tokensComputed;

    /// What is asked about a sequence: how likely its tokens from index `from` on are, each after those before it.
    ///
    /// @param from at least 1: nothing precedes the first token
    public record Continuation(int[] tokens, int from) {
        public Continuation {
            if (from < 1 || from > tokens.length) {
                throw new IllegalArgumentException("tokens from " + from + " on of " + tokens.length + " cannot be scored");
            }
        }
    }

    /// How likely the tokens of a continuation are.
    ///
    /// @param losses of each in nats
    /// @param likeliest whether each was the model's first choice
    public record TokenScores(float[] losses, boolean[] likeliest) {
        /// NaN where there was no token.
        public double meanLoss() {
            double sum = 0;
            for (float loss : losses) {
                sum += loss;
            }
            return sum / losses.length;
        }

        /// Whether greedy decoding would have given exactly this continuation.
        public boolean allLikeliest() {
            for (boolean each : likeliest) {
                if (!each) {
                    return false;
                }
            }
            return true;
        }
    }

    /// A prompt and some of the tokens that might follow.
    public record Choice(int[] prompt, int[] candidates) {
        public Choice {
            if (prompt.length == 0) {
                throw new IllegalArgumentException("nothing follows an empty prompt");
            }
        }
    }

    private interface Consumer {
        void accept(int sequence, int index, Rows logits, int row);
    }

    /// @param gpt stays open when this is closed
    public SequenceScorer(InferenceGpt gpt) {
        this(gpt, InferenceGpt.MAXIMUM_TOKENS);
    }

    SequenceScorer(InferenceGpt gpt, int tokensPerPass) {
        this.gpt = gpt;
        this.cache = gpt.newCache();
        this.tokensPerPass = tokensPerPass;
    }

    /// The most tokens of a sequence.
    public int maximumLength() {
        return cache.maximumLength();
    }

    /// Tokens that went through the model so far: with common beginnings counted once, and without the last token of a continuation.
    public long tokensComputed() {
        return tokensComputed;
    }

    /// Bytes of keys and values allocated.
    public long cacheBytes() {
        return cache.bytes();
    }

    /// The scores of every continuation.
    public List<TokenScores> scores(List<Continuation> continuations) {
        int[][] tokens = new int[continuations.size()][];
        int[] firstLogits = new int[tokens.length];
        TokenScores[] scores = new TokenScores[tokens.length];
        for (int i = 0; i < tokens.length; i++) {
            Continuation continuation = continuations.get(i);
            int count = continuation.tokens.length - continuation.from;
            scores[i] = new TokenScores(new float[count], new boolean[count]);
            // the last token is only predicted; where none is asked for, none need be read
            tokens[i] = Arrays.copyOf(continuation.tokens, count == 0 ? 0 : continuation.tokens.length - 1);
            firstLogits[i] = continuation.from - 1;
        }
        run(tokens, firstLogits, (sequence, index, logits, row) -> {
            Continuation continuation = continuations.get(sequence);
            int target = continuation.tokens[index + 1];
            int at = index + 1 - continuation.from;
            scores[sequence].losses[at] = -logits.logProbability(row, target);
            scores[sequence].likeliest[at] = logits.argmax(row) == target;
        });
        return List.of(scores);
    }

    /// For every choice the logits of its candidates after its prompt, in the candidates' order.
    public List<float[]> logits(List<Choice> choices) {
        int[][] prompts = new int[choices.size()][];
        int[] firstLogits = new int[prompts.length];
        float[][] results = new float[prompts.length][];
        for (int i = 0; i < prompts.length; i++) {
            prompts[i] = choices.get(i).prompt;
            firstLogits[i] = prompts[i].length - 1;
            results[i] = new float[choices.get(i).candidates.length];
        }
        run(prompts, firstLogits, (sequence, index, logits, row) -> {
            int[] candidates = choices.get(sequence).candidates;
            for (int i = 0; i < candidates.length; i++) {
                results[sequence][i] = logits.get(row, candidates[i]);
            }
        });
        return List.of(results);
    }

    /// Runs all sequences, and shows the logits after each token from index `firstLogits` on.
    private void run(int[][] sequences, int[] firstLogits, Consumer consumer) {
        for (int[] tokens : sequences) {
            if (tokens.length > cache.maximumLength()) {
                throw new IllegalArgumentException("a sequence of " + tokens.length + " tokens for at most " + cache.maximumLength());
            }
        }
        // The deepest branches come first, so that few beginnings wait for their ends.
        List<PrefixTree.Node> ready = new ArrayList<>(PrefixTree.roots(sequences, firstLogits).reversed());
        while (!ready.isEmpty()) {
            runPass(ready, consumer);
        }
    }

    /// Takes as many tokens from the end of `ready` as a pass holds, and puts back what goes on.
    private void runPass(List<PrefixTree.Node> ready, Consumer consumer) {
        List<InferenceGpt.Stretch> stretches = new ArrayList<>();
        List<PrefixTree.Node> nodes = new ArrayList<>();
        int room = tokensPerPass;
        while (room > 0 && !ready.isEmpty() && nodes.size() < SEQUENCES_A_PASS) {
            PrefixTree.Node node = ready.removeLast();
            InferenceGpt.Stretch stretch = node.next(room, cache);
            room -= stretch.to() - stretch.from();
            stretches.add(stretch);
            nodes.add(node);
        }
        gpt.score(stretches, (stretch, index, logits, row) -> consumer.accept(nodes.get(stretch).sequence(), index, logits, row));
        tokensComputed += tokensPerPass - room;
        for (PrefixTree.Node node : nodes.reversed()) {
            if (node.unfinished()) {
                ready.add(node);
            } else {
                ready.addAll(node.finish());
            }
        }
    }

    /// Returns the memory of the keys and values.
    @Override
    public void close() {
        cache.close();
    }
}
