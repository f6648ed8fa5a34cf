package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.model.ParameterNames;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Several heads on one trunk. Oracle: for each head a model of its own on the reference backend, with the head's block as its last one, without value
/// embedding there and without backout, that predicts the next token of a text in which that is the head's.
class MultiTokenTest {
    private static final int ROWS = 2;
    private static final int LENGTH = 9;
    private static final int VOCABULARY = 40;

    static LongStream seeds() {
        return RandomValues.seeds(2);
    }

    static Stream<Arguments> shapes() {
        return Stream.of(1, 2, 3, 4, 5).flatMap(layers -> RandomValues.seeds(1).mapToObj(seed -> Arguments.of(layers, seed)));
    }

    private static GptConfig config(int layers) {
        return GptConfig.ofDepth(layers, 32, 16, LENGTH, VOCABULARY, "SL");
    }

    private static GptParameters drawn(Backend backend, int layers, int extraHeads, long seed) {
        GptParameters parameters = new GptParameters(config(layers), extraHeads, backend, DType.F32, _ -> true);
        RandomValues random = new RandomValues(seed);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.2)));
        parameters.refresh();
        return parameters;
    }

    private static Map<String, float[]> gradients(GptParameters parameters, Backend backend) {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        for (Parameter parameter : parameters.all()) {
            gradients.put(parameter.name(), backend.read(parameter.gradient()));
            backend.zero(parameter.gradient());
        }
        return gradients;
    }

    private static Objective objective(GptParameters parameters, Backend backend, int heads, boolean recompute) {
        return new MultiToken(new Gpt(parameters, LENGTH, recompute), new Tape(backend, DType.F32), ROWS, LENGTH, heads);
    }

    private static double loss(Objective objective, Batch text) {
        objective.addGradients(text, 1);
        return objective.takeLoss();
    }

    /// The plain model that a head is: names of its parameters by those of the heads.
    private static GptParameters plain(Backend backend, GptParameters whole, Backend from, int head) {
        GptConfig config = whole.config();
        GptParameters plain = new GptParameters(config, backend, DType.F32, true);
        int last = config.layers() - 1;
        for (Parameter parameter : plain.all()) {
            backend.write(parameter.value(), from.read(whole.named(ofHead(parameter.name(), head, last)).value()));
        }
        if (head > 0) {
            backend.zero(plain.named(ParameterNames.block(last).valueTable()).value());
            backend.zero(plain.named(ParameterNames.BACKOUT_LAMBDA).value());
            put(backend, plain.named(ParameterNames.RESID_LAMBDAS), last, from.read(whole.named(ParameterNames.HEAD_RESID_LAMBDAS)
                    .value())[head
                            - 1]);
            put(backend, plain.named(ParameterNames.X0_LAMBDAS), last, from.read(whole.named(ParameterNames.HEAD_X0_LAMBDAS).value())[head
                    - 1]);
        }
        plain.refresh();
        return plain;
    }

    private static void put(Backend backend, Parameter parameter, int index, float value) {
        float[] values = backend.read(parameter.value());
        values[index] = value;
        backend.write(parameter.value(), values);
    }

    private static String ofHead(String name, int head, int last) {
        String prefix = "transformer.h." + last + ".";
        return head > 0 && name.startsWith(prefix) && !name.contains("ve_gate")
                ? "heads." + (head - 1) + "." + name.substring(prefix.length())
                : name;
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void lossAndGradientsAreTheMeansOfThoseOfAModelForEachHead(int layers, long seed) {
        int heads = 3;
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        int last = layers - 1;
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32); Backend reference = Backends.open(Device.REFERENCE, 1, DType.F32)) {
            GptParameters parameters = drawn(backend, layers, heads - 1, seed);
            double found = loss(objective(parameters, backend, heads, false), text);
            Map<String, float[]> gradients = gradients(parameters, backend);
            double expected = 0;
            for (int head = 0; head < heads; head++) {
                GptParameters plain = plain(reference, parameters, backend, head);
                Objective next = new NextToken(new Gpt(plain), new Tape(reference, DType.F32), ROWS, LENGTH);
                expected += loss(next, MultiToken.ahead(text, head)) / heads;
                Map<String, float[]> ofHead = gradients(plain, reference);
                int now = head;
                ofHead.forEach((name, values) -> {
                    boolean setToZero = now > 0 && (name.equals(ParameterNames.BACKOUT_LAMBDA) || name.equals(ParameterNames.block(last)
                            .valueTable()) || name.contains(last + ".attn.ve_gate"));
                    float[] sum = gradients.get(ofHead(name, now, last));
                    for (int i = 0; !setToZero && i < values.length; i++) {
                        boolean lambda = now > 0 && i == last && (name.equals(ParameterNames.RESID_LAMBDAS) || name.equals(
                                ParameterNames.X0_LAMBDAS));
                        if (lambda) {
                            gradients.get("heads." + name)[now - 1] -= values[i] / heads;
                        } else {
                            sum[i] -= values[i] / heads;
                        }
                    }
                });
            }
            assertThat(found).isCloseTo(expected, within(1e-5));
            gradients.forEach((name, rest) -> {
                for (float value : rest) {
                    assertThat(value).as(name).isCloseTo(0, within(1e-4f));
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void theGradientIsThatOfCentralDifferencesAndRecomputingChangesNoBit(int layers, long seed) {
        Batch text = TextModel.text(seed, ROWS, LENGTH);
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptParameters parameters = drawn(backend, layers, 3, seed);
            Objective objective = objective(parameters, backend, 4, false);
            double here = loss(objective, text);
            Map<String, float[]> gradient = gradients(parameters, backend);
            assertThat(loss(objective(parameters, backend, 4, true), text)).isEqualTo(here);
            gradients(parameters, backend).forEach((name, values) -> assertThat(values).as(name).isEqualTo(gradient.get(name)));

            double squares = 0;
            for (float[] values : gradient.values()) {
                for (float value : values) {
                    squares += (double) value * value;
                }
            }
            double distance = 2e-3 / Math.sqrt(squares);
            double above = lossAfter(parameters, backend, gradient, distance, objective, text);
            double below = lossAfter(parameters, backend, gradient, -2 * distance, objective, text);
            assertThat((above - below) / (2 * distance) / squares).isCloseTo(1, within(1e-2));
        }
    }

    private static double lossAfter(GptParameters parameters, Backend backend, Map<String, float[]> direction, double distance,
            Objective objective, Batch text) {
        for (Parameter parameter : parameters.all()) {
            float[] values = backend.read(parameter.value());
            for (int i = 0; i < values.length; i++) {
                values[i] += (float) (distance * direction.get(parameter.name())[i]);
            }
            backend.write(parameter.value(), values);
        }
        parameters.refresh();
        return loss(objective, text);
    }

    /// Beside the losses, a number a position and head.
    @Test
    void activationsDoNotGrowWithTheHeads() {
        long two = activationBytes(2);
        long six = activationBytes(6);
        assertThat(six - two).isLessThanOrEqualTo(4L * 2 * ROWS * LENGTH * Float.BYTES);
        assertThat(two).isGreaterThan(20L * ROWS * LENGTH * Float.BYTES);
    }

    private static long activationBytes(int heads) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptParameters parameters = drawn(backend, 3, heads - 1, 1);
            Objective objective = objective(parameters, backend, heads, false);
            long before = backend.allocatedBytes();
            loss(objective, TextModel.text(1, ROWS, LENGTH));
            return backend.allocatedBytes() - before;
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aHeadPredictsWhatStandsFurtherAhead(long seed) {
        Batch text = TextModel.shortened(TextModel.text(seed, ROWS, LENGTH), 4);
        for (int distance = 0; distance < LENGTH + 2; distance++) {
            Batch ahead = MultiToken.ahead(text, distance);
            for (int row = 0; row < ROWS; row++) {
                for (int i = 0; i < LENGTH; i++) {
                    assertThat(ahead.targets()[row * LENGTH + i]).isEqualTo(i + distance < LENGTH
                            ? text.targets()[row * LENGTH + i + distance]
                            : Batch.IGNORED);
                }
            }
            assertThat(ahead.inputs()).isEqualTo(text.inputs());
        }
    }

    @Test
    void bitsPerByteAreThoseOfTheNextToken() {
        Batch text = TextModel.text(2, ROWS, LENGTH);
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            GptParameters parameters = drawn(backend, 3, 2, 2);
            float[] next = new NextToken(new Gpt(parameters), new Tape(backend, DType.F32), ROWS, LENGTH).losses(text).clone();
            assertThat(objective(parameters, backend, 3, false).losses(text)).isEqualTo(next);
        }
    }
}
