package nanochat.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;

/// Oracle: the definition of training, written down: count all pairs of all pieces anew for every merge, and take the best.
class BpeTrainerTest {
    @Test
    void randomTextsGiveTheMergesAndCountsOfTheDefinition() {
        for (long seed = 0; seed < 60; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<String> documents = random.nextBoolean()
                    ? repetitive(random)
                    : List.of(RandomText.of(random, 200), RandomText.of(random, 300));
            List<List<Integer>> pieces = pieces(documents);
            BpeTrainer.Result result = train(documents, 40);
            assertThat(result.tokenizer().merges()).as("seed %d", seed).hasSize(40);
            for (int i = 0; i < 40; i++) {
                Map.Entry<Merge, Long> best = best(pieces);
                assertThat(result.tokenizer().merges().get(i)).as("seed %d, merge %d", seed, i).isEqualTo(best.getKey());
                assertThat(result.counts().get(i)).as("seed %d, merge %d", seed, i).isEqualTo(best.getValue());
                apply(pieces, best.getKey(), Tokenizer.BYTES + i);
            }
        }
    }

    @Test
    void equalCountsMergeTheSmallerPairFirst() {
        // Every pair occurs once.
        assertThat(train(List.of("cd.ab"), 2).tokenizer().merges()).containsExactly(new Merge('.', 'a'), new Merge('c', 'd'));
        assertThat(train(List.of("ab cd"), 3).tokenizer().merges()).containsExactly(new Merge(' ', 'c'), new Merge('a', 'b'),
                new Merge(256, 'd'));
    }

    @Test
    void aDocumentCountsUpToItsCapAndNoCharacterIsCutInTwo() {
        TrainerOptions options = new TrainerOptions(TrainerOptions.SMALLEST_VOCABULARY, Long.MAX_VALUE, 3, 1);
        BpeTrainer.Result result = BpeTrainer.train(List.of("🙂🙂🙂🙂", "ab", "abcd").iterator(), options, TrainingProgress.NONE);
        assertThat(result.characters()).isEqualTo(3 + 2 + 3);
        assertThat(result.distinctPieces()).isEqualTo(3);
    }

    @Test
    void readingStopsWithTheDocumentThatReachesTheLimit() {
        Iterator<String> endless = Stream.generate(() -> "some words ").iterator();
        TrainerOptions options = new TrainerOptions(TrainerOptions.SMALLEST_VOCABULARY + 3, 100, 10_000, 2);
        BpeTrainer.Result result = BpeTrainer.train(endless, options, TrainingProgress.NONE);
        assertThat(result.characters()).isEqualTo(110);
        assertThat(result.counts().getFirst()).isEqualTo(10);
    }

    @Test
    void aVocabularyTooLargeForTheTextSaysHowLargeItCouldBe() {
        int possible = TrainerOptions.SMALLEST_VOCABULARY + 2;
        assertThat(train(List.of("abc abc"), 1).tokenizer().vocabularySize()).isEqualTo(possible - 1);
        assertThatThrownBy(() -> train(List.of("abc"), 3)).isInstanceOf(BadInputException.class).hasMessageContaining("2 merges")
                .hasMessageContaining("--vocab-size " + possible);
    }

    @Test
    void emptyTextAndImpossibleSizesAreBadInput() {
        assertThatThrownBy(() -> train(List.of(), 1)).isInstanceOf(BadInputException.class).hasMessageContaining("no text");
        assertThatThrownBy(() -> train(List.of("", ""), 1)).isInstanceOf(BadInputException.class).hasMessageContaining("no text");
        assertThatThrownBy(() -> TrainerOptions.defaults().withVocabularySize(264)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("at least 265");
    }

    @Test
    void anErrorWhileReadingDocumentsReachesTheCaller() {
        Iterator<String> broken = Stream.<String>generate(() -> {
            throw new BadInputException("line 7 is broken");
        }).iterator();
        assertThatThrownBy(() -> BpeTrainer.train(broken, TrainerOptions.defaults(), TrainingProgress.NONE))
                .isInstanceOf(BadInputException.class).hasMessage("line 7 is broken");
    }

    @Test
    void manyDistinctPiecesKeepTheirCountsWhenTheTablesGrow() {
        // Each word once at the start of a document and once after a space.
        List<String> words = IntStream.range(0, 100_000).mapToObj(i -> letters(i) + " " + letters(i)).toList();
        TrainerOptions options = new TrainerOptions(TrainerOptions.SMALLEST_VOCABULARY, Long.MAX_VALUE, 10_000, 3);
        PieceCounts counts = new PieceCounter(options, TrainingProgress.NONE).count(words.iterator());
        assertThat(counts.size()).isEqualTo(200_000);
        for (int piece = 0; piece < counts.size(); piece++) {
            if (counts.count(piece) != 1) {
                assertThat(counts.count(piece)).as("piece %d", piece).isEqualTo(1);
            }
        }
    }

    private static String letters(int number) {
        StringBuilder letters = new StringBuilder("w");
        for (int rest = number; rest > 0; rest /= 26) {
            letters.append((char) ('a' + rest % 26));
        }
        return letters.append("end").toString();
    }

    private static BpeTrainer.Result train(List<String> documents, int merges) {
        TrainerOptions options = new TrainerOptions(TrainerOptions.SMALLEST_VOCABULARY + merges, Long.MAX_VALUE, Integer.MAX_VALUE, 2);
        return BpeTrainer.train(documents.iterator(), options, TrainingProgress.NONE);
    }

    /// Few letters, long runs: pairs that overlap with themselves and with each other.
    private static List<String> repetitive(SplittableRandom random) {
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            StringBuilder word = new StringBuilder();
            int length = 1 + random.nextInt(20);
            for (int j = 0; j < length; j++) {
                word.append("aaabbc ".charAt(random.nextInt(7)));
            }
            documents.add(word.toString());
        }
        return documents;
    }

    private static List<List<Integer>> pieces(List<String> documents) {
        List<List<Integer>> pieces = new ArrayList<>();
        PieceScanner scanner = new PieceScanner();
        for (String document : documents) {
            scanner.reset(document);
            while (scanner.next()) {
                List<Integer> piece = new ArrayList<>();
                for (int i = scanner.start(); i < scanner.end(); i++) {
                    piece.add(scanner.bytes()[i] & 0xFF);
                }
                pieces.add(piece);
            }
        }
        return pieces;
    }

    private static Map.Entry<Merge, Long> best(List<List<Integer>> pieces) {
        Map<Merge, Long> counts = new HashMap<>();
        for (List<Integer> piece : pieces) {
            for (int i = 0; i + 1 < piece.size(); i++) {
                counts.merge(new Merge(piece.get(i), piece.get(i + 1)), 1L, Long::sum);
            }
        }
        Comparator<Map.Entry<Merge, Long>> order = Map.Entry.<Merge, Long>comparingByValue().reversed()
                .thenComparing(entry -> entry.getKey().left()).thenComparing(entry -> entry.getKey().right());
        return counts.entrySet().stream().min(order).orElseThrow();
    }

    private static void apply(List<List<Integer>> pieces, Merge merge, int token) {
        for (List<Integer> piece : pieces) {
            for (int i = 0; i + 1 < piece.size(); i++) {
                if (piece.get(i) == merge.left() && piece.get(i + 1) == merge.right()) {
                    piece.set(i, token);
                    piece.remove(i + 1);
                }
            }
        }
    }
}
