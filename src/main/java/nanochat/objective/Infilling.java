package nanochat.objective;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.model.Gpt;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// Fills the blanks of a text by a model that was trained on hidden tokens: one pass over the whole text a step, without a cache, for what
/// every position computes hangs on all others (docs/objectives.md#filling-blanks). Not for several threads.
public final class Infilling {
    private final Gpt gpt;
    private final Tape tape;
    private final int vocabulary;
    private final int longest;
    private final Tensor ids;
    /// For as many positions as were asked for together so far.
    private Tensor logits;

    /// How blanks are filled.
    ///
    /// @param steps passes at most; each fills an equal share of the blanks, and what it fills stays
    /// @param order which blanks a step fills
    /// @param temperature 0: always the likeliest token
    /// @param seed of what is drawn
    public record Manner(int steps, Order order, double temperature, long seed) {
        public Manner {
            if (steps < 1 || !(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(steps + " steps at temperature " + temperature);
            }
        }
    }

    /// Which blanks are filled first.
    public enum Order {
        /// Those of which the model is surest; the others are hidden again and seen anew by the next step (low-confidence remasking).
        SUREST,
        /// Any: one at a time, at temperature 1, this draws a text with the probability that the model gives to it.
        RANDOM
    }

    /// @param parameters of a model with a mask behind its tokenizer's tokens
    /// @param compute the type of matrix products
    /// @param longest text in tokens
    public Infilling(GptParameters parameters, DType compute, int longest) {
        gpt = new Gpt(parameters, longest);
        tape = new Tape(parameters.backend(), compute);
        vocabulary = parameters.config().vocabularySize() - 1;
        this.longest = longest;
        ids = parameters.backend().allocate(DType.I32, longest);
        logits = parameters.backend().allocate(DType.F32, 1, vocabulary);
    }

    /// The id that stands for a blank.
    public int mask() {
        return vocabulary;
    }

    /// The text with its blanks filled.
    ///
    /// @param text with [#mask()] where a token is missing
    /// @throws BadInputException when it is too long
    public int[] fill(int[] text, Manner manner) {
        return fill(text, mask(), manner, new SplittableRandom(manner.seed), this::logProbabilities);
    }

    /// What a model makes of a text with blanks.
    @FunctionalInterface
    interface Opinions {
        /// @return of every token at the positions from..to-1, the logarithm of its probability
        double[][] logProbabilities(int[] text, int from, int to);
    }

    /// Fills the blanks of a text.
    ///
    /// @param mask the id that stands for a blank
    static int[] fill(int[] text, int mask, Manner manner, SplittableRandom random, Opinions model) {
        int[] filled = text.clone();
        int[] blanks = blanks(filled, mask);
        for (int left = manner.steps; blanks.length > 0; left--) {
            Guess[] guesses = guesses(filled, blanks, manner.temperature, random, model);
            int count = Math.ceilDiv(blanks.length, Math.max(1, left));
            choose(guesses, count, manner.order, random);
            for (int i = 0; i < count; i++) {
                filled[guesses[i].position] = guesses[i].token;
            }
            blanks = blanks(filled, mask);
        }
        return filled;
    }

    /// The sum of the logarithms of the probabilities of some tokens, each hidden alone (arXiv 1910.14659): how well they fit where they stand. It is
    /// not the logarithm of a probability of them together.
    ///
    /// @param text without blanks
    /// @param from its first token that counts, at least 1
    /// @param to the token after the last one
    public double pseudoLogLikelihood(int[] text, int from, int to) {
        double sum = 0;
        int[] hidden = text.clone();
        for (int i = from; i < to; i++) {
            hidden[i] = mask();
            sum += logProbabilities(hidden, i, i + 1)[0][text[i]];
            hidden[i] = text[i];
        }
        return sum;
    }

    private static int[] blanks(int[] text, int mask) {
        return IntStream.range(0, text.length).filter(i -> text[i] == mask).toArray();
    }

    /// What a blank could hold, and how sure that is.
    private record Guess(int position, int token, double logProbability) {}

    private static Guess[] guesses(int[] text, int[] blanks, double temperature, SplittableRandom random, Opinions model) {
        int first = blanks[0];
        double[][] all = model.logProbabilities(text, first, blanks[blanks.length - 1] + 1);
        return Arrays.stream(blanks).mapToObj(blank -> {
            double[] logProbabilities = all[blank - first];
            int token = chosen(logProbabilities, temperature, random);
            return new Guess(blank, token, logProbabilities[token]);
        }).toArray(Guess[]::new);
    }

    /// Moves those that stay to the front.
    private static void choose(Guess[] guesses, int count, Order order, SplittableRandom random) {
        switch (order) {
            case SUREST -> Arrays.sort(guesses, Comparator.comparingDouble(Guess::logProbability).reversed());
            case RANDOM -> {
                int[] chosen = IntStream.range(0, guesses.length).toArray();
                Draws.select(chosen, count, random);
                Guess[] before = guesses.clone();
                for (int i = 0; i < guesses.length; i++) {
                    guesses[i] = before[chosen[i]];
                }
            }
        }
    }

    /// Of every token at the positions from..to-1.
    double[][] logProbabilities(int[] text, int from, int to) {
        if (text.length > longest) {
            throw new BadInputException("The text has " + text.length + " tokens, blanks included; at most " + longest + " are possible");
        }
        Backend backend = tape.backend();
        int count = to - from;
        if (logits.rows() < count) {
            logits = backend.allocate(DType.F32, Math.max(count, Math.min(2 * logits.rows(), longest)), vocabulary);
        }
        Tensor own = logits.rows(0, count);
        Tensor read = ForwardPass.first(ids, text.length);
        backend.write(read, text);
        Variable x = gpt.hidden(tape, read, 1, text.length, _ -> new Visibility.BothDirections());
        backend.logits(own, x.value().rows(from, count), gpt.parameters().lmHead().compute());
        tape.clear();
        float[] values = backend.read(own);
        return IntStream.range(0, count).mapToObj(row -> logSoftmax(values, row * vocabulary, vocabulary)).toArray(double[][]::new);
    }

    /// @param first where a row of `vocabulary` logits begins
    static double[] logSoftmax(float[] values, int first, int vocabulary) {
        double[] row = IntStream.range(0, vocabulary).mapToDouble(token -> values[first + token]).toArray();
        double largest = Arrays.stream(row).max().orElseThrow();
        double logSum = largest + Math.log(Arrays.stream(row).map(logit -> Math.exp(logit - largest)).sum());
        return Arrays.stream(row).map(logit -> logit - logSum).toArray();
    }

    /// The likeliest token at temperature 0, else one that is drawn.
    static int chosen(double[] logProbabilities, double temperature, SplittableRandom random) {
        return temperature == 0 ? likeliest(logProbabilities) : drawn(logProbabilities, temperature, random);
    }

    private static int likeliest(double[] logProbabilities) {
        return IntStream.range(0, logProbabilities.length).reduce((best, i) -> logProbabilities[i] > logProbabilities[best] ? i : best)
                .orElseThrow();
    }

    private static int drawn(double[] logProbabilities, double temperature, SplittableRandom random) {
        double largest = Arrays.stream(logProbabilities).max().orElseThrow();
        double[] weights = Arrays.stream(logProbabilities).map(value -> Math.exp((value - largest) / temperature)).toArray();
        double left = random.nextDouble() * Arrays.stream(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            left -= weights[i];
            if (left < 0) {
                return i;
            }
        }
        return likeliest(logProbabilities);
    }
}
