package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.engine.kernel.Rows;
import nanochat.engine.kernel.Workers;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What samples say of how they were chosen, against a softmax in double precision over the logits of a pass of their own.
class SampleTraceTest {
    static final GptConfig MODEL = new GptConfig(256, 150, 2, 3, 1, 36, "SL", GptConfig.Generation.G2026_07);
    static final int[] PROMPT = new Random(4).ints(40, 0, MODEL.vocabularySize()).toArray();
    private static final Set<Integer> STOPS = Set.copyOf(IntStream.range(0, 15).boxed().toList());

    private final Workers workers = new Workers(2);
    private final Engine engine = TestEngines.of(RandomTensors.weights(MODEL, 3, WeightFormat.F32), workers, 256, 8);

    @AfterEach
    void close() {
        engine.close();
        workers.close();
    }

    private static Generation request(boolean traced) {
        return new Generation(30, new Sampling(0.7, 20, 1, 0), 5, STOPS, traced);
    }

    @Test
    void logProbabilitiesAndEntropiesAreThoseOfTheWholeSoftmaxWhateverTheDrawLeftOut() {
        List<Sample> samples = engine.generate(PROMPT, 12, request(true), ColumnListener.NONE);
        assertThat(samples.stream().map(Sample::end)).contains(Sample.End.STOPPED);
        for (Sample sample : samples) {
            Sample.Trace trace = sample.trace().orElseThrow();
            assertThat(trace.stop().isPresent()).isEqualTo(sample.end() == Sample.End.STOPPED);
            int[] chosen = IntStream.concat(IntStream.of(sample.tokens()), trace.stop().stream()).toArray();
            assertThat(trace.logProbabilities()).hasSameSizeAs(chosen);
            assertThat(trace.entropies()).hasSameSizeAs(chosen);
            int[] all = IntStream.concat(IntStream.of(PROMPT), IntStream.of(chosen)).toArray();
            Sequence sequence = engine.newContext();
            engine.gpt().score(sequence, all, (index, logits, row) -> {
                int next = index + 1 - PROMPT.length;
                if (next >= 0 && next < chosen.length) {
                    double[] logShares = logShares(logits, row);
                    assertThat((double) trace.logProbabilities()[next]).isCloseTo(logShares[chosen[next]], within(2e-5));
                    double entropy = -IntStream.range(0, logShares.length).mapToDouble(i -> Math.exp(logShares[i]) * logShares[i]).sum();
                    assertThat((double) trace.entropies()[next]).isCloseTo(entropy, within(2e-5));
                }
            });
            sequence.release();
        }
    }

    private static double[] logShares(Rows logits, int row) {
        double[] values = IntStream.range(0, logits.width()).mapToDouble(i -> logits.get(row, i)).toArray();
        double sum = 0;
        for (double value : values) {
            sum += Math.exp(value);
        }
        double logSum = Math.log(sum);
        return IntStream.range(0, values.length).mapToDouble(i -> values[i] - logSum).toArray();
    }

    @Test
    void tracingChangesNoToken() {
        List<Sample> traced = engine.generate(PROMPT, 5, request(true), ColumnListener.NONE);
        List<Sample> plain = engine.generate(PROMPT, 5, request(false), ColumnListener.NONE);
        assertThat(plain).allSatisfy(sample -> assertThat(sample.trace()).isEmpty());
        assertThat(traced.stream().map(sample -> IntStream.of(sample.tokens()).boxed().toList()).toList())
                .isEqualTo(plain.stream().map(sample -> IntStream.of(sample.tokens()).boxed().toList()).toList());
    }

    @Test
    void decodingAllocatesNothingPerToken() throws Exception {
        Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"), DecodingAllocation.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        // some 130 bytes a step of eight rows
        assertThat(Double.parseDouble(printed)).as("bytes a token").isLessThan(DecodingAllocation.FEW);
    }
}
