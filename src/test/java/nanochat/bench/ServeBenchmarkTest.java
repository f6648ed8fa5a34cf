package nanochat.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.bench.ServeBenchmark.Setting;
import nanochat.engine.WeightFormat;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// That the benchmark asks a real server and counts what came; never how fast.
@Timeout(120)
class ServeBenchmarkTest {
    private final List<String> problems = new ArrayList<>();

    private static Setting setting(Optional<URI> url, int clients, int rows, double drop) {
        return new Setting(url, Optional.empty(), clients, 1, rows, 10, 4, 6, drop, 1, 400, WeightFormat.F32, 1);
    }

    @Test
    void clientsAreAnsweredAndTheFieldsAreNamedAsPromised() throws Exception {
        ServeBenchmark result = ServeBenchmark.run(setting(Optional.empty(), 3, 2, 0), problems::add);
        assertThat(problems).isEmpty();
        assertThat(result.errors()).isZero();
        assertThat(result.dropped()).isZero();
        assertThat(result.requests()).isPositive();
        assertThat(result.requestsPerSecond()).isEqualTo(result.requests());
        assertThat(result.tokensPerSecond()).isBetween(1.0, 6.5 * (result.requests() + 6));
        assertThat(result.ratioToBenchInfer().orElseThrow())
                .isEqualTo(result.tokensPerSecond() / result.benchInferTokensPerSecond().orElseThrow());
        assertThat(result.ttftMs().p50()).isPositive().isLessThanOrEqualTo(result.ttftMs().p95());
        assertThat(result.tpotMs().p95()).isPositive().isLessThanOrEqualTo(result.tpotMs().p99());
        assertThat(result.slowestToFastest().orElseThrow()).isGreaterThanOrEqualTo(1);
        assertThat(result.rowsLeft()).isZero();
        assertThat(result.pagesLeft()).isZero();
        assertThat(Json.line(result)).contains("\"requests\":", "\"errors\":0", "\"requests_per_second\":", "\"tokens_per_second\":",
                "\"ratio_to_bench_infer\":", "\"ttft_ms\":{\"p50\":", "\"p95\":", "\"p99\":", "\"tpot_ms\":{", "\"slowest_to_fastest\":",
                "\"rows_left\":0", "\"pages_left\":0");
    }

    @Test
    void clientsThatLeaveAreNoErrorsAndLeaveNothingBehind() throws Exception {
        ServeBenchmark result = ServeBenchmark.run(setting(Optional.empty(), 6, 4, 0.5), problems::add);
        assertThat(problems).isEmpty();
        assertThat(result.errors()).isZero();
        assertThat(result.dropped()).isPositive();
        assertThat(result.requests()).isPositive();
        assertThat(result.rowsLeft()).isZero();
        assertThat(result.pagesLeft()).isZero();
    }

    @Test
    void aServerThatIsNotThereIsAnErrorThatSaysSo() {
        assertThatThrownBy(() -> ServeBenchmark.run(setting(Optional.of(URI.create("https://localhost")), 1, 1, 0), problems::add))
                .isInstanceOf(BadInputException.class).hasMessageContaining("https://localhost");
        assertThatThrownBy(() -> ServeBenchmark.run(setting(Optional.of(URI.create("http://localhost:1")), 1, 1, 0), problems::add))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aMadeUpTokenizerHasAsManyTokensAsTheModel() {
        Tokenizer tokenizer = ServeBenchmark.madeUp(32768);
        assertThat(tokenizer.vocabularySize()).isEqualTo(32768);
        assertThat(tokenizer.decode(256, 257, 32000)).startsWith("aaab").matches("[a-z]+");
    }
}
