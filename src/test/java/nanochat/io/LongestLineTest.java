package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LongestLineTest {
    @Test
    void aSmallHeapMakesItShorterAndIsNamed() {
        assertThat(LongestLine.bytes(8L << 30)).isEqualTo(64 << 20);
        assertThat(LongestLine.tooLong(8L << 30)).contains("64 MiB").doesNotContain("heap");
        assertThat(LongestLine.bytes(128L << 20)).isEqualTo(16 << 20);
        assertThat(LongestLine.tooLong(128L << 20)).contains("longer than 16 MiB", "Java heap of 128 MiB", "-Xmx");
    }
}
