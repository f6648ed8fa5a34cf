package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import nanochat.compare.ProbeTask.Example;
import nanochat.compare.ProbeTask.Kind;
import nanochat.data.BuiltInDocuments;
import org.junit.jupiter.api.Test;

/// What is measured was not learned, and guessing does not help.
class ProbeTaskTest {
    private static final List<ProbeTask> TASKS = ProbeTask.of(new BuiltInDocuments(0));

    @Test
    void thereAreThree() {
        assertThat(TASKS).extracting(ProbeTask::kind).containsExactly(Kind.DOCUMENT, Kind.RELATION, Kind.ORDER);
        assertThat(ProbeTask.of(new BuiltInDocuments(0))).as("the same for all").isEqualTo(TASKS);
    }

    @Test
    void theMostFrequentClassIsNotWorthGuessing() {
        assertThat(TASKS).allSatisfy(task -> {
            Map<Integer, Long> counts = task.asked().stream().collect(Collectors.groupingBy(Example::label, Collectors.counting()));
            assertThat(counts.keySet()).allMatch(label -> label >= 0 && label < task.classes());
            long most = counts.values().stream().mapToLong(count -> count).max().orElseThrow();
            assertThat(most).isLessThanOrEqualTo((long) (1.6 * task.asked().size() / task.classes()));
        });
    }

    @Test
    void relationsAreAskedInWordsThatWereNotLearned() {
        ProbeTask relations = TASKS.get(1);
        List<String> learned = relations.learned().stream().map(Example::text).toList();
        assertThat(relations.asked()).extracting(Example::text).doesNotContainAnyElementsOf(learned);
    }

    @Test
    void exchangedSentencesAreTheSameSentences() {
        assertThat(TASKS.get(2).learned()).allSatisfy(example -> assertThat(example.text()).matches("(?s)[A-Z].*[.!?] [A-Z].*[.!?]"));
    }
}
