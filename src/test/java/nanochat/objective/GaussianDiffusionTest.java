package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.io.BadInputException;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Evidence;
import nanochat.tensor.Parameter;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import nanochat.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Gaussian diffusion where everything can be counted. Oracles: Bayes' rule over all texts of a language of nine; a model that looks at nothing, whose
/// probability of a text is a product.
class GaussianDiffusionTest {
    private static final int VOCABULARY = 5;
    private static final int MASK = VOCABULARY;
    private static final int LENGTH = 4;
    private static final int WIDTH = GaussianNoise.WIDTH;
    private static final int[] TEXT = {1, 0, 3, 4};

    private final Backend backend = Backends.open(Device.CPU, 1, DType.F32);

    @AfterEach
    void close() {
        backend.close();
    }

    /// -ln p of each of the nine texts of two of three tokens, and their mean, the entropy, by what the exact posterior misses.
    @Test
    void whoKnowsEveryProbabilityHasABoundThatIsExact() {
        int tokens = 3;
        double[] language = {0.3, 0.05, 0.1, 0.02, 0.2, 0.03, 0.15, 0.05, 0.1};
        GaussianNoise noise = new GaussianNoise(tokens);
        float[] codes = noise.codes();
        SplittableRandom random = new SplittableRandom(1);
        int draws = 40_000;
        for (int text = 0; text < language.length; text++) {
            double sum = 0;
            double squares = 0;
            for (int draw = 0; draw < draws; draw++) {
                double ratio = noise.ratio((draw + random.nextDouble()) / draws);
                float[] evidence = new float[2 * WIDTH];
                noise.observe(evidence, 0, text / tokens, 0, ratio, random);
                noise.observe(evidence, 1, text % tokens, 0, ratio, random);
                double[] scores = IntStream.range(0, language.length).mapToDouble(other -> Math.log(language[other]) + product(evidence, 0,
                        codes, other / tokens) + product(evidence, 1, codes, other % tokens)).toArray();
                double largest = Arrays.stream(scores).max().orElseThrow();
                double total = Arrays.stream(scores).map(score -> Math.exp(score - largest)).sum();
                float[] means = new float[2 * WIDTH];
                for (int other = 0; other < language.length; other++) {
                    double posterior = Math.exp(scores[other] - largest) / total;
                    for (int channel = 0; channel < WIDTH; channel++) {
                        means[channel] += (float) (posterior * codes[other / tokens * WIDTH + channel]);
                        means[WIDTH + channel] += (float) (posterior * codes[other % tokens * WIDTH + channel]);
                    }
                }
                double loss = noise.cost(ratio) * (noise.missed(means, 0, text / tokens) + noise.missed(means, 1, text % tokens));
                sum += loss;
                squares += loss * loss;
            }
            double mean = sum / draws;
            double error = Math.sqrt((squares / draws - mean * mean) / draws);
            assertThat(mean).as("text %d", text).isCloseTo(-Math.log(language[text]), within(4 * error));
            assertThat(error).as("so the test can fail").isLessThan(0.05);
        }
    }

    private static double product(float[] evidence, int position, float[] codes, int token) {
        return IntStream.range(0, WIDTH).mapToDouble(c -> (double) evidence[position * WIDTH + c] * codes[token * WIDTH + c]).sum();
    }

    /// The prior is half for nothing but noise, half for all tokens alike; more positions than a chunk of scores has.
    @Test
    void whatIsReadOfATokenIsTheMeanEmbeddingByBayesRule() {
        int positions = 700;
        GaussianNoise noise = new GaussianNoise(VOCABULARY);
        float[] codes = noise.codes();
        SplittableRandom random = new SplittableRandom(2);
        float[] evidence = new float[positions * WIDTH];
        double[] ratios = new double[positions];
        for (int i = 0; i < positions; i++) {
            ratios[i] = i % 7 == 0 ? GaussianNoise.CERTAIN : noise.ratio(random.nextDouble());
            noise.observe(evidence, i, i % VOCABULARY, 0, ratios[i] / 2, random);
            noise.observe(evidence, i, i % VOCABULARY, ratios[i] / 2, ratios[i], random);
        }
        int width = 24;
        Parameter table = Parameter.allocateAll(backend, List.of("table"), DType.F32, true, 64, width).getFirst();
        float[] values = new RandomValues(3).normal(64L * width, 1);
        backend.write(table.value(), values);
        Tensor vectors = backend.allocate(DType.F32, positions, WIDTH);
        Tensor codesOnDevice = backend.allocate(DType.F32, VOCABULARY + 1, WIDTH);
        backend.write(vectors, evidence);
        backend.write(codesOnDevice, codes);
        float[] read = backend.read(new Tape(backend, DType.F32).embedding(table, new Evidence(vectors, codesOnDevice)).value());
        for (int i = 0; i < positions; i++) {
            int position = i;
            // ln of prior times N(seen; ratio * code, ratio), less what all have in common
            double[] joint = IntStream.rangeClosed(0, VOCABULARY).mapToDouble(token -> {
                double mean = token == MASK ? 0 : 1;
                double squares = IntStream.range(0, WIDTH - 1).mapToDouble(c -> mean * codes[token * WIDTH + c]).map(e -> e * e).sum();
                double dot = IntStream.range(0, WIDTH - 1).mapToDouble(c -> mean * codes[token * WIDTH + c] * evidence[position * WIDTH
                        + c]).sum();
                return (token == MASK ? Math.log(0.5) : Math.log(0.5 / VOCABULARY)) + dot - ratios[position] * squares / 2;
            }).toArray();
            double largest = Arrays.stream(joint).max().orElseThrow();
            double total = Arrays.stream(joint).map(value -> Math.exp(value - largest)).sum();
            for (int c = 0; c < width; c++) {
                int channel = c;
                double expected = IntStream.rangeClosed(0, VOCABULARY).mapToDouble(token -> Math.exp(joint[token] - largest) / total
                        * values[token
                                * width + channel]).sum();
                assertThat(read[i * width + c]).isCloseTo((float) expected, within(1e-3f));
                if (i % 7 == 0) {
                    assertThat(read[i * width + c]).as("a known token is read as ever").isEqualTo(values[i % VOCABULARY * width + c]);
                }
            }
        }
    }

