package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracles: the documents themselves, drawn again in another order or by another generator; for articles, the first letter of the next
/// word with a hand-written list of exceptions.
class BuiltInCorpusTest {
    private static final int DOCUMENTS = 3000;
    private final BuiltInCorpus corpus = new BuiltInCorpus(42);

    private List<String> documents(Split split) {
        return corpus.documents(split).limit(DOCUMENTS).toList();
    }

    @Test
    void seedSplitAndIndexDecideTheTextInAnyOrderAndOnAnyThread() {
        List<String> inOrder = corpus.documents(Split.TRAIN).limit(500).toList();
        BuiltInCorpus again = new BuiltInCorpus(42);
        List<String> backwards = IntStream.range(0, 500).mapToObj(i -> again.document(Split.TRAIN, 499 - i)).toList().reversed();
        List<String> parallel = LongStream.range(0, 500).parallel().mapToObj(i -> corpus.document(Split.TRAIN, i)).toList();
        assertThat(backwards).isEqualTo(inOrder);
        assertThat(parallel).isEqualTo(inOrder);
    }

    @Test
    void anotherSeedGivesOtherDocuments() {
        BuiltInCorpus other = new BuiltInCorpus(43);
        for (long index = 0; index < 200; index++) {
            assertThat(other.document(Split.TRAIN, index)).isNotEqualTo(corpus.document(Split.TRAIN, index));
        }
    }

    @Test
    void noDocumentRepeatsWithinASplitOrAcrossThem() {
        Set<String> seen = new HashSet<>(documents(Split.TRAIN));
        seen.addAll(documents(Split.VALIDATION));
        assertThat(seen).hasSize(2 * DOCUMENTS);
    }

    @Test
    void farAwayDocumentsExistToo() {
        assertThat(corpus.document(Split.TRAIN, Long.MAX_VALUE)).isNotEqualTo(corpus.document(Split.TRAIN, Long.MAX_VALUE - 1));
    }

    @ParameterizedTest
    @EnumSource
    void documentsArePlainTextOfTheStatedLength(Split split) {
        Pattern printable = Pattern.compile("[\\n -~]+");
        Pattern untidy = Pattern.compile("  | \\n|\\n\\n\\n|[{}]|\\.\\.| [,.]");
        for (String document : documents(split)) {
            assertThat(printable.matcher(document).matches()).as(document).isTrue();
            assertThat(untidy.matcher(document).find()).as(document).isFalse();
            assertThat(document.length()).isBetween(300, 1500);
        }
    }

    @Test
    void theKindsOccurAsOftenAsTheySay() {
        Map<DocumentKind, Integer> counts = new EnumMap<>(DocumentKind.class);
        for (long index = 0; index < 20_000; index++) {
            counts.merge(corpus.kind(Split.TRAIN, index), 1, Integer::sum);
        }
        int sum = 0;
        for (DocumentKind kind : DocumentKind.values()) {
            // Four standard deviations of a share near 20% in 20,000 draws.
            assertThat(counts.getOrDefault(kind, 0) / 200.0).as("%s", kind).isCloseTo(kind.percent(), within(1.2));
            sum += kind.percent();
        }
        assertThat(sum).isEqualTo(100);
    }

    @Test
    void everyArticleFitsTheWordAfterIt() {
        Pattern article = Pattern.compile("(?<![A-Za-z-])(an?|An?) ([A-Za-z]+)");
        Set<String> consonantSounds = Set.of("unicorn", "uniform", "useful");
        Set<String> vowelSounds = Set.of("hour", "honest", "honor");
        int checked = 0;
        for (long index = 0; index < DOCUMENTS; index++) {
            if (corpus.kind(Split.TRAIN, index) != DocumentKind.STORY && corpus.kind(Split.TRAIN, index) != DocumentKind.INTRODUCTION) {
                continue;
            }
            Matcher matcher = article.matcher(corpus.document(Split.TRAIN, index));
            while (matcher.find()) {
                String word = matcher.group(2).toLowerCase(Locale.ROOT);
                boolean vowel = vowelSounds.contains(word) || ("aeiou".indexOf(word.charAt(0)) >= 0 && !consonantSounds.contains(word));
                assertThat(matcher.group(1).length() == 2).as("document %d: %s", index, matcher.group()).isEqualTo(vowel);
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(1000);
    }

    @Test
    void storiesAreNotMadeOfTheSameSentences() {
        Map<String, Integer> sentences = new HashMap<>();
        int total = 0;
        int stories = 0;
        for (long index = 0; index < DOCUMENTS; index++) {
            if (corpus.kind(Split.TRAIN, index) == DocumentKind.STORY) {
                stories++;
                for (String sentence : sentences(corpus.document(Split.TRAIN, index))) {
                    sentences.merge(sentence, 1, Integer::sum);
                    total++;
                }
            }
        }
        assertThat(sentences.size()).as("distinct of %d sentences", total).isGreaterThan(total / 2);
        int most = sentences.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        assertThat(most).as("uses of the commonest sentence in %d stories", stories).isLessThan(stories / 12);
    }

    private static List<String> sentences(String document) {
        return List.of(document.split("(?<=[.!?]\"?)\\s+", -1));
    }
}
