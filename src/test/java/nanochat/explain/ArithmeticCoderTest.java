package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What goes in comes out, in about as many bits as the frequencies promise.
class ArithmeticCoderTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void symbolsComeBackWhateverTheirFrequencies(long seed) {
        Random random = new Random(seed);
        int symbols = 1 + random.nextInt(300);
        int count = random.nextInt(2000);
        long[][] starts = new long[count][];
        int[] text = new int[count];
        ArithmeticEncoder encoder = new ArithmeticEncoder();
        double bits = 0;
        for (int i = 0; i < count; i++) {
            starts[i] = starts(random, symbols);
            long total = starts[i][symbols];
            text[i] = random.nextInt(symbols);
            encoder.encode(starts[i][text[i]], starts[i][text[i] + 1], total);
            bits -= Math.log((double) (starts[i][text[i] + 1] - starts[i][text[i]]) / total) / Math.log(2);
        }
        byte[] packed = encoder.finish();
        assertThat(8.0 * packed.length).isBetween(bits - 1e-3 * count, bits + 1e-3 * count + 10);
        ArithmeticDecoder decoder = new ArithmeticDecoder(packed);
        for (int i = 0; i < count; i++) {
            long target = decoder.target(starts[i][symbols]);
            assertThat(target).as("symbol %d", i).isBetween(starts[i][text[i]], starts[i][text[i] + 1] - 1);
            decoder.take(starts[i][text[i]], starts[i][text[i] + 1], starts[i][symbols]);
        }
    }

    /// Some symbols very rare, some take nearly everything.
    private static long[] starts(Random random, int symbols) {
        long[] starts = new long[symbols + 1];
        for (int i = 0; i < symbols; i++) {
            long most = random.nextInt(20) == 0 ? 3_000_000 : 4;
            starts[i + 1] = starts[i] + 1 + random.nextLong(most);
        }
        return starts;
    }

    /// Frequencies as skewed as they may be, where the interval stays around the middle for long.
    @Test
    void theWidestFrequenciesAndTheRarestSymbols() {
        long most = ArithmeticEncoder.MOST;
        ArithmeticEncoder encoder = new ArithmeticEncoder();
        long[][] parts = {{0, 1}, {most - 1, most}, {most / 2 - 1, most / 2}, {most / 2, most / 2 + 1}, {0, most}, {1, most}};
        for (int i = 0; i < 600; i++) {
            encoder.encode(parts[i * i % parts.length][0], parts[i * i % parts.length][1], most);
        }
        ArithmeticDecoder decoder = new ArithmeticDecoder(encoder.finish());
        for (int i = 0; i < 600; i++) {
            long[] part = parts[i * i % parts.length];
            assertThat(decoder.target(most)).as("symbol %d", i).isBetween(part[0], part[1] - 1);
            decoder.take(part[0], part[1], most);
        }
    }

    @Test
    void whatHasNoPlaceIsNoSymbol() {
        ArithmeticEncoder encoder = new ArithmeticEncoder();
        assertThatThrownBy(() -> encoder.encode(3, 3, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> encoder.encode(3, 11, 10)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> encoder.encode(0, 1, ArithmeticEncoder.MOST + 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
