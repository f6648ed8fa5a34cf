package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import nanochat.data.BuiltInDocuments;
import nanochat.data.DocumentSource;
import nanochat.data.TextSplit;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Fact;
import nanochat.data.corpus.Facts;
import nanochat.data.corpus.Phrasing.Form;
import nanochat.data.corpus.Relation;
import nanochat.data.corpus.Split;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Questions have one right answer, several wrong ones, and are asked in words that training never shows.
class BlankTest {
    private static final Facts FACTS = new Facts();

    @Test
    void theRightCandidateIsTrueAndTheOthersAreNot() {
        Set<String> truths = FACTS.all().stream().flatMap(fact -> FACTS.phrasings(fact.relation(), Form.STATEMENT, Split.VALIDATION)
                .stream().map(phrasing -> phrasing.render(fact))).collect(Collectors.toSet());
        List<Blank> blanks = Blank.facts(200);
        assertThat(blanks).hasSize(200).allSatisfy(blank -> {
            assertThat(blank.texts()).hasSize(Blank.CANDIDATES).doesNotHaveDuplicates();
            for (int i = 0; i < Blank.CANDIDATES; i++) {
                assertThat(truths.contains(blank.texts().get(i))).as(blank.texts().get(i)).isEqualTo(i == blank.right());
            }
        });
        assertThat(blanks.stream().map(Blank::right).collect(Collectors.toSet())).as("places of the right one").hasSize(4);
        assertThat(Blank.facts(50)).isEqualTo(blanks.subList(0, 50));
    }

    @Test
    void trainingNeverSaysIt() {
        Set<String> asked = Blank.facts(300).stream().map(blank -> blank.texts().get(blank.right())).collect(Collectors.toCollection(
                HashSet::new));
        BuiltInCorpus corpus = new BuiltInCorpus(DocumentSource.BUILT_IN_SEED);
        for (int i = 0; i < 1000; i++) {
            String document = corpus.document(Split.TRAIN, i);
            assertThat(asked).noneMatch(document::contains);
        }
    }

    @Test
    void ofOtherTextAWordOfAHeldOutSentenceIsAsked(@TempDir Path folder) throws Exception {
        BuiltInCorpus corpus = new BuiltInCorpus(1);
        Files.writeString(folder.resolve("a.txt"), IntStream.range(0, 400).mapToObj(i -> corpus.document(Split.TRAIN, i).replaceAll("\\s+",
                " ")).collect(Collectors.joining("\n\n")));
        DocumentSource source = DocumentSource.of(List.of(folder.toString()), TextSplit.BLANK_LINES);
        List<Blank> blanks = Blank.of(source, 10);
        assertThat(blanks).hasSizeBetween(4, 10).allSatisfy(blank -> assertThat(blank.texts()).hasSize(Blank.CANDIDATES)
                .doesNotHaveDuplicates());
    }

    @Test
    void builtInFactsAreAskedOnlyWhereTheyAreLearned() {
        assertThat(Blank.of(new BuiltInDocuments(0), 5)).isEqualTo(Blank.facts(5));
        assertThat(FACTS.of(Relation.CAPITAL)).contains(new Fact(Relation.CAPITAL, "France", "Paris"));
    }

    @Test
    void whatTextsHaveInCommonIsFoundOut() {
        List<int[]> texts = List.of(new int[]{1, 2, 3, 9, 9}, new int[]{1, 2, 4, 5, 9, 9}, new int[]{1, 2, 9, 9});
        assertThat(Blank.commonBeginning(texts)).isEqualTo(2);
        assertThat(Blank.commonEnd(texts, 2)).as("a stretch has at least one token").isEqualTo(1);
        assertThat(Blank.commonEnd(texts.subList(0, 2), 2)).isEqualTo(2);
        assertThat(Blank.commonBeginning(List.of(new int[]{1, 2}, new int[]{1, 2, 3}))).isEqualTo(1);
    }
}
