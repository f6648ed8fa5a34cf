package nanochat.data.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Oracle: a block that pyarrow 25 packed (`pyarrow.Codec("lz4_raw")`), with literals, overlapping copies, and lengths of several bytes.
class Lz4Test {
    private static final byte[] TEXT = ("Lossless compression, literal by literal: ".repeat(3) + "abcabcabcabcabcabcabcabc" + "x".repeat(
            600)
            + IntStream.range(0, 300).mapToObj(i -> String.valueOf((char) (33 + i * 7919 % 90))).collect(Collectors.joining()) + "the end")
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BLOCK = Base64.getDecoder().decode("9BFMb3NzbGVzcyBjb21wcmVzc2lvbiwgbGl0ZXJhbCBieQsALzogKgBBP2FiYwMAAh94AQD"
            + "//0b/SyF6eXh3dnV0c3JxcG9ubWxramloZ2ZlZGNiYWBfXl1cW1pZWFdWVVRTUlFQT05NTEtKSUhHRkVEQ0JBQD8+PTw7Ojk4NzY1NDMyMTAvLi0sKyopKCcmJSQjIloA"
            + "v3B0aGUgZW5k");

    @Test
    void aBlockIsUnpacked() throws IOException {
        assertThat(Lz4.block(BLOCK, TEXT.length)).isEqualTo(TEXT);
    }

    @Test
    void blocksInFramesAreUnpackedAndSoIsOneWithout() throws IOException {
        int size = BLOCK.length;
        byte[] one = ByteBuffer.allocate(8 + size).putInt(TEXT.length).putInt(size).put(BLOCK).array();
        assertThat(Lz4.hadoop(one, TEXT.length)).isEqualTo(TEXT);
        byte[] twoContents = ByteBuffer.allocate(16 + 2 * size).put(one).put(one).array();
        byte[] twoBlocks = ByteBuffer.allocate(12 + 2 * size).putInt(2 * TEXT.length).putInt(size).put(BLOCK).putInt(size).put(BLOCK)
                .array();
        byte[] twice = ByteBuffer.allocate(2 * TEXT.length).put(TEXT).put(TEXT).array();
        assertThat(Lz4.hadoop(twoContents, twice.length)).isEqualTo(twice);
        assertThat(Lz4.hadoop(twoBlocks, twice.length)).isEqualTo(twice);
        assertThat(Lz4.hadoop(BLOCK, TEXT.length)).isEqualTo(TEXT);
    }

    @Test
    void whatIsDamagedIsAnIoException() {
        assertThatThrownBy(() -> Lz4.block(BLOCK, TEXT.length + 1)).isInstanceOf(IOException.class);
        SplittableRandom random = new SplittableRandom(1);
        for (int trial = 0; trial < 5000; trial++) {
            byte[] bad = Arrays.copyOf(BLOCK, random.nextInt(1, BLOCK.length + 1));
            bad[random.nextInt(bad.length)] ^= (byte) random.nextInt(1, 256);
            try {
                assertThat(Lz4.hadoop(bad, TEXT.length)).hasSize(TEXT.length);
            } catch (IOException expected) {
                assertThat(expected).hasMessageContaining("damaged");
            }
        }
    }
}
