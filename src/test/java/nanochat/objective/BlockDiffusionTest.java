package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import nanochat.data.Batch;
import nanochat.io.BadInputException;
import nanochat.model.Flops;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tensor;
import nanochat.tensor.Variable;
import nanochat.tensor.Visibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Diffusion in blocks. Oracles: the formula block by block, each in a pass of its own behind the whole text before it, on the reference backend;
/// central differences; diffusion of whole rows, which is one block.
class BlockDiffusionTest {
    private static final int ROWS = 2;
    private static final int LENGTH = 12;
    private static final int SIZE = 4;
    private static final int MASK = TextModel.VOCABULARY;

    static LongStream seeds() {
        return RandomValues.seeds(2);
    }

    /// Of every token, the logarithm of its probability at each position of a text whose last block may have blanks; the blocks before see no blank.
    private static double[][] logProbabilities(TextModel model, int[] text, int size) {
        Tensor ids = model.backend.allocate(DType.I32, text.length);
        model.backend.write(ids, text);
        GptConfig config = model.gpt.config();
        AttentionShape shape = new AttentionShape(1, text.length, config.heads(), config.kvHeads(), config.headSize(),
                new Visibility.Blocks(
                        size));
        Variable x = model.gpt.hidden(model.tape, new Gpt.Pass(ids, text.length, 0, size, _ -> (tape, q, k, v) -> tape.attention(q, k, v,
                shape)));
        Tensor logits = model.backend.allocate(DType.F32, text.length, MASK);
        model.backend.logits(logits, x.value(), model.parameters.lmHead().compute());
        model.tape.clear();
        float[] all = model.backend.read(logits);
        return IntStream.range(0, text.length).mapToObj(row -> Infilling.logSoftmax(all, row * MASK, MASK)).toArray(double[][]::new);
    }

