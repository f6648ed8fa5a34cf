package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Replies that a person marked.
class AnswerTest {
    @Test
    void wordsAreFoundAsWholeWordsWithEitherFirstLetter() {
        Answer ocean = Answer.Words.in("The largest ocean is the Pacific Ocean.", "the Pacific Ocean");
        assertThat(ocean.isGivenBy("The Pacific Ocean is the largest.")).isTrue();
        assertThat(ocean.isGivenBy("the Pacific Oceans")).isFalse();
        Answer gold = Answer.Words.in("The symbol of gold is Au.", "Au");
        assertThat(gold.isGivenBy("It is Au!")).isTrue();
        assertThat(gold.isGivenBy("It is AU.")).isFalse();
        assertThat(gold.isGivenBy("Austria")).isFalse();
    }

    @Test
    void aSubjectThatIsItsOwnAnswerIsNoAnswerWhenItIsOnlyRepeated() {
        Answer answer = Answer.Words.in("The capital of Singapore is Singapore.", "Singapore");
        assertThat(answer.isGivenBy("The capital of Singapore is Bangkok.")).isFalse();
        assertThat(answer.isGivenBy("Singapore is the capital of Singapore.")).isTrue();
    }

    @Test
    void theLastNumberCounts() {
        Answer twelve = new Answer.LastNumber(1200);
        assertThat(twelve.isGivenBy("1,100 + 100 = 1,200.")).isTrue();
        assertThat(twelve.isGivenBy("1200 - 0 = 1201.")).isFalse();
        assertThat(twelve.isGivenBy("1200.5")).isFalse();
        assertThat(twelve.isGivenBy("-1200")).isFalse();
        assertThat(twelve.isGivenBy("I do not know.")).isFalse();
    }

    @Test
    void theValueOfXIsSaidWithAnEqualsSignOrInAWord() {
        Answer two = new Answer.ValueOfX(2);
        assertThat(two.isGivenBy("x = 2.")).isTrue();
        assertThat(two.isGivenBy("x is 2, because 5*x + 3 = 13.")).isTrue();
        assertThat(two.isGivenBy("x = 21.")).isFalse();
        assertThat(two.isGivenBy("x = 2.5")).isFalse();
        assertThat(two.isGivenBy("5*x + 3 = 2")).isFalse();
    }

    @Test
    void oneOfSeveralRepliesIsTakenWordForWord() {
        Answer greeting = new Answer.OneOf(List.of("Hello!", "Hi!"));
        assertThat(greeting.isGivenBy("Hi! ")).isTrue();
        assertThat(greeting.isGivenBy("Hi! Hi!")).isFalse();
    }
}
