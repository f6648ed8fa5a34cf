package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.KvCache;
import nanochat.engine.Sample;
import nanochat.engine.Sequence;
import nanochat.engine.SharedBatch;
import nanochat.engine.WeightFormat;
import nanochat.io.BadInputException;
import nanochat.objective.NextToken;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys and values before the text. Oracle: a prefix that begins as what the model makes of some tokens does to a text what those tokens do, but for the
/// smear, which a prefix has no embeddings for. Central differences; and the engine against the tape.
class PrefixTuningTest {
    /// Windows of 128 keys in every second layer.
    private static final int LENGTH = 512;
    private static final int VOCABULARY = 70;

    private static final class Prefixed implements AutoCloseable {
        final Backend backend;
        final GptParameters parameters;
        final AdapterParameters adapter;
        final Gpt plain;
        final Gpt gpt;

        Prefixed(Device device, DType type, GptConfig.Generation generation, int prefix, boolean recompute) {
            backend = Backends.open(device, 1, type);
            GptConfig config = new GptConfig(LENGTH, VOCABULARY, 4, 4, 2, 32, "SL", generation);
            parameters = new GptParameters(config, backend, type, false);
            NormalParameters.draw(backend, parameters.all(), new Random(3));
            if (generation == GptConfig.Generation.G2026_07) {
                backend.write(parameters.named(ParameterNames.SMEAR_LAMBDA).value(), new float[1]);
            }
            parameters.refresh();
            plain = new Gpt(parameters);
            adapter = new AdapterParameters(new Tuning.Prefix(prefix), config, backend, type, true);
            adapter.prefix().orElseThrow().initializeAs(plain, text());
            gpt = new Gpt(parameters, Optional.of(adapter), LENGTH, recompute);
        }

        float[] logits(Gpt model, int[] tokens) {
            Tensor ids = backend.allocate(DType.I32, tokens.length);
            backend.write(ids, tokens);
            Tensor logits = backend.allocate(DType.F32, tokens.length, VOCABULARY);
            model.logits(new Tape(backend, DType.F32), logits, ids, 1, tokens.length);
            return backend.read(logits);
        }

        @Override
        public void close() {
            backend.close();
        }
    }

    private static int[] text() {
        return new Random(5).ints(200, 0, VOCABULARY).toArray();
    }

