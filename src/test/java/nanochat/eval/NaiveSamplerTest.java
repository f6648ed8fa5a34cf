package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Generation;
import nanochat.engine.Sample;
import nanochat.engine.WeightFormat;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The oracle: the logits of a sequence of exactly the right length, nothing after it. The naive sampler then is the engine's.
class NaiveSamplerTest {
    private static final int LIMIT = 40;
    private static final int VOCABULARY = 50;

    static LongStream seeds() {
        return RandomValues.seeds(3);
    }

    private static Gpt gpt(Backend backend, long seed) {
        GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 16, 16, LIMIT, VOCABULARY, "SL"), backend, DType.F32, false);
        RandomValues random = new RandomValues(seed);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.5)));
        return new Gpt(parameters);
    }

    private static int oracle(Gpt gpt, Backend backend, int... sequence) {
        Tensor ids = backend.allocate(DType.I32, sequence.length);
        Tensor logits = backend.allocate(DType.F32, sequence.length, VOCABULARY);
        backend.write(ids, sequence);
        gpt.logits(new Tape(backend, DType.F32), logits, ids, 1, sequence.length);
        float[] values = backend.read(logits);
        int last = (sequence.length - 1) * VOCABULARY;
        int best = 0;
        for (int id = 0; id < VOCABULARY; id++) {
            best = values[last + id] > values[last + best] ? id : best;
        }
        return best;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyTokenIsTheMostLikelyOneAfterThoseBeforeIt(long seed) {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            Gpt gpt = gpt(backend, seed);
            int[] prompt = new RandomValues(seed).ids(30, 0, VOCABULARY);
            int[] sequence = prompt;
            for (int i = 0; i < 20; i++) {
                int next = oracle(gpt, backend, Arrays.copyOfRange(sequence, Math.max(0, sequence.length - LIMIT), sequence.length));
                sequence = Arrays.copyOf(sequence, sequence.length + 1);
                sequence[sequence.length - 1] = next;
            }
            int[] expected = Arrays.copyOfRange(sequence, 30, 50);
            NaiveSampler sampler = new NaiveSampler(gpt, new Tape(backend, DType.F32));
            assertThat(sampler.complete(prompt, 20, -1)).isEqualTo(expected);

            int stop = expected[7];
            int first = 0;
            while (expected[first] != stop) {
                first++;
            }
            assertThat(sampler.complete(prompt, 20, stop)).as("ends before the first %d", stop).isEqualTo(Arrays.copyOf(expected, first));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theEngineTakesTheSameTokens(long seed) {
        try (Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            Gpt gpt = gpt(backend, seed);
            int[] prompt = new RandomValues(seed).ids(20, 0, VOCABULARY);
            int[] expected = new NaiveSampler(gpt, new Tape(backend, DType.F32)).complete(prompt, 16, 7);
            try (Engine engine = Engine.of(gpt.parameters(), Optional.empty(), EngineOptions.of(WeightFormat.F32, 1))) {
                Sample sample = engine.generate(prompt, 1, Generation.greedy(16, Set.of(7)), ColumnListener.NONE).getFirst();
                assertThat(sample.tokens()).isEqualTo(expected);
            }
        }
    }
}
