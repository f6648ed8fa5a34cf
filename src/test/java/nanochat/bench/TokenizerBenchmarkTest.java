package nanochat.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;
import org.junit.jupiter.api.Test;

/// What the benchmark reports, not how fast it is.
class TokenizerBenchmarkTest {
    @Test
    void theResultSaysWhatWasMeasuredOnHowMuch() {
        List<String> documents = new ArrayList<>();
        new SyntheticText(1, 300_000).forEachRemaining(documents::add);
        long characters = documents.stream().mapToLong(String::length).sum();
        TokenizerBenchmark.Result result = TokenizerBenchmark.run(documents, new TrainerOptions(2_000, Long.MAX_VALUE, 10_000, 2),
                TrainingProgress.NONE);
        assertThat(result.characters()).isEqualTo(characters);
        assertThat(result.vocabularySize()).isEqualTo(2_000);
        assertThat(result.threads()).isEqualTo(2);
        assertThat(result.bytesPerToken()).isBetween(1.5, 5.0);
        assertThat(Json.line(result)).contains("\"encode_mb_per_second\":", "\"encode_mb_per_second_all\":", "\"train_chars_per_second\":");
    }

    @Test
    void noTextIsBadInput() {
        assertThatThrownBy(() -> TokenizerBenchmark.run(List.of(), TrainerOptions.defaults(), TrainingProgress.NONE))
                .isInstanceOf(BadInputException.class).hasMessageContaining("no text");
    }
}
