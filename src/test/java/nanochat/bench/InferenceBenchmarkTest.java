package nanochat.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import nanochat.engine.WeightFormat;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;

/// That the benchmark measures what it was asked to; never how fast.
class InferenceBenchmarkTest {
    @Test
    void everyBatchSizeIsMeasuredAndTheFieldsAreNamedAsPromised() {
        InferenceBenchmark result = InferenceBenchmark
                .run(new InferenceBenchmark.Setting(1, 100, 20, 4, List.of(1, 3), WeightFormat.INT8, 1));
        assertThat(result.sweep()).extracting(InferenceBenchmark.Row::batchSize).containsExactly(1, 3);
        // 128 wide: 12 * 128^2 weights in the block, 128 rows of lm_head, a byte each and four a scale
        assertThat(result.matrixBytes()).isBetween(13L * 128 * 128, 15L * 128 * 128);
        assertThat(result.peakBytes()).isGreaterThan(result.matrixBytes());
        assertThat(result.keysAndValues()).isEqualTo("bf16");
        // in the middle of decoding: 20 positions of the prompt and 3 of each row, keys and values of 128 channels in two bytes
        assertThat(result.sweep()).extracting(row -> row.bytesRead() - result.matrixBytes()).containsExactly((20L + 3) * 2 * 128 * 2,
                (20L + 9) * 2 * 128 * 2);
        assertThat(result.sweep()).allSatisfy(row -> assertThat(row.bandwidthShare().isEmpty())
                .isEqualTo(row.bytesRead() <= 2 * result.cacheBytes()));
        assertThat(Json.line(result)).contains("\"weights\":\"int8\"", "\"read_gb_per_second\":", "\"prefill\":{\"tokens_per_second\":",
                "\"products\":", "\"cache_bytes\":", "\"matmul_share\":", "\"sweep\":[{\"batch_size\":1,\"ttft_ms\":", "\"tpot_ms\":",
                "\"bytes_read\":", "\"bandwidth_share\":",
                "\"peak_bytes\":");
    }
}
