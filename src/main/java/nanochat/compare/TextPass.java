package nanochat.compare;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.checkpoint.TrainedModel;
import nanochat.model.Gpt;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;

/// Sends texts of one length through a model, whole, and says what it made of them: how likely some tokens are at some places, or what its last layer
/// holds. Not for several threads.
final class TextPass {
    /// Positions whose logits are in memory together.
    private static final int CHUNK = 128;
    /// Positions of a pass; more texts go in several.
    private static final int MOST_POSITIONS = 2048;

    private final Gpt gpt;
    private final Tape tape;
    private final int vocabulary;
    private final int longest;
    private final Tensor ids;
    private final Tensor logits;

    /// A question to a pass: how likely is a token where the model has read up to a place?
    ///
    /// @param row of the texts
    /// @param position whose output is asked
    record Ask(int row, int position, int token) {}

    /// @param longest text in tokens
    TextPass(TrainedModel model, DType compute, int longest) {
        if (longest > MOST_POSITIONS) {
            throw new IllegalArgumentException("texts of " + longest + " tokens");
        }
        this.longest = longest;
        Backend backend = model.gpt().parameters().backend();
        gpt = new Gpt(model.gpt().parameters(), longest);
        tape = new Tape(backend, compute);
        vocabulary = model.tokenizer().vocabularySize();
        ids = backend.allocate(DType.I32, MOST_POSITIONS);
        logits = backend.allocate(DType.F32, CHUNK, vocabulary);
    }

    /// The most tokens of a text.
    int longest() {
        return longest;
    }

    /// What each layer sees of a text that is read from left to right, as the model was built.
    IntFunction<Visibility> leftToRight() {
        return layer -> new Visibility.Causal(gpt.config().window(layer));
    }

    /// The logarithm of the probability of each token that is asked for, among the tokenizer's.
    ///
    /// @param texts of one length
    /// @param sight what each layer sees, in every row the same
    double[] logProbabilities(List<int[]> texts, IntFunction<Visibility> sight, List<Ask> asks) {
        double[] result = new double[asks.size()];
        int length = texts.getFirst().length;
        int rowsAPass = Math.max(1, MOST_POSITIONS / length);
        for (int from = 0; from < texts.size(); from += rowsAPass) {
            int to = Math.min(texts.size(), from + rowsAPass);
            Variable x = hidden(texts.subList(from, to), length, sight);
            int first = from;
            int[] own = IntStream.range(0, asks.size()).filter(i -> asks.get(i).row >= first && asks.get(i).row < to).toArray();
            fill(result, own, asks, x.value(), first, length);
            tape.clear();
        }
        return result;
    }

    /// What the last layer holds, in the mean over the tokens of each text.
    ///
    /// @param texts of one length
    /// @return C numbers a text
    double[][] meanHidden(List<int[]> texts, IntFunction<Visibility> sight) {
        int length = texts.getFirst().length;
        int width = gpt.config().embedding();
        int rowsAPass = Math.max(1, MOST_POSITIONS / length);
        return IntStream.iterate(0, from -> from < texts.size(), from -> from + rowsAPass).boxed().flatMap(from -> {
            List<int[]> some = texts.subList(from, Math.min(texts.size(), from + rowsAPass));
            float[] values = tape.backend().read(hidden(some, length, sight).value());
            tape.clear();
            return IntStream.range(0, some.size()).mapToObj(row -> mean(values, row * length * width, length, width));
        }).toArray(double[][]::new);
    }

    private static double[] mean(float[] values, int first, int count, int width) {
        double[] mean = new double[width];
        for (int i = 0; i < count * width; i++) {
            mean[i % width] += values[first + i] / (double) count;
        }
        return mean;
    }

    private Variable hidden(List<int[]> texts, int length, IntFunction<Visibility> sight) {
        if (length > longest || texts.stream().anyMatch(text -> text.length != length)) {
            throw new IllegalArgumentException("texts of one length, at most " + longest + ": " + texts.stream().map(
                    text -> text.length).toList());
        }
        Tensor read = first(ids, texts.size() * length);
        tape.backend().write(read, texts.stream().flatMapToInt(Arrays::stream).toArray());
        return gpt.hidden(tape, read, texts.size(), length, sight);
    }

    private void fill(double[] result, int[] own, List<Ask> asks, Tensor x, int firstRow, int length) {
        int positions = x.rows();
        for (int from = 0; from < positions; from += CHUNK) {
            int begin = from;
            int end = Math.min(positions, from + CHUNK);
            int[] here = Arrays.stream(own).filter(i -> {
                int at = (asks.get(i).row - firstRow) * length + asks.get(i).position;
                return at >= begin && at < end;
            }).toArray();
            if (here.length == 0) {
                continue;
            }
            Tensor some = rows(logits, 0, end - begin);
            tape.backend().logits(some, rows(x, begin, end - begin), gpt.parameters().lmHead().compute());
            float[] values = tape.backend().read(some);
            for (int i : here) {
                Ask ask = asks.get(i);
                int row = (ask.row - firstRow) * length + ask.position - begin;
                result[i] = logProbability(values, row * vocabulary, ask.token);
            }
        }
    }

    private double logProbability(float[] values, int first, int token) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < vocabulary; i++) {
            largest = Math.max(largest, values[first + i]);
        }
        double sum = 0;
        for (int i = 0; i < vocabulary; i++) {
            sum += Math.exp(values[first + i] - largest);
        }
        return values[first + token] - largest - Math.log(sum);
    }

    private static Tensor rows(Tensor matrix, int from, int count) {
        long rowBytes = (long) matrix.columns() * matrix.dtype().bytes();
        return new Tensor(matrix.dtype(), matrix.memory().slice(from * rowBytes, count * rowBytes), count, matrix.columns());
    }

    private static Tensor first(Tensor vector, int count) {
        return new Tensor(vector.dtype(), vector.memory().slice(0, (long) count * vector.dtype().bytes()), count);
    }

    /// As many copies of a text.
    static List<int[]> copies(int[] text, int count) {
        return Stream.generate(text::clone).limit(count).toList();
    }
}
