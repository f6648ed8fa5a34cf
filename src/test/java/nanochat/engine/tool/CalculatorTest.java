package nanochat.engine.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Results worked out by hand, or by Python where it prints a float; hostile input from a seeded generator.
class CalculatorTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            12+34                   | 46
            20/2                    | 10
            5/2                     | 2.5
            1/5                     | 0.2
            0.1+0.2                 | 0.3
            10/3*3                  | 10
            1/3                     | 0.3333333333333333
            2/3                     | 0.6666666666666666
            1/30000000              | 0.000000033333333333333334
            2+3*4-6/2               | 11
            (2+3)*(4-6)/2           | -5
            -(3-5)                  | 2
            --7                     | 7
            2*-3                    | -6
            1,250*2                 | 2500
            1,000,000.50+0.5        | 1000001
            .5+5.                   | 5.5
            0*-1                    | 0
            ` 7  *  ( 6 ) `         | 42
            99999999999*99999999999 | 9999999999800000000001
            "strawberry".count("r") | 3
            'strawberry'.count('r') | 3
            "it's".count("'")       | 1
            "aaaa".count("aa")      | 2
            "abc".count("")         | 4
            "a,b,c".count(",")      | 2
            "Abc".count('a')        | 0
            ` "x" . count ( "x" ) ` | 1
            " hello".count("l")     | 2
            len("hello")            | 5
            len(" hello ".strip())  | 5
            len(" hello")           | 6
            len("")                 | 0
            len('a😀')              | 2
            "hello"[0]              | h
            "hello"[-1]             | o
            "hello"[-5]             | h
            " hello".strip()[0]     | h
            "hello"[::-1]           | olleh
            "a😀b"[::-1]            | b😀a
            " hello".strip()[::-1]  | olleh
            "-".join("hello")       | h-e-l-l-o
            "-".join(" hi".strip()) | h-i
            ", ".join("abc")        | `a, b, c`
            "".join("abc")          | abc
            ` len ( "abc" ) `       | 3
            """)
    void computes(String expression, String result) {
        assertThat(Calculator.evaluate(expression)).contains(result);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "1+", "*2", "2**3", "7//2", "1/0", "1/(2-2)", "(1", "1)", "()", "1 2", "1e5", "0x10", ".", "1.2.3",
        "-", "abc",
        "__import__('os')", "2^3", "5%2", "٣+٤", "１+１", "1+1;2", "\"abc\"", "\"abc\".upper()", "\"abc\".count(\"a\"", "\"abc\".count('a\")",
        "\"abc\".count(\"a\")+1", "\"a\\\"b\".count(\"a\")", "\"abc\".counts(\"a\")", "1+1\u0000", "1\n+1", "9*9=81",
        "len", "len(", "len()", "len(abc)", "len(\"abc\"", "len(\"abc\")+1", "lens(\"abc\")", "\"abc\".strip()", "\"abc\"[3]",
        "\"abc\"[-4]", "\"\"[0]",
        "\"abc\"[]", "\"abc\"[0", "\"abc\"[1:2]", "\"abc\"[::-2]", "\"abc\"[0][0]", "\"abc\"[99999999999]", "\"-\".join(abc)",
        "\"-\".join(\"abc\"", "\"a\\\\b\"[0]", "\"abc\".strip(\"a\")[0]"})
    void hasNoResultForWhatItDoesNotKnow(String expression) {
        assertThat(Calculator.evaluate(expression)).isEmpty();
    }

    @Test
    void sizeIsBounded() {
        assertThat(Calculator.evaluate("(".repeat(60) + "1" + ")".repeat(60))).contains("1");
        assertThat(Calculator.evaluate("(".repeat(200) + "1" + ")".repeat(200))).isEmpty();
        assertThat(Calculator.evaluate("-".repeat(500) + "1")).isEmpty();
        assertThat(Calculator.evaluate("1+".repeat(255) + "1")).contains("256");
        assertThat(Calculator.evaluate("1+".repeat(256) + "1")).isEmpty();
        assertThat(Calculator.evaluate("9".repeat(32) + "*" + "9".repeat(32)).orElseThrow()).hasSize(64);
        assertThat(Calculator.evaluate("9".repeat(33) + "*" + "9".repeat(32))).isEmpty();
        assertThat(Calculator.evaluate("1/" + "9".repeat(400))).as("smaller than any double").isEmpty();
        assertThat(Calculator.evaluate("9".repeat(400) + "/7")).as("larger than any double").isEmpty();
        assertThat(Calculator.evaluate("\"-\".join(\"" + "a".repeat(32) + "\")").orElseThrow()).hasSize(63);
        assertThat(Calculator.evaluate("\"-\".join(\"" + "a".repeat(33) + "\")")).isEmpty();
    }

    @Test
    void nothingEverEscapes() {
        String[] pieces = {"1", "0", "9", "99999999999999", ".", ",", "+", "-", "*", "/", "(", ")", " ", "\t", "\"", "'", "a", ".count(",
            "\\", "e", "1/",
            "(((((((", "))))", "\ud800", "\udc00", "é", "\u0000", "\n", "0.000000001", "/0", "9".repeat(330), "-(", "\"aa\".count(\"a\")",
            "len(", "[", "]", "::-1", "[0]",
            ".strip()", "\"-\".join("};
        long seed = 20260704;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String expression = random.ints(random.nextInt(i % 100 == 0 ? 600 : 25), 0, pieces.length).mapToObj(piece -> pieces[piece])
                    .collect(Collectors.joining());
            assertThatCode(() -> Calculator.evaluate(expression)).as("seed %s, expression %s: %s", seed, i, expression)
                    .doesNotThrowAnyException();
        }
    }
}
