package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracle: the held-out documents, looked for in the decoded batches.
class ValidationBatchesTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int BOS = BYTES.id(SpecialToken.BOS);

    @TempDir
    Path folder;

    private DocumentSource source(int documents) throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"),
                String.join("\n\n", IntStream.range(0, documents).mapToObj(i -> "(" + i + ")").toList()));
        return new FileDocuments(List.of(file), TextSplit.BLANK_LINES);
    }

    private static List<Batch> batches(ValidationBatches validation) {
        List<Batch> batches = new ArrayList<>();
        validation.forEach(batches::add);
        return batches;
    }

    private static String targets(List<Batch> batches) {
        return batches.stream().map(batch -> text(batch.targets())).collect(Collectors.joining());
    }

    private static String targetsRowByRow(List<Batch> batches) {
        return IntStream.range(0, batches.getFirst().rows()).boxed().flatMap(row -> batches.stream().map(batch -> text(Arrays.copyOfRange(
                batch
                        .targets(), row * batch.length(), (row + 1) * batch.length())))).collect(Collectors.joining());
    }

    private static String text(int[] targets) {
        StringBuilder text = new StringBuilder();
        for (int target : targets) {
            if (target != Batch.IGNORED && target != BOS) {
                text.append(new String(new byte[]{(byte) target}, StandardCharsets.ISO_8859_1));
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @EnumSource
    void aSmallSplitIsSeenOnceAndFilledUpWithoutTargets(Packing packing) throws IOException {
        ValidationBatches validation = new ValidationBatches(source(301), BYTES, new BatchLayout(packing, 3, 11), Share.WHOLE, 1_000_000);
        List<Batch> batches = batches(validation);
        String[] seen = targets(batches).replace(")", ") ").split(" ");
        String[] documents = {"(0)", "(50)", "(100)", "(150)", "(200)", "(250)", "(300)"};
        switch (packing) {
            // two documents of 6 tokens fill a row of 12; the row with the one of 5 has 7 left, and the shortest then has room
            case BESTFIT -> assertThat(seen).containsOnlyOnce("(50)", "(100)", "(150)", "(200)", "(250)", "(300)").isSubsetOf(documents);
            case STREAM -> assertThat(seen).containsExactlyInAnyOrder(documents);
            case CONTINUED -> assertThat(targetsRowByRow(batches).replace(")", ") ").split(" ")).containsExactlyInAnyOrder(documents);
        }
        assertThat(batches).allMatch(batch -> batch.validTargets() > 0);
        Batch last = batches.getLast();
        for (int i = 0; i < last.targets().length; i++) {
            assertThat(last.targets()[i] != Batch.IGNORED || last.inputs()[i] == BOS || i % 11 > 0).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyPassGivesTheSameFirstTokens(Packing packing) throws IOException {
        DocumentSource source = source(9001);
        BatchLayout layout = new BatchLayout(packing, 2, 30);
        List<Batch> all = batches(new ValidationBatches(source, BYTES, layout, Share.WHOLE, Long.MAX_VALUE / 2));
        ValidationBatches validation = new ValidationBatches(source, BYTES, layout, Share.WHOLE, 121);
        assertThat(batches(validation)).hasSize(3).usingRecursiveComparison().isEqualTo(all.subList(0, 3));
        assertThat(batches(validation)).usingRecursiveComparison().isEqualTo(all.subList(0, 3));
    }

    @Test
    void aSplitWithoutDocumentsIsAnError() throws IOException {
        Path text = Files.writeString(folder.resolve("a.jsonl"), "{\"text\": \"some text\"}");
        Path blank = Files.writeString(folder.resolve("b.txt"), " \n\n ");
        DocumentSource source = new FileDocuments(List.of(text, blank), TextSplit.BLANK_LINES);
        ValidationBatches validation = new ValidationBatches(source, BYTES, new BatchLayout(Packing.BESTFIT, 1, 5), Share.WHOLE, 100);
        assertThatThrownBy(() -> batches(validation)).isInstanceOf(BadInputException.class).hasMessageContaining("2 files");
    }
}