    /// (1/L) sum over blocks of (L_b/l_b) sum over hidden i of -ln p(x_i | the block without its hidden tokens, the whole text before it).
    private static double plain(TextModel model, Batch text, Corrupted corrupted, int size) {
        double sum = 0;
        for (int row = 0; row < text.rows(); row++) {
            int begin = row * text.length();
            for (int first = 0; first < text.length(); first += size) {
                int[] read = Arrays.copyOfRange(text.inputs(), begin, begin + first + size);
                System.arraycopy(corrupted.question().inputs(), begin + first, read, first, size);
                double[][] known = logProbabilities(model, read, size);
                long tokens = IntStream.range(first, first + size).filter(i -> i > 0).count();
                int[] hidden = IntStream.range(first, first + size).filter(i -> read[i] == MASK).toArray();
                for (int i : hidden) {
                    sum -= (double) tokens / hidden.length * known[i][text.inputs()[begin + i]];
                }
            }
        }
        return sum / (text.rows() * (text.length() - 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 6})
    void theLossOfAStepIsItsFormula(int size) {
        ObjectiveChoice choice = new ObjectiveChoice.OfBlockDiffusion(size);
        Batch text = TextModel.text(size, ROWS, LENGTH);
        try (TextModel model = new TextModel(Device.CPU, choice, ROWS, LENGTH).drawn(3);
                TextModel reference = new TextModel(Device.REFERENCE, choice, ROWS, LENGTH).drawn(3)) {
            for (int step : new int[]{0, 5}) {
                Corrupted corrupted = choice.asked(text, MASK, 3, step, 0);
                assertThat(ObjectiveGradients.loss(model.objective(3), text, step)).isCloseTo(plain(reference, text, corrupted, size),
                        within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theGradientIsThatOfCentralDifferencesAndOfTheReference(long seed) {
        ObjectiveGradients.areThoseOfCentralDifferencesAndOfTheReference(new ObjectiveChoice.OfBlockDiffusion(SIZE), seed, ROWS, LENGTH,
                1e-4f);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void oneBlockIsDiffusionOfTheWholeRow(long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        ObjectiveChoice blocks = new ObjectiveChoice.OfBlockDiffusion(LENGTH);
        ObjectiveChoice whole = new ObjectiveChoice.OfDiffusion();
        try (TextModel model = new TextModel(Device.CPU, blocks, ROWS, LENGTH).drawn(seed);
                TextModel other = new TextModel(Device.CPU, whole, ROWS, LENGTH).drawn(seed)) {
            assertThat(ObjectiveGradients.loss(model.objective(seed), text, 4)).isCloseTo(ObjectiveGradients.loss(other.objective(seed),
                    text, 4), within(1e-5));
            Map<String, float[]> expected = other.takeGradients();
            model.takeGradients().forEach((name, values) -> assertThat(values).as(name).containsExactly(expected.get(name), within(1e-5f)));
            assertThat(model.objective(seed).losses(text)).containsExactly(other.objective(seed).losses(text), within(1e-4f));
        }
    }

    @Test
    void everyBlockHidesEveryNumberOfItsTokensAndWeighsByIt() {
        Batch text = TextModel.shortened(TextModel.text(5, ROWS, LENGTH), 6);
        int[][] times = new int[LENGTH / SIZE][SIZE + 1];
        int draws = 3000;
        for (int draw = 0; draw < draws; draw++) {
            Corrupted corrupted = new BlockAbsorption(MASK, SIZE).of(text, Draws.of(1, draw, 0));
            assertThat(corrupted.divisor()).isEqualTo(LENGTH - 1 + 5);
            for (int block = 0; block < LENGTH / SIZE; block++) {
                int first = block * SIZE;
                int hidden = (int) IntStream.range(first, first + SIZE).filter(i -> corrupted.question().inputs()[i] == MASK).count();
                times[block][hidden]++;
                int tokens = block == 0 ? SIZE - 1 : SIZE;
                for (int i = first; i < first + SIZE; i++) {
                    boolean asked = corrupted.question().inputs()[i] == MASK;
                    assertThat(corrupted.question().targets()[i]).isEqualTo(asked ? text.inputs()[i] : Batch.IGNORED);
                    assertThat(corrupted.importance()[i]).isEqualTo(asked ? (float) tokens / hidden : 0);
                    assertThat(corrupted.scored()[i]).isEqualTo(i == 0 ? Batch.IGNORED : text.inputs()[i]);
                }
            }
            for (int i = LENGTH + 6; i < 2 * LENGTH; i++) {
                assertThat(corrupted.question().targets()[i]).as("no text").isEqualTo(Batch.IGNORED);
            }
        }
        for (int block = 0; block < LENGTH / SIZE; block++) {
            int tokens = block == 0 ? SIZE - 1 : SIZE;
            for (int hidden = 1; hidden <= tokens; hidden++) {
                assertThat((double) times[block][hidden] / draws).isCloseTo(1.0 / tokens, within(0.04));
            }
        }
    }

    /// Oracle: passes over the whole text, without a cache, on the reference backend.
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 5, 9})
    void aTextIsContinuedBlockAfterBlockWithACache(int prompted) {
        ObjectiveChoice choice = new ObjectiveChoice.OfBlockDiffusion(SIZE);
        try (TextModel model = new TextModel(Device.CPU, choice, 1, LENGTH).drawn(3);
                TextModel reference = new TextModel(Device.REFERENCE, choice, 1, LENGTH).drawn(3)) {
            int[] text = Arrays.copyOf(TextModel.text(8, 1, LENGTH).inputs(), prompted);
            int[] expected = text;
            while (expected.length < 11) {
                int first = expected.length / SIZE * SIZE;
                int[] gapped = Arrays.copyOf(expected, first + SIZE);
                Arrays.fill(gapped, expected.length, first + SIZE, MASK);
                for (int left = first + SIZE - expected.length; left > 0; left--) {
                    double[][] known = logProbabilities(reference, gapped, SIZE);
                    int[] best = IntStream.range(first, first + SIZE).filter(i -> gapped[i] == MASK).boxed().flatMap(i -> IntStream.range(0,
                            MASK).mapToObj(token -> new int[]{i, token})).max((a, b) -> Double.compare(known[a[0]][a[1]],
                                    known[b[0]][b[1]]))
                            .orElseThrow();
                    gapped[best[0]] = best[1];
                }
                expected = gapped;
            }
            Infilling.Manner oneByOne = new Infilling.Manner(SIZE, Infilling.Order.SUREST, 0, 0);
            BlockContinuation continuation = new BlockContinuation(model.parameters, DType.F32, LENGTH, SIZE);
            int[] found = continuation.continued(text, 11 - prompted, -1, oneByOne);
            assertThat(found).isEqualTo(Arrays.copyOfRange(expected, prompted, 11));
            assertThat(continuation.continued(text, 11 - prompted, -1, oneByOne)).as("again").isEqualTo(found);
            int end = found[1];
            int before = found[0] == end ? 0 : 1;
            assertThat(continuation.continued(text, 11 - prompted, end, oneByOne)).as("up to a token").isEqualTo(Arrays.copyOf(found,
                    before));
        }
    }

    @Test
    void aTextCanBecomeLongerThanThoseOfTraining() {
        ObjectiveChoice choice = new ObjectiveChoice.OfBlockDiffusion(SIZE);
        try (TextModel model = new TextModel(Device.CPU, choice, 1, LENGTH).drawn(3)) {
            Infilling.Manner drawn = new Infilling.Manner(2, Infilling.Order.RANDOM, 1, 5);
            BlockContinuation continuation = new BlockContinuation(model.parameters, DType.F32, 50, SIZE);
            int[] found = continuation.continued(new int[]{TextModel.BOS, 3}, 45, -1, drawn);
            assertThat(found).hasSize(45);
            assertThat(IntStream.of(found).allMatch(token -> token < MASK)).isTrue();
            assertThat(continuation.continued(new int[]{TextModel.BOS, 3}, 45, -1, drawn)).isEqualTo(found);
            Set<Integer> different = new HashSet<>();
            IntStream.of(found).forEach(different::add);
            assertThat(different).as("drawn from %s", Arrays.toString(found)).hasSizeGreaterThan(3);
        }
    }

    @Test
    void rowsAreCutIntoWholeBlocksAndBothPassesAreCounted() {
        ObjectiveChoice choice = new ObjectiveChoice.OfBlockDiffusion(5);
        assertThatThrownBy(() -> choice.checkLength(LENGTH)).isInstanceOf(BadInputException.class).hasMessageContaining("5")
                .hasMessageContaining("12");
        GptConfig config = GptConfig.ofDepth(4, 64, 64, 256, 1000, "L");
        assertThat(choice.flopsPerToken(config)).isEqualTo(Flops.perToken(config, 0.5) + Flops.perToken(config, 0));
        assertThat(List.of(choice.likelihood())).containsExactly(Likelihood.BOUND);
    }
}
