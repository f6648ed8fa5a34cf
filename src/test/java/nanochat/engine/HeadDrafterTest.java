package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.engine.kernel.SourceTensor;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import nanochat.model.ParameterNames;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Guesses of a model's own heads. Oracle: [NaiveGpt], which computes everything anew, of the plain model that a head is: with the head's block as its
/// last one, without value embedding there and without backout.
class HeadDrafterTest {
    private static final int HEADS = 3;

    private static GptConfig config(int layers) {
        return new GptConfig(512, 150, layers, 3, 1, 36, "SL", GptConfig.Generation.G2026_07);
    }

    private static EngineOptions options(WeightFormat format, int heads) {
        return new EngineOptions(format, 2, OptionalInt.of(600), 2, OptionalLong.empty(), heads);
    }

    private static Engine engine(GptConfig config, long seed, WeightFormat format, int heads) {
        return Engine.make(config, new RandomTensors(config, HEADS, seed), Optional.empty(), options(format, heads));
    }

    private static int[] prompt(int length, long seed) {
        return new Random(seed).ints(length, 0, 150).toArray();
    }

    /// The plain model that extra head `head` is.
    private static TensorSource ofHead(GptConfig config, int head, TensorSource whole) {
        int last = config.layers() - 1;
        String lastBlock = "transformer.h." + last + ".";
        return name -> {
            if (name.startsWith(lastBlock) && !name.contains("ve_gate")) {
                return whole.tensor(ParameterNames.HEADS + head + "." + name.substring(lastBlock.length()));
            }
            SourceTensor own = whole.tensor(name);
            float[] values = own.toArray();
            if (name.equals(ParameterNames.BACKOUT_LAMBDA) || name.equals("value_embeds." + last + ".weight")) {
                Arrays.fill(values, 0);
            } else if (name.equals(ParameterNames.RESID_LAMBDAS)) {
                values[last] = whole.tensor(ParameterNames.HEAD_RESID_LAMBDAS).toArray()[head];
            } else if (name.equals(ParameterNames.X0_LAMBDAS)) {
                values[last] = whole.tensor(ParameterNames.HEAD_X0_LAMBDAS).toArray()[head];
            }
            return ReferenceWeights.tensor(name, values, own.shape());
        };
    }

    @ParameterizedTest
    @CsvSource({"1, 20, 1", "2, 70, 2", "3, 200, 3", "3, 530, 4", "4, 65, 5"})
    void aHeadGuessesWhatThePlainModelOfItsBlockSays(int layers, int length, int seed) {
        GptConfig config = config(layers);
        int[] text = prompt(length, seed);
        try (Engine engine = engine(config, seed, WeightFormat.F32, HEADS)) {
            Sequence sequence = engine.newContext();
            InferenceGpt gpt = engine.gpt();
            gpt.prefill(sequence, text, 0, length - 5);
            gpt.decodeAhead(sequence, new int[]{text[length - 5], text[length - 4], 7, 8}, 4);
            assertThat(sequence.truncate(length - 3)).isTrue();
            gpt.readByHeads(sequence);
            int[] guesses = new int[HEADS];
            for (int read = length - 3; read < length; read++) {
                assertThat(gpt.guessByHeads(sequence, guesses, HEADS)).isEqualTo(HEADS);
                for (int head = 0; head < HEADS; head++) {
                    NaiveGpt plain = new NaiveGpt(config, ofHead(config, head, new RandomTensors(config, HEADS, seed)));
                    assertThat(guesses[head]).isEqualTo(NaiveGpt.argmax(plain.logits(Arrays.copyOf(text, read))[read - 1]));
                }
                gpt.decode(new Sequence[]{sequence}, new int[]{text[read]}, 1);
            }
            engine.release(sequence);
        }
    }