    /// All embeddings are the same, so what a position says hangs on nothing that is seen.
    private GptParameters blind(double size) {
        GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 16, 16, LENGTH, VOCABULARY + 1, "L"), backend, DType.F32, true);
        RandomValues random = new RandomValues(6);
        for (Parameter parameter : parameters.all()) {
            backend.write(parameter.value(), random.normal(parameter.value().size(), parameter == parameters.lmHead() ? size : 0.3));
        }
        float[] embedding = random.normal(parameters.wte().value().columns(), 1);
        float[] all = new float[Math.toIntExact(parameters.wte().value().size())];
        for (int i = 0; i < all.length; i++) {
            all[i] = embedding[i % embedding.length];
        }
        backend.write(parameters.wte().value(), all);
        parameters.refresh();
        return parameters;
    }

    /// What the network says of every position beside any evidence.
    private double[][] opinions(GptParameters parameters) {
        NoisyForwardPass forward = new NoisyForwardPass(new Gpt(parameters), new Tape(backend, DType.F32), LENGTH, new GaussianNoise(
                VOCABULARY));
        return forward.logProbabilities(forward.hidden(new float[LENGTH * WIDTH], 1), 0, LENGTH);
    }

    /// At the first step, when the network says nothing (size 0), the bound is ln V.
    @ParameterizedTest
    @ValueSource(doubles = {0, 0.2})
    void theBoundOfABlindModelIsWhatATextCostsIt(double size) {
        GptParameters parameters = blind(size);
        double[][] opinions = opinions(parameters);
        int rows = 16_000;
        int[] inputs = new int[rows * LENGTH];
        int[] targets = new int[rows * LENGTH];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = TEXT[i % LENGTH];
            targets[i] = TEXT[(i + 1) % LENGTH];
        }
        float[] losses = new ObjectiveChoice.OfGaussianDiffusion().of(new Gpt(parameters), new Tape(backend, DType.F32), rows, LENGTH, 5)
                .losses(
                        new Batch(rows, LENGTH, inputs, targets));
        for (int i = 1; i < LENGTH; i++) {
            int position = i;
            double[] each = IntStream.range(0, rows).mapToDouble(row -> losses[row * LENGTH + position]).toArray();
            double mean = Arrays.stream(each).average().orElseThrow();
            double error = Math.sqrt(Arrays.stream(each).map(loss -> (loss - mean) * (loss - mean)).sum()) / rows;
            double exact = size == 0 ? Math.log(VOCABULARY) : -opinions[i][TEXT[i]];
            assertThat(mean).as("position %d", i).isCloseTo(exact, within(4 * error));
            assertThat(error).as("so the test can fail").isLessThan(0.1);
        }
        assertThat(opinions[1]).as("the larger one does have opinions").satisfies(row -> assertThat(Arrays.stream(row).max().orElseThrow()
                - Arrays.stream(row).min().orElseThrow()).isGreaterThanOrEqualTo(size));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void blanksAreDrawnByTheirProbabilityInAnyNumberOfSteps(int steps) {
        GptParameters parameters = blind(0.2);
        double[] expected = opinions(parameters)[2];
        GaussianFilling filling = new GaussianFilling(parameters, DType.F32, LENGTH);
        int draws = 3000;
        int[] times = new int[VOCABULARY];
        for (int draw = 0; draw < draws; draw++) {
            int[] filled = filling.fill(new int[]{TEXT[0], 2, MASK, 4}, new GaussianFilling.Manner(steps, 1, draw));
            assertThat(filled).startsWith(TEXT[0], 2).endsWith(4);
            times[filled[2]]++;
        }
        for (int token = 0; token < VOCABULARY; token++) {
            double p = Math.exp(expected[token]);
            assertThat((double) times[token] / draws).isCloseTo(p, within(4.5 * Math.sqrt(p * (1 - p) / draws)));
        }
    }

    @Test
    void aTextWithoutBlanksStaysAndOneTooLongIsRefused() {
        GaussianFilling filling = new GaussianFilling(blind(0.2), DType.F32, LENGTH);
        GaussianFilling.Manner manner = new GaussianFilling.Manner(2, 0, 1);
        assertThat(filling.fill(TEXT, manner)).isEqualTo(TEXT);
        assertThatThrownBy(() -> filling.fill(new int[LENGTH + 1], manner)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "at most 4");
    }
}
