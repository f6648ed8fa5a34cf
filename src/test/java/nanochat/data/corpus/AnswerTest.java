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

    @Test
    void aDecimalIsTheLastNumberAsTheCalculatorPrintsIt() {
        Answer answer = new Answer.LastDecimal("3.5");
        assertThat(answer.isGivenBy("The answer is 3.5.")).isTrue();
        assertThat(answer.isGivenBy("7/2 = 3.5")).isTrue();
        assertThat(answer.isGivenBy("The answer is 3.50.")).isFalse();
        assertThat(answer.isGivenBy("3.5 is less than 4.")).isFalse();
        assertThat(new Answer.LastDecimal("-1234.25").isGivenBy("That makes -1,234.25.")).isTrue();
        assertThat(answer.isGivenBy("It is half.")).isFalse();
    }

    @Test
    void membersAreAsManyAsAskedForInAnyOrder() {
        Answer two = new Answer.Members(List.of("dog", "cat", "horse"), 2);
        assertThat(two.isGivenBy("Here are two animals: cat and dog.")).isTrue();
        assertThat(two.isGivenBy("Here are two animals: cat and cat.")).isFalse();
        assertThat(two.isGivenBy("Here are two animals: dog, cat and horse.")).isFalse();
        assertThat(two.isGivenBy("Here are two animals: cat and doghouse.")).isFalse();
        assertThat(two.isGivenBy("Dog, horse")).isTrue();
    }

    @Test
    void honestyHasManyWords() {
        Answer honest = new Answer.Honest();
        assertThat(List.of("I do not know that.", "I cannot see the clock.", "I don't know.", "I did not understand that.",
                "My corpus tells nothing about books.", "I only know capitals.")).allMatch(honest::isGivenBy);
        assertThat(List.of("Shakespeare wrote Hamlet.", "I know it.", "The knot is tight.", "")).noneMatch(honest::isGivenBy);
    }

    @Test
    void whatIsSaidIsFoundAnywhereInEitherCase() {
        Answer says = new Answer.Says("monday.*sunday|\\b7\\b");
        assertThat(says.isGivenBy("The days are: Monday,\nTuesday, Sunday.")).isTrue();
        assertThat(says.isGivenBy("There are 7 days.")).isTrue();
        assertThat(says.isGivenBy("There are 77 days.")).isFalse();
        assertThat(says.isGivenBy("From Sunday to Monday.")).isFalse();
    }

    @Test
    void eitherOfTwoAnswersIsEnough() {
        Answer either = new Answer.Either(new Answer.Honest(), new Answer.Says("program"));
        assertThat(either.isGivenBy("I do not have feelings.")).isTrue();
        assertThat(either.isGivenBy("I am a program.")).isTrue();
        assertThat(either.isGivenBy("Yes.")).isFalse();
    }
}