    /// Of a large vocabulary the first tokens are guessed, 8192 of them at least, in every format that drafts.
    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16", "INT8"})
    void aLargeVocabularyIsGuessedFromInPart(WeightFormat format) {
        GptConfig config = new GptConfig(64, 8400, 2, 2, 2, 32, "L", GptConfig.Generation.G2026_07);
        int[] text = new Random(1).ints(30, 0, 8400).toArray();
        try (Engine engine = engine(config, 1, format, HEADS)) {
            Sequence sequence = engine.newContext();
            engine.gpt().prefill(sequence, text, 0, text.length);
            int[] guesses = new int[HEADS];
            assertThat(engine.gpt().guessByHeads(sequence, guesses, HEADS)).isEqualTo(HEADS);
            for (int head = 0; head < HEADS; head++) {
                NaiveGpt plain = new NaiveGpt(config, ofHead(config, head, new RandomTensors(config, HEADS, 1)));
                double[] logits = Arrays.copyOf(plain.logits(text)[text.length - 1], 8192);
                assertThat(guesses[head]).isLessThan(8192);
                assertThat(logits[guesses[head]]).isCloseTo(logits[NaiveGpt.argmax(logits)], within(format == WeightFormat.F32
                        ? 1e-4
                        : 0.3));
            }
            engine.release(sequence);
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, 1, 0", "BF16, 2, 0", "INT8, 3, 0", "BF16, 3, 0.9", "F32, 3, 0.4"})
    void tokensAreThoseOfTheModelWithoutItsHeads(WeightFormat format, int heads, double temperature) {
        for (int seed = 1; seed <= 4; seed++) {
            GptConfig config = config(1 + seed % 3);
            Generation request = new Generation(50, Sampling.atTemperature(temperature), seed, Set.of(3));
            try (Engine plain = engine(config, seed, format, 0); Engine engine = engine(config, seed, format, heads)) {
                List<int[]> prompts = List.of(prompt(1, seed), prompt(90, seed), prompt(540, seed));
                for (int[] prompt : prompts) {
                    assertThat(engine.generate(prompt, 1, request, ColumnListener.NONE)).usingRecursiveComparison()
                            .isEqualTo(plain.generate(prompt, 1, request, ColumnListener.NONE));
                }
                assertThat(engine.drafts().guessed()).isPositive();
                assertThat(engine.generateAll(prompts, 2, request, () -> {})).usingRecursiveComparison()
                        .isEqualTo(plain.generateAll(prompts, 2, request, () -> {}));
                engine.reload(new RandomTensors(config, HEADS, seed + 10));
                plain.reload(new RandomTensors(config, HEADS, seed + 10));
                assertThat(engine.generate(prompts.get(1), 1, request, ColumnListener.NONE)).usingRecursiveComparison()
                        .isEqualTo(plain.generate(prompts.get(1), 1, request, ColumnListener.NONE));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void headsThatAreRightSavePasses(int heads) {
        GptConfig config = config(2);
        TensorSource random = new RandomTensors(config, HEADS, 1);
        // all logits are 0, so that the first token is taken, whatever was read: the heads agree about it
        TensorSource stubborn = name -> {
            SourceTensor own = random.tensor(name);
            float[] values = own.toArray();
            if (name.equals(ParameterNames.LM_HEAD)) {
                Arrays.fill(values, 0);
            }
            return ReferenceWeights.tensor(name, values, own.shape());
        };
        try (Engine engine = Engine.make(config, stubborn, Optional.empty(), options(WeightFormat.BF16, heads))) {
            Sample sample = engine.generate(prompt(30, 1), 1, Generation.greedy(49, Set.of()), ColumnListener.NONE).getFirst();
            assertThat(IntStream.of(sample.tokens()).distinct()).containsExactly(0);
            assertThat(engine.drafts().passes()).isEqualTo(48 / (1 + heads));
            assertThat(engine.drafts().acceptedPerPass()).isEqualTo(heads);
        }
    }

    @Test
    void headsTakeNoMemoryWhereTheyDoNotDraft() {
        GptConfig config = config(2);
        try (Engine without = engine(config, 1, WeightFormat.F32, 0);
                Engine plain = Engine.make(config, new RandomTensors(config, 1), Optional.empty(), options(WeightFormat.F32, 0));
                Engine with = engine(config, 1, WeightFormat.F32, HEADS)) {
            assertThat(without.bytes()).isEqualTo(plain.bytes()).isLessThan(with.bytes());
        }
        assertThatThrownBy(() -> engine(config, 1, WeightFormat.INT4, 1)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("int8");
    }
}
