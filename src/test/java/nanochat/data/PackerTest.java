package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: docs/formulas.md#data written down word by word, with linear searches through a list, and the concatenation of all documents.
class PackerTest {
    private static final int BUFFER = 1000;

    private static List<TokenizedDocument> randomDocuments(long seed, int count, int longest) {
        SplittableRandom random = new SplittableRandom(seed);
        List<TokenizedDocument> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] tokens = random.ints(random.nextInt(1, longest), 0, 1000).toArray();
            tokens[0] = -7;
            documents.add(new TokenizedDocument(tokens, tokens.length, new DocumentPosition(0, i, i)));
        }
        return documents;
    }

    private static DocumentSupply supply(List<TokenizedDocument> documents) {
        Iterator<TokenizedDocument> iterator = documents.iterator();
        return () -> iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
    }

    private static int[][] rows(Packer packer, int rowTokens) {
        List<int[]> rows = new ArrayList<>();
        int[] row = new int[rowTokens];
        for (int filled = packer.fill(row); filled > 0; filled = packer.fill(row)) {
            rows.add(Arrays.copyOf(row, filled));
        }
        return rows.toArray(int[][]::new);
    }

    private static int[][] bestFitRows(List<TokenizedDocument> documents, int rowTokens) {
        Iterator<TokenizedDocument> source = documents.iterator();
        List<TokenizedDocument> buffer = new ArrayList<>();
        List<int[]> rows = new ArrayList<>();
        while (source.hasNext() || !buffer.isEmpty()) {
            int[] row = new int[rowTokens];
            int filled = 0;
            while (filled < rowTokens) {
                while (buffer.size() < BUFFER && source.hasNext()) {
                    buffer.add(source.next());
                }
                if (buffer.isEmpty()) {
                    break;
                }
                int largestFitting = -1;
                int shortest = 0;
                for (int i = 0; i < buffer.size(); i++) {
                    int length = buffer.get(i).length();
                    if (length <= rowTokens - filled && (largestFitting < 0 || length > buffer.get(largestFitting).length())) {
                        largestFitting = i;
                    }
                    if (length < buffer.get(shortest).length()) {
                        shortest = i;
                    }
                }
                TokenizedDocument taken = buffer.remove(largestFitting >= 0 ? largestFitting : shortest);
                int count = Math.min(taken.length(), rowTokens - filled);
                System.arraycopy(taken.tokens(), 0, row, filled, count);
                filled += count;
            }
            rows.add(Arrays.copyOf(row, filled));
        }
        return rows.toArray(int[][]::new);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void bestFitTakesTheLargestThatFitsElseCropsTheShortest(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int rowTokens = random.nextInt(2, 80);
        List<TokenizedDocument> documents = randomDocuments(seed, 3000, random.nextInt(2, 200));
        BestFitPacker packer = new BestFitPacker(supply(documents));

        int[][] rows = rows(packer, rowTokens);

        assertThat(rows).isDeepEqualTo(bestFitRows(documents, rowTokens));
        assertThat(Arrays.stream(rows)).allMatch(row -> row[0] == -7);
        int packed = Arrays.stream(rows).mapToInt(row -> row.length).sum();
        int all = documents.stream().mapToInt(TokenizedDocument::length).sum();
        assertThat(packer.croppedTokens()).isEqualTo(all - packed);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void streamCutsTheConcatenationEveryTTokens(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int length = random.nextInt(1, 80);
        List<TokenizedDocument> documents = randomDocuments(seed, 300, random.nextInt(2, 200));
        int[] all = documents.stream().flatMapToInt(document -> Arrays.stream(document.tokens())).toArray();
        List<int[]> expected = new ArrayList<>();
        for (int from = 0; from + 1 < all.length; from += length) {
            expected.add(Arrays.copyOfRange(all, from, Math.min(from + length + 1, all.length)));
        }

        StreamPacker packer = new StreamPacker(supply(documents));

        assertThat(rows(packer, length + 1)).isDeepEqualTo(expected.toArray(int[][]::new));
        assertThat(packer.croppedTokens()).isZero();
    }

    /// Oracle: a stream packer for each row, of the documents that the row was dealt.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void everyRowOfAContinuedBatchIsAStreamOfItsOwn(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int length = random.nextInt(1, 80);
        int rows = random.nextInt(1, 6);
        List<TokenizedDocument> documents = randomDocuments(seed, 300, random.nextInt(2, 200));
        List<TokenizedDocument> dealt = new ArrayList<>();
        DocumentSupply supply = supply(documents);
        Packer packer = Packer.of(Packing.CONTINUED, rows, () -> {
            Optional<TokenizedDocument> next = supply.next();
            next.ifPresent(dealt::add);
            return next;
        });

        List<List<int[]>> filled = Stream.generate(() -> (List<int[]>) new ArrayList<int[]>()).limit(rows).toList();
        List<List<TokenizedDocument>> ofRow = Stream.generate(() -> (List<TokenizedDocument>) new ArrayList<TokenizedDocument>()).limit(
                rows)
                .toList();
        for (int i = 0, empty = 0; empty < rows; i++) {
            int[] row = new int[length + 1];
            int before = dealt.size();
            int tokens = packer.fill(row);
            ofRow.get(i % rows).addAll(dealt.subList(before, dealt.size()));
            empty = tokens == 0 ? empty + 1 : 0;
            if (tokens > 0) {
                filled.get(i % rows).add(Arrays.copyOf(row, tokens));
            }
        }

        assertThat(dealt).isEqualTo(documents);
        assertThat(ofRow).allSatisfy(own -> assertThat(own).isNotEmpty());
        for (int row = 0; row < rows; row++) {
            assertThat(filled.get(row).toArray(int[][]::new)).isDeepEqualTo(rows(new StreamPacker(supply(ofRow.get(row))), length + 1));
        }
    }

    @Test
    void withoutDocumentsThereAreNoRows() {
        assertThat(rows(new BestFitPacker(Optional::empty), 5)).isEmpty();
        assertThat(rows(new StreamPacker(Optional::empty), 5)).isEmpty();
    }
}
