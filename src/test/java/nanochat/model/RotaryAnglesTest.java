package nanochat.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import nanochat.model.GptConfig.Generation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Oracle: what PyTorch computes for the original's expression, recorded bit by bit. Its frequencies are ours; its cosines and sines are at
/// most one float off, as they are not always the float nearest to the true value (which one they are depends on the processor).
class RotaryAnglesTest {
    /// One line of the recording.
    ///
    /// @param what frequency, cos or sin
    record Recorded(Generation generation, int headSize, String what, int position, float[] values) {
        static Recorded parse(String line) {
            List<String> words = List.of(line.replace(":", "").split(" "));
            float[] values = new float[words.size() - 4];
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.intBitsToFloat(Integer.parseUnsignedInt(words.get(i + 4), 16));
            }
            return new Recorded(Generation.valueOf(words.get(0)), Integer.parseInt(words.get(1)), words.get(2), Integer.parseInt(words.get(
                    3)),
                    values);
        }

        GptConfig config() {
            int heads = Math.ceilDiv(24, headSize);
            return new GptConfig(16, 64, 1, heads, heads, heads * headSize, "L", generation);
        }

        @Override
        public String toString() {
            return generation + ", head size " + headSize + ", " + what + " at " + position;
        }
    }

    static Stream<Recorded> recorded() throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RotaryAnglesTest.class.getResourceAsStream("rotary-pytorch.txt")), StandardCharsets.UTF_8))) {
            return reader.lines().filter(line -> !line.startsWith("#")).map(Recorded::parse).toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void frequenciesAreTheOriginalsAndAnglesTheFloatsNearestToTheirCosineAndSine(Recorded recorded) {
        GptConfig config = recorded.config();
        int pairs = recorded.headSize / 2;
        assertThat(recorded.values).hasSize(pairs);
        if (recorded.what.equals("frequency")) {
            float[] frequencies = new float[pairs];
            for (int pair = 0; pair < pairs; pair++) {
                frequencies[pair] = RotaryAngles.frequency(config, pair);
            }
            assertThat(frequencies).as("bit for bit").isEqualTo(recorded.values);
            return;
        }
        RotaryAngles angles = RotaryAngles.of(config, recorded.position + 1);
        float[] all = recorded.what.equals("cos") ? angles.cos() : angles.sin();
        float[] actual = Arrays.copyOfRange(all, recorded.position * pairs, (recorded.position + 1) * pairs);
        boolean rounded = config.generation().roundsRotaryAngles();
        for (int pair = 0; pair < pairs; pair++) {
            int distance = Math.abs(Float.floatToIntBits(actual[pair]) - Float.floatToIntBits(recorded.values[pair]));
            assertThat(distance).as("pair %d: %s, recorded %s", pair, actual[pair], recorded.values[pair]).isLessThanOrEqualTo(rounded
                    ? 0
                    : 1);
        }
    }
}
