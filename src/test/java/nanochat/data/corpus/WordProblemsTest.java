package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.conversation.Part;
import nanochat.engine.tool.Calculator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracles: the calculator that works the solutions out again, the cast's lists of singulars and plurals, and the problems drawn again.
class WordProblemsTest {
    private static final int COUNT = 2500;
    private static final Pattern EQUATION = Pattern.compile("(\\d+ [-+*/] \\d+) = ");

    private static final WordProblems PROBLEMS = new WordProblems(5);
    private static final Map<Split, List<WordProblem>> DRAWN = Stream.of(Split.values()).collect(Collectors.toMap(split -> split,
            split -> LongStream.range(0, COUNT).mapToObj(index -> PROBLEMS.problem(split, index)).toList()));

    private static List<WordProblem> some(Split split) {
        return DRAWN.get(split);
    }

    private static List<String> calls(WordProblem problem) {
        return problem.reply().parts().stream().filter(Part.Python.class::isInstance).map(part -> ((Part.Python) part).expression())
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void everySolutionIsWorkedOutByTheCalculatorAndEndsWithItsLastResult(Split split) {
        for (WordProblem problem : some(split)) {
            List<Part> parts = problem.reply().parts();
            assertThat(parts).as("%s", problem).hasSize(3 * problem.steps() + 1);
            String equation = "";
            for (int i = 0; i < parts.size() - 1; i += 3) {
                String thought = ((Part.Text) parts.get(i)).text();
                String expression = ((Part.Python) parts.get(i + 1)).expression();
                assertThat(thought).startsWith(equation).endsWith(": ");
                String result = Calculator.evaluate(expression).orElseThrow();
                equation = expression + " = " + result + ". ";
                assertThat(parts.get(i + 2)).as("%s", problem).isEqualTo(new Part.PythonOutput(result));
                assertThat(Integer.parseInt(result)).isBetween(2, 2000);
            }
            assertThat(((Part.Text) parts.getLast()).text()).startsWith(equation).endsWith(".");
            Part.PythonOutput last = (Part.PythonOutput) parts.get(parts.size() - 2);
            assertThat(problem.answer()).isEqualTo(new Answer.LastNumber(Long.parseLong(last.text())));
            assertThat(problem.answer().isGivenBy(problem.reply().text())).as("%s", problem).isTrue();
        }
    }

    /// "twice" says a number too.
    private static Set<String> numbers(String text) {
        Set<String> numbers = Pattern.compile("\\d+").matcher(text).results().map(match -> match.group()).collect(Collectors.toSet());
        if (text.toLowerCase(Locale.ROOT).contains("twice")) {
            numbers.add("2");
        }
        return numbers;
    }

    @ParameterizedTest
    @EnumSource
    void theQuestionSaysWhatTheSolutionNeedsAndNotItsResult(Split split) {
        int told = 0;
        for (WordProblem problem : some(split)) {
            Set<String> given = numbers(problem.question());
            String first = calls(problem).getFirst();
            assertThat(given).as("%s", problem).containsAll(numbers(first));
            Set<String> later = new HashSet<>(numbers(calls(problem).getLast()));
            if (problem.steps() == 2) {
                later.remove(Calculator.evaluate(first).orElseThrow());
            }
            assertThat(given).as("%s", problem).containsAll(later);
            told += given.contains(Calculator.evaluate(calls(problem).getLast()).orElseThrow()) ? 1 : 0;
        }
        assertThat(told).as("results that are among the numbers by chance").isLessThan(COUNT / 8);
    }

    @Test
    void seedSplitAndIndexDecideAProblemInAnyOrderAndOnAnyThread() {
        List<WordProblem> inOrder = LongStream.range(0, 300).mapToObj(index -> PROBLEMS.problem(Split.TRAIN, index)).toList();
        WordProblems again = new WordProblems(5);
        assertThat(LongStream.range(0, 300).mapToObj(index -> again.problem(Split.TRAIN, 299 - index)).toList().reversed())
                .isEqualTo(inOrder);
        assertThat(LongStream.range(0, 300).parallel().mapToObj(index -> PROBLEMS.problem(Split.TRAIN, index)).toList()).isEqualTo(inOrder);
        WordProblems others = new WordProblems(6);
        assertThat(LongStream.range(0, 300).mapToObj(index -> others.problem(Split.TRAIN, index)).toList()).isNotEqualTo(inOrder);
    }

    @Test
    void noCalculationIsInTwoSplitsAndNoHeldOutSumIsAStepOfTraining() {
        Map<List<String>, Split> splits = new HashMap<>();
        for (Split split : Split.values()) {
            for (WordProblem problem : some(split)) {
                Split before = splits.put(calls(problem), split);
                assertThat(before == null || before == split).as("%s", problem).isTrue();
            }
        }
        Set<String> trained = some(Split.TRAIN).stream().flatMap(problem -> calls(problem).stream()).collect(Collectors.toSet());
        for (Split split : List.of(Split.VALIDATION, Split.TEST)) {
            List<String> asked = some(split).stream().filter(problem -> problem.steps() == 1).map(problem -> calls(problem).getFirst())
                    .toList();
            assertThat(asked).isNotEmpty().doesNotContainAnyElementsOf(trained);
        }
    }

    /// The lines that start so, without that.
    private static List<String> lines(String prefix) {
        return Resource.lines("problems.txt").stream().filter(line -> line.startsWith(prefix)).map(line -> line.substring(prefix.length()))
                .toList();
    }

    @Test
    void noWordingIsInTwoSplitsAndNoneTwice() {
        List<String> all = Stream.of("ask ", "held-out ask ", "test ask ").flatMap(prefix -> lines(prefix).stream()).toList();
        Map<String, Integer> seen = new HashMap<>();
        all.forEach(line -> seen.merge(line.replaceAll("\\{[^}]*}", "_").toLowerCase(Locale.ROOT), 1, Integer::sum));
        Set<String> heldOut = Stream.of("held-out ask ", "test ask ").flatMap(prefix -> lines(prefix).stream())
                .map(line -> line.replaceAll("\\{[^}]*}", "_").toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
        assertThat(all).doesNotHaveDuplicates();
        assertThat(seen).as("also with other words in the slots").allSatisfy((line, times) -> assertThat(times == 1 || !heldOut.contains(
                line))
                .isTrue());
    }

    @Test
    void thereAreManyFramesOfOneStepAndOfTwoWithSeveralWordings() {
        Sections sections = new Sections("problems.txt");
        int[] frames = new int[3];
        Map<String, Integer> operations = new HashMap<>();
        for (String name : sections.names()) {
            List<String> lines = sections.lines(name);
            List<String> steps = lines.stream().filter(line -> line.startsWith("step ")).toList();
            frames[steps.size()]++;
            if (steps.size() == 1) {
                operations.merge(steps.getFirst().split(" ", -1)[2], 1, Integer::sum);
            }
            assertThat(lines.stream().filter(line -> line.startsWith("ask "))).as(name).hasSizeGreaterThanOrEqualTo(3);
        }
        assertThat(frames[1]).isGreaterThanOrEqualTo(60);
        assertThat(frames[2]).isGreaterThanOrEqualTo(60);
        assertThat(operations).containsOnlyKeys("+", "-", "*", "/").allSatisfy((_, count) -> assertThat(count).isGreaterThanOrEqualTo(15));
    }

    @ParameterizedTest
    @EnumSource
    void threeInFiveProblemsHaveOneStepAndEveryFrameIsDrawn(Split split) {
        List<WordProblem> some = some(split);
        assertThat(some.stream().filter(problem -> problem.steps() == 1).count()).isBetween(COUNT * 56L / 100, COUNT * 64L / 100);
        assertThat(some.stream().map(WordProblem::frame).distinct()).hasSize(new Sections("problems.txt").names().size());
        assertThat(some.stream().map(WordProblem::question).distinct().count()).isGreaterThan(COUNT * 9L / 10);
    }

    @ParameterizedTest
    @EnumSource
    void theTextIsPlainEnglish(Split split) {
        List<String> singulars = new ArrayList<>();
        List<String> plurals = new ArrayList<>();
        Sections cast = new Sections("problem-cast.txt");
        for (String header : cast.names()) {
            for (String line : header.contains("|") ? cast.lines(header) : List.<String>of()) {
                singulars.add(line.split(" \\| ", -1)[0]);
                plurals.add(line.split(" \\| ", -1)[1]);
            }
        }
        singulars.removeAll(plurals); // sheep
        Pattern numberAndNoun = Pattern.compile("\\b\\d+ (?:more |others? )?(" + String.join("|", singulars) + ")\\b");
        Pattern oneOfThem = Pattern.compile("\\b(?:an?|one|each|every) (" + String.join("|", plurals.stream()
                .filter(plural -> !plural.equals("sheep")).toList()) + ")\\b");
        Pattern article = Pattern.compile("\\b(a|an) ([a-z])([a-z]*)", Pattern.CASE_INSENSITIVE);
        for (WordProblem problem : some(split)) {
            String text = problem.question() + " " + problem.reply().text();
            assertThat(text).matches("[ -~]+").doesNotContain("{", "}", "  ", " .", " ,", " ?");
            assertThat(text).as("%s", problem).doesNotContainPattern(numberAndNoun).doesNotContainPattern(oneOfThem);
            assertThat(problem.question()).matches("[A-Z0-9].*[?.]");
            Matcher articles = article.matcher(text);
            while (articles.find()) {
                String word = articles.group(2) + articles.group(3);
                boolean vowel = "aeiou".contains(articles.group(2).toLowerCase(Locale.ROOT)) && !word.startsWith("euro") && !word.equals(
                        "one");
                boolean hour = word.equals("hour");
                assertThat(articles.group(1).equalsIgnoreCase("an")).as(articles.group()).isEqualTo(vowel || hour);
            }
        }
    }

    @Test
    void whatSolutionsSayInWordsIsWhatTheyCompute() {
        for (WordProblem problem : some(Split.TRAIN)) {
            List<String> said = EQUATION.matcher(problem.reply().text()).results().map(match -> match.group(1)).toList();
            assertThat(said).isEqualTo(calls(problem));
        }
    }

    @Test
    void oneStepHasTheKeyOfItsSumAndTwoStepsOneOfTheirOwn() {
        Sum first = new Sum(12, Sum.Operator.PLUS, 5);
        Sum second = new Sum(17, Sum.Operator.MINUS, 4);
        assertThat(ProblemFrame.key(List.of(first))).isEqualTo(first.key());
        Set<Long> keys = Set.of(first.key(), second.key(), ProblemFrame.key(List.of(first, second)), ProblemFrame.key(List.of(second,
                first)));
        assertThat(keys).hasSize(4);
    }

    @Test
    void aFrameThatSaysWhatItDoesNotHaveIsRefused() {
        Cast cast = new Cast("cast.txt", "problem-cast.txt");
        List<String> good = List.of("numbers a 3-9, b 3-9", "step a + b: Add", "ask {A} and {b}?", "held-out ask {b} and {a}?",
                "test ask Both of {a} and {b}?", "reply It is {result}.");
        assertThat(new ProblemFrame("good", good, cast).steps()).isEqualTo(1);
        for (String bad : List.of("numbers a 3", "step a ^ b: Add", "step a + b", "ask {nobody}?", "tell a story")) {
            List<String> lines = new ArrayList<>(good);
            lines.add(bad);
            assertThatThrownBy(() -> new ProblemFrame("bad", lines, cast)).as(bad)
                    .isInstanceOfAny(IllegalStateException.class, IllegalArgumentException.class).hasMessageNotContaining("null");
        }
        assertThatThrownBy(() -> new ProblemFrame("bad", good.subList(2, 6), cast)).hasMessageContaining("[bad] needs its numbers");
    }
}
