package nanochat.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorCacheTest {
    @TempDir
    private Path caches = Path.of("");

    private void cache(int index, String size) throws Exception {
        Files.writeString(Files.createDirectories(caches.resolve("index" + index)).resolve("size"), size + "\n");
    }

    @Test
    void theLargestCacheCountsInWhateverUnitItIsTold() throws Exception {
        cache(0, "48K");
        cache(2, "2048K");
        cache(3, "266240K");
        assertThat(ProcessorCache.lastLevelBytes(caches)).isEqualTo(260L << 20);
        cache(3, "32M");
        assertThat(ProcessorCache.lastLevelBytes(caches)).isEqualTo(32L << 20);
    }

    @Test
    void aSystemThatDoesNotTellHasNone() throws Exception {
        assertThat(ProcessorCache.lastLevelBytes(caches.resolve("nowhere"))).isZero();
        cache(0, "unknown");
        assertThat(ProcessorCache.lastLevelBytes(caches)).isZero();
    }
}
