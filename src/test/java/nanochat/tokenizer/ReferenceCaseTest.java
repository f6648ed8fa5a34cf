package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Oracle: `reference/bpe-small`, recorded from the original Python system: every merge with its count, and texts with their tokens.
class ReferenceCaseTest {
    private static JsonNode expected;
    private static BpeTrainer.Result trained;

    @BeforeAll
    static void train() {
        expected = JsonMapper.shared().readTree(Trained.reference("case.json"));
        int size = expected.get("merges").size() + TrainerOptions.SMALLEST_VOCABULARY;
        String corpus = new String(Trained.reference("corpus.txt"), StandardCharsets.UTF_8);
        TrainerOptions options = new TrainerOptions(size, Long.MAX_VALUE, Integer.MAX_VALUE, 2);
        trained = BpeTrainer.train(List.of(corpus).iterator(), options, TrainingProgress.NONE);
    }

    @Test
    void theSplitPatternIsTheRecordedOne() {
        assertThat(SplitPattern.REGEX).isEqualTo(expected.get("split_pattern").asString());
    }

    @Test
    void trainingFindsTheRecordedMergesWithTheirCounts() {
        Iterator<Merge> merges = trained.tokenizer().merges().iterator();
        Iterator<Long> counts = trained.counts().iterator();
        for (JsonNode merge : expected.get("merges")) {
            assertThat(merges.next()).isEqualTo(new Merge(merge.get(0).asInt(), merge.get(1).asInt()));
            assertThat(counts.next()).isEqualTo(merge.get(2).asLong());
        }
        assertThat(merges).isExhausted();
    }

    @Test
    void textsEncodeToTheRecordedTokensAndDecodeBack() {
        assertThat(expected.get("encode").size()).isPositive();
        for (JsonNode encoded : expected.get("encode")) {
            String text = encoded.get("text").asString();
            int[] ids = encoded.get("ids").valueStream().mapToInt(JsonNode::asInt).toArray();
            assertThat(trained.tokenizer().encode(text)).as(text).isEqualTo(ids);
            assertThat(trained.tokenizer().decode(ids)).isEqualTo(text);
        }
    }

    @Test
    void theNumberOfThreadsAndTheOrderOfDocumentsChangeNothing() {
        String[] lines = new String(Trained.reference("corpus.txt"), StandardCharsets.UTF_8).split("(?<=\n)");
        List<String> backwards = Arrays.asList(lines).reversed();
        TrainerOptions one = new TrainerOptions(700, Long.MAX_VALUE, Integer.MAX_VALUE, 1);
        TrainerOptions three = new TrainerOptions(700, Long.MAX_VALUE, Integer.MAX_VALUE, 3);
        BpeTrainer.Result forwardResult = BpeTrainer.train(Arrays.asList(lines).iterator(), one, TrainingProgress.NONE);
        BpeTrainer.Result backwardResult = BpeTrainer.train(backwards.iterator(), three, TrainingProgress.NONE);
        assertThat(backwardResult.tokenizer().merges()).isEqualTo(forwardResult.tokenizer().merges());
        assertThat(backwardResult.counts()).isEqualTo(forwardResult.counts());
    }
}
