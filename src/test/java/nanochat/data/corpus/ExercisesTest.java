package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Reads the generated text back and works everything out again: equations by trying every x, letters by taking the word apart.
class ExercisesTest {
    private static final Pattern EQUALITY = Pattern.compile("(\\d+) ?([-+*/]) ?(\\d+)(?: ([-+]) (\\d+))? = (\\d+)");
    private static final Pattern IN_WORDS = Pattern.compile("(\\d+) (plus|minus|times|divided by) (\\d+)(?: is| equals|\\?.*?) (\\d+)");
    private static final Pattern EQUATION = Pattern.compile("(\\d+)\\*?x ([-+]) (\\d+) = (\\d+)|(\\d+) = (\\d+)\\*?x ([-+]) (\\d+)");
    private static final Pattern SOLUTION = Pattern.compile("(?<![*\\d])x (?:is|=) (?:\\d+ / \\d+ = )?(\\d+)(?! [-+*/])");

    private static List<String> documents(Split split, DocumentKind kind, int count) {
        BuiltInCorpus corpus = new BuiltInCorpus(11);
        List<String> documents = new ArrayList<>();
        for (long index = 0; documents.size() < count; index++) {
            if (corpus.kind(split, index) == kind) {
                documents.add(corpus.document(split, index));
            }
        }
        return documents;
    }

    private static int apply(int left, String operator, int right) {
        return switch (operator) {
            case "+", "plus" -> left + right;
            case "-", "minus" -> left - right;
            case "*", "times" -> left * right;
            case "/", "divided by" -> left / right;
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }

    @ParameterizedTest
    @EnumSource
    void everyStatedSumIsRight(Split split) {
        int checked = 0;
        for (DocumentKind kind : List.of(DocumentKind.ARITHMETIC, DocumentKind.EQUATIONS)) {
            for (String document : documents(split, kind, 300)) {
                Matcher matcher = EQUALITY.matcher(document);
                while (matcher.find()) {
                    int value = apply(number(matcher, 1), matcher.group(2), number(matcher, 3));
                    value = matcher.group(4) == null ? value : apply(value, matcher.group(4), number(matcher, 5));
                    assertThat(value).as(matcher.group()).isEqualTo(number(matcher, 6));
                    checked++;
                }
                Matcher words = IN_WORDS.matcher(document);
                while (words.find()) {
                    assertThat(apply(number(words, 1), words.group(2), number(words, 3))).as(words.group()).isEqualTo(number(words, 4));
                    checked++;
                }
            }
        }
        assertThat(checked).isGreaterThan(3000);
    }

    @Test
    void everySumKnowsItsResult() {
        for (int left = 0; left <= 20; left++) {
            for (int right = 1; right <= 20; right++) {
                int count = 0;
                for (int i = 0; i < left; i++) {
                    count += right;
                }
                assertThat(new Sum(left, Sum.Operator.TIMES, right).result()).isEqualTo(count);
                assertThat(new Sum(count, Sum.Operator.DIVIDED, right).result()).isEqualTo(left);
                int sum = new Sum(left, Sum.Operator.PLUS, right).result();
                assertThat(new Sum(sum, Sum.Operator.MINUS, right).result()).isEqualTo(left);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyEquationIsSolvedRight(Split split) {
        int checked = 0;
        for (String document : documents(split, DocumentKind.EQUATIONS, 300)) {
            int x = -1;
            for (String line : document.lines().toList()) {
                Matcher equation = EQUATION.matcher(line);
                if (equation.find()) {
                    x = solve(equation);
                    assertThat(Draw.splitOf(key(equation, x))).as(line).isEqualTo(split);
                }
                Matcher solution = SOLUTION.matcher(line);
                while (solution.find()) {
                    assertThat(number(solution, 1)).as("%s", line).isEqualTo(x);
                    checked++;
                }
            }
        }
        assertThat(checked).isGreaterThan(2000);
    }

    private static int solve(Matcher equation) {
        boolean flipped = equation.group(1) == null;
        int factor = number(equation, flipped ? 6 : 1);
        int offset = number(equation, flipped ? 8 : 3);
        int result = number(equation, flipped ? 5 : 4);
        for (int x = 0; x <= 100; x++) {
            if (apply(factor * x, equation.group(flipped ? 7 : 2), offset) == result) {
                return x;
            }
        }
        throw new AssertionError("no whole solution: " + equation.group());
    }

    private static long key(Matcher equation, int x) {
        boolean flipped = equation.group(1) == null;
        int offset = number(equation, flipped ? 8 : 3);
        boolean negative = equation.group(flipped ? 7 : 2).equals("-");
        return new Equation(number(equation, flipped ? 6 : 1), x, negative ? -offset : offset).key();
    }

    @ParameterizedTest
    @EnumSource
    void everyLetterCountAndSpellingIsRight(Split split) {
        Pattern there = Pattern.compile("There (?:is|are) (\\d+) letters? (\\w) in \"?(\\w+)\"?: ([-\\w]+)\\.");
        Pattern appears = Pattern.compile("The letter (\\w) appears (\\d+) times? in \"?(\\w+)\"?[.:]");
        Pattern count = Pattern.compile("Count the letter (\\w) in (\\w+): .*?\\. It appears (\\d+) times?\\.");
        Pattern spelled = Pattern.compile("The word \"?(\\w+)\"? is spelled ([-\\w]+)\\.");
        int checked = 0;
        for (String document : documents(split, DocumentKind.SPELLING, 400)) {
            for (Matcher m = there.matcher(document); m.find(); checked++) {
                assertThat(number(m, 1)).as(m.group()).isEqualTo(occurrences(m.group(3), m.group(2)));
                assertThat(m.group(4)).isEqualTo(String.join("-", m.group(3).split("")));
            }
            for (Matcher m = appears.matcher(document); m.find(); checked++) {
                assertThat(number(m, 2)).as(m.group()).isEqualTo(occurrences(m.group(3), m.group(1)));
            }
            for (Matcher m = count.matcher(document); m.find(); checked++) {
                assertThat(number(m, 3)).as(m.group()).isEqualTo(occurrences(m.group(2), m.group(1)));
            }
            for (Matcher m = spelled.matcher(document); m.find(); checked++) {
                assertThat(m.group(2)).isEqualTo(String.join("-", m.group(1).split("")));
            }
        }
        assertThat(checked).isGreaterThan(1000);
    }

    private static int occurrences(String word, String letter) {
        return (int) Arrays.stream(word.split("")).filter(letter::equals).count();
    }

    @Test
    void thereAreManyDifferentWordsToSpell() {
        List<String> words = new Words().all();
        assertThat(words).hasSizeGreaterThanOrEqualTo(1500).doesNotHaveDuplicates().allMatch(word -> word.matches("[a-z]{3,12}"));
    }
}
