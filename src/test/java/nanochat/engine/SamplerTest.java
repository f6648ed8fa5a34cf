package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.engine.kernel.Rows;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Frequencies of many draws with a fixed seed against probabilities computed from [Sampling]'s definition by sorting.
class SamplerTest {
    private static final int VOCABULARY = 50;
    private static final int DRAWS = 20_000;

    private static Rows logits(float... values) {
        Rows logits = Rows.allocate(Arena.ofAuto(), 1, values.length);
        for (int i = 0; i < values.length; i++) {
            logits.memory().setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
        }
        return logits;
    }

    private static float[] values(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (2.5 * random.nextGaussian());
        }
        return values;
    }

    private static double[] probabilities(float[] logits, Sampling sampling) {
        double largest = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElseThrow();
        double[] weights = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp((logits[i] - largest) / sampling.temperature()))
                .toArray();
        int[] byWeight = IntStream.range(0, weights.length).boxed().sorted((a, b) -> Double.compare(weights[b], weights[a]))
                .mapToInt(Integer::intValue).toArray();
        int kept = sampling.topK() == 0 ? weights.length : Math.min(sampling.topK(), weights.length);
        while (weights[byWeight[kept - 1]] < sampling.minP()) {
            kept--;
        }
        double mass = Arrays.stream(byWeight).limit(kept).mapToDouble(i -> weights[i]).sum();
        double taken = 0;
        double[] probabilities = new double[weights.length];
        for (int i = 0; i < kept && taken < sampling.topP() * mass; i++) {
            taken += weights[byWeight[i]];
            probabilities[byWeight[i]] = weights[byWeight[i]];
        }
        double total = taken;
        return Arrays.stream(probabilities).map(weight -> weight / total).toArray();
    }

    @ParameterizedTest
    @CsvSource({"1, 0, 1, 0", "0.5, 0, 1, 0", "2, 0, 1, 0", "1, 5, 1, 0", "1, 1, 1, 0", "1, 70, 1, 0", "1, 0, 0.7, 0", "1, 8, 0.9, 0",
        "1, 0, 1, 0.1", "1, 10, 0.95, 0.05", "1.5, 0, 0.01, 0", "1, 0, 1, 1"})
    void tokensAreDrawnAsOftenAsTheyShould(double temperature, int topK, double topP, double minP) {
        Sampling sampling = new Sampling(temperature, topK, topP, minP);
        float[] values = values(VOCABULARY, 17);
        double[] expected = probabilities(values, sampling);
        int[] counts = new int[VOCABULARY];
        Sampler sampler = sampling.sampler(VOCABULARY, 5, 0);
        Rows logits = logits(values);
        for (int i = 0; i < DRAWS; i++) {
            counts[sampler.sample(logits, 0)]++;
        }
        for (int token = 0; token < VOCABULARY; token++) {
            double deviation = Math.sqrt(expected[token] * (1 - expected[token]) / DRAWS);
            assertThat(Math.abs(counts[token] / (double) DRAWS - expected[token])).as("token %s of probability %s", token, expected[token])
                    .isLessThanOrEqualTo(5 * deviation);
        }
    }

    @Test
    void largeVocabulariesAreDrawnFromInBlocks() {
        float[] values = new float[5000];
        values[1023] = 9;
        values[1024] = 9;
        values[4999] = 9;
        int[] counts = new int[5000];
        Sampler sampler = Sampling.atTemperature(1).sampler(5000, 5, 0);
        Rows logits = logits(values);
        for (int i = 0; i < DRAWS; i++) {
            counts[sampler.sample(logits, 0)]++;
        }
        double share = Math.exp(9) / (3 * Math.exp(9) + 4997);
        for (int token : new int[]{1023, 1024, 4999}) {
            assertThat(Math.abs(counts[token] / (double) DRAWS - share)).isLessThan(5 * Math.sqrt(share * (1 - share) / DRAWS));
        }
    }

    @Test
    void temperatureZeroTakesTheFirstOfTheLikeliest() {
        assertThat(Sampling.GREEDY.sampler(4, 1, 0).sample(logits(1, 3, 3, 2), 0)).isEqualTo(1);
    }

    @Test
    void nearlyZeroIsAsGoodAsZero() {
        for (double temperature : new double[]{Double.MIN_VALUE, 1e-39, 1e-12, 1e-7, 1e-5}) {
            Sampler sampler = Sampling.atTemperature(temperature).sampler(4, 1, 0);
            Rows logits = logits(1, 2.5f, 3, 2);
            assertThat(IntStream.range(0, 50).map(i -> sampler.sample(logits, 0)).distinct()).as("%s", temperature).containsExactly(2);
        }
    }

    @Test
    void equallyLikelyTokensAtTheEdgeOfTopKAreKeptInOrder() {
        Sampler sampler = Sampling.atTemperature(1).withTopK(2).sampler(6, 3, 0);
        Rows logits = logits(0, 1, 2, 1, 1, 0);
        assertThat(IntStream.range(0, 200).map(i -> sampler.sample(logits, 0)).distinct().sorted()).containsExactly(1, 2);
    }

    @Test
    void theSeedAndTheStreamDecideTheDraws() {
        Rows logits = logits(values(VOCABULARY, 3));
        assertThat(draws(logits, 7, 0)).containsExactly(draws(logits, 7, 0));
        assertThat(draws(logits, 7, 0)).isNotEqualTo(draws(logits, 7, 1));
        assertThat(draws(logits, 7, 0)).isNotEqualTo(draws(logits, 8, 0));
    }

    private static int[] draws(Rows logits, long seed, int stream) {
        Sampler sampler = Sampling.atTemperature(1).sampler(VOCABULARY, seed, stream);
        return IntStream.range(0, 40).map(i -> sampler.sample(logits, 0)).toArray();
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> Sampling.atTemperature(-1)).isInstanceOf(BadInputException.class).hasMessageContaining("temperature");
        assertThatThrownBy(() -> Sampling.atTemperature(Double.NaN)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> Sampling.GREEDY.withTopK(-1)).isInstanceOf(BadInputException.class).hasMessageContaining("top-k");
        assertThatThrownBy(() -> Sampling.GREEDY.withTopP(0)).isInstanceOf(BadInputException.class).hasMessageContaining("top-p");
        assertThatThrownBy(() -> Sampling.GREEDY.withMinP(1.5)).isInstanceOf(BadInputException.class).hasMessageContaining("min-p");
    }
}