    private static void assertClose(float[] actual, float[] expected, int from) {
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).as("number " + i).isCloseTo(expected[from + i], within(1e-5f * Math.max(1, Math.abs(expected[from
                    + i]))));
        }
    }

    /// 200 tokens are more than a window: it passes over the prefix as over tokens.
    @ParameterizedTest
    @CsvSource({"CPU, G2025_11, 1", "CPU, G2026_07, 60", "CPU, G2026_07, 133", "REFERENCE, G2026_07, 7"})
    void aPrefixThatBeginsAsTokensDoesWhatTheyDo(Device device, GptConfig.Generation generation, int prefix) {
        try (Prefixed model = new Prefixed(device, DType.F32, generation, prefix, false)) {
            float[] whole = model.logits(model.plain, text());
            float[] behind = model.logits(model.gpt, Arrays.copyOfRange(text(), prefix, 200));
            assertClose(behind, whole, prefix * VOCABULARY);
        }
    }

    @ParameterizedTest
    @EnumSource(GptConfig.Generation.class)
    void gradientsAgreeWithCentralDifferences(GptConfig.Generation generation) {
        try (Prefixed model = new Prefixed(Device.REFERENCE, DType.F32, generation, 3, false)) {
            Batch batch = batch(2, 9);
            NextToken objective = new NextToken(model.gpt, new Tape(model.backend, DType.F32), 2, 9);
            objective.addGradients(batch, 1);
            objective.takeLoss();
            NormalParameters.gradientsAreThoseOfCentralDifferences(model.backend, model.adapter.all(), objective, batch);
        }
    }

    private static Batch batch(int rows, int length) {
        Random random = new Random(11);
        return new Batch(rows, length, random.ints((long) rows * length, 0, VOCABULARY).toArray(), random.ints((long) rows * length, -1,
                VOCABULARY).toArray());
    }

    @ParameterizedTest
    @EnumSource(value = DType.class, names = {"F32", "BF16"})
    void recomputingChangesNoBit(DType type) {
        try (Prefixed keeping = new Prefixed(Device.CPU, type, GptConfig.Generation.G2026_07, 5, false);
                Prefixed again = new Prefixed(Device.CPU, type, GptConfig.Generation.G2026_07, 5, true)) {
            for (Prefixed model : new Prefixed[]{keeping, again}) {
                NextToken objective = new NextToken(model.gpt, new Tape(model.backend, type), 2, 9);
                objective.addGradients(batch(2, 9), 1);
                assertThat(objective.takeLoss()).isFinite();
            }
            for (int i = 0; i < keeping.adapter.all().size(); i++) {
                assertThat(again.backend.read(again.adapter.all().get(i).gradient())).isEqualTo(keeping.backend.read(keeping.adapter.all()
                        .get(i).gradient()));
            }
        }
    }

    // ---- the engine ----

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 70, 400})
    void theEngineBeginsEverySequenceWithIt(int prefix) {
        try (Prefixed model = new Prefixed(Device.CPU, DType.F32, GptConfig.Generation.G2026_07, 3, false)) {
            AdapterParameters own = new AdapterParameters(new Tuning.Prefix(prefix), model.parameters.config(), model.backend, DType.F32,
                    false);
            Random random = new Random(9);
            own.all().forEach(parameter -> model.backend.write(parameter.value(), NormalParameters.numbers(random, Math.toIntExact(parameter
                    .value().size()),
                    1)));
            Gpt gpt = new Gpt(model.parameters, Optional.of(own), LENGTH, false);
            float[] expected = model.logits(gpt, text());
            try (Engine engine = Engine.of(gpt, Optional.empty(), EngineOptions.of(WeightFormat.F32, 2));
                    KvCache cache = engine.gpt().newCache()) {
                Sequence sequence = cache.newSequence();
                for (int repetition = 0; repetition < 2; repetition++) { // and again, on pages that were given back
                    float[] actual = new float[expected.length];
                    engine.gpt().score(sequence, text(), (index, logits, row) -> {
                        for (int token = 0; token < VOCABULARY; token++) {
                            actual[index * VOCABULARY + token] = logits.get(row, token);
                        }
                    });
                    assertClose(actual, expected, 0);
                    assertThat(sequence.length()).isEqualTo(200);
                    sequence.release();
                }
            }
        }
    }

    @Test
    void samplesAndConversationsOfTheEngineGoOnBehindIt() {
        try (Prefixed model = new Prefixed(Device.CPU, DType.F32, GptConfig.Generation.G2026_07, 70, false);
                Engine engine = Engine.of(model.gpt, Optional.empty(), EngineOptions.of(WeightFormat.F32, 1))) {
            int[] prompt = Arrays.copyOf(text(), 30);
            Generation greedy = Generation.greedy(12, Set.of());
            int[] expected = naive(model, prompt, 12);
            Sequence context = engine.newContext();
            for (int turn = 0; turn < 2; turn++) { // the second time the prompt is there already
                for (Sample sample : engine.generate(context, prompt, 3, greedy, ColumnListener.NONE)) {
                    assertThat(sample.tokens()).isEqualTo(expected);
                }
            }
            int[] other = Arrays.copyOf(prompt, 30);
            other[20] = (other[20] + 1) % VOCABULARY;
            assertThat(engine.generate(context, other, 1, greedy, ColumnListener.NONE).getFirst().tokens()).isEqualTo(naive(model, other,
                    12));
            engine.release(context);
            assertThat(engine.reservedCacheBytes()).isZero();
        }
    }

    @Test
    void whatIsSavedOfAConversationCarriesItAlong(@TempDir Path folder) {
        Path file = folder.resolve("conversation.kv");
        int[] prompt = Arrays.copyOf(text(), 150);
        int saved = (70 + 150 + 11) / 64 * 64 - 70; // of the answer the last token has not been read
        try (Prefixed model = new Prefixed(Device.CPU, DType.F32, GptConfig.Generation.G2026_07, 70, false)) {
            List<Integer> expected = IntStream.of(naive(model, prompt, 12)).boxed().toList();
            try (Engine engine = Engine.of(model.gpt, Optional.empty(), EngineOptions.of(WeightFormat.F32, 1));
                    SharedBatch shared = new SharedBatch(engine, 2, 100)) {
                assertThat(ask(shared, prompt)).isEqualTo(new Answer(expected, 0));
                assertThat(engine.saveKept("mine", prompt, file, engine.fingerprint(), _ -> true)).hasValue(saved);
                int[] other = prompt.clone();
                other[57] = (other[57] + 1) % VOCABULARY;
                assertThat(engine.saveKept("mine", other, file, engine.fingerprint(), _ -> true)).as("not a page with the prefix")
                        .isEmpty();
            }
            try (Engine engine = Engine.of(model.gpt, Optional.empty(), EngineOptions.of(WeightFormat.F32, 1));
                    SharedBatch shared = new SharedBatch(engine, 2, 100)) {
                assertThat(engine.loadKept("mine", file, engine.fingerprint())).hasValue(saved);
                assertThat(engine.cachePages()).as("nothing that cannot be given away").isZero();
                assertThat(engine.reservedCacheBytes()).isZero();
                assertThat(ask(shared, prompt)).isEqualTo(new Answer(expected, saved));
            }
            try (Engine without = Engine.of(model.plain, Optional.empty(), EngineOptions.of(WeightFormat.F32, 1))) {
                String fingerprint = without.fingerprint();
                assertThatThrownBy(() -> without.loadKept("mine", file, fingerprint)).isInstanceOf(BadInputException.class)
                        .hasMessageContaining("of another model");
            }
        }
    }

    /// The answer, and how many tokens of the prompt were there already.
    private record Answer(List<Integer> tokens, int reused) {}

    private static Answer ask(SharedBatch shared, int[] prompt) {
        int[] reused = new int[1];
        Sample sample = shared.generate(prompt, 1, 0, Generation.greedy(12, Set.of()), Optional.of("mine"), column -> {
            reused[0] = column.reusedTokens();
            return true;
        }).getFirst();
        return new Answer(IntStream.of(sample.tokens()).boxed().toList(), reused[0]);
    }

    private static int[] naive(Prefixed model, int[] prompt, int count) {
        int[] tokens = prompt;
        for (int i = 0; i < count; i++) {
            float[] logits = model.logits(model.gpt, tokens);
            int best = 0;
            int last = (tokens.length - 1) * VOCABULARY;
            for (int token = 0; token < VOCABULARY; token++) {
                best = logits[last + token] > logits[last + best] ? token : best;
            }
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = best;
        }
        return Arrays.copyOfRange(tokens, prompt.length, tokens.length);
    }

    // ---- what cannot be ----

    @Test
    void noPrefixAndOneThatLeavesNoRoomAreRefused() {
        GptConfig config = new GptConfig(20, VOCABULARY, 2, 4, 2, 32, "SL", GptConfig.Generation.G2026_07);
        assertThatThrownBy(() -> new Tuning.Prefix(0)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "prefix_tokens must be at least 1, is 0");
        assertThatThrownBy(() -> new Tuning.Prefix(20).layout(config)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "prefix_tokens 20").hasMessageContaining("no room for text");
        assertThat(new Tuning.Prefix(19).parameters(config)).isEqualTo(2L * 2 * 19 * 16);
    }
}
