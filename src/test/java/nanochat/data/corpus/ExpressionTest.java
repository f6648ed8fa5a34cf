package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import nanochat.data.corpus.Sum.Operator;
import nanochat.engine.tool.Calculator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracles: values worked out by hand, and the calculator, which was written for itself.
class ExpressionTest {
    private static String value(List<Integer> numbers, Operator... operators) {
        return Expression.of(numbers, List.of(operators)).result();
    }

    @Test
    void productsComeBeforeSumsAndEqualsGoFromLeftToRight() {
        assertThat(value(List.of(3, 4, 5), Operator.PLUS, Operator.TIMES)).isEqualTo("23");
        assertThat(value(List.of(10, 4, 3), Operator.MINUS, Operator.MINUS)).isEqualTo("3");
        assertThat(value(List.of(24, 4, 3), Operator.DIVIDED, Operator.DIVIDED)).isEqualTo("2");
        assertThat(value(List.of(24, 4, 3), Operator.DIVIDED, Operator.TIMES)).isEqualTo("18");
        assertThat(value(List.of(5, 8), Operator.MINUS)).isEqualTo("-3");
    }

    @Test
    void quotientsAreTheShortestDecimalsOfTheirDoubles() {
        assertThat(value(List.of(7, 2), Operator.DIVIDED)).isEqualTo("3.5");
        assertThat(value(List.of(1, 3), Operator.DIVIDED)).isEqualTo("0.3333333333333333");
        assertThat(value(List.of(1, 3, 3), Operator.DIVIDED, Operator.TIMES)).isEqualTo("1");
        assertThat(value(List.of(15, 100, 200), Operator.DIVIDED, Operator.TIMES)).isEqualTo("30");
    }

    @Test
    void nothingIsDividedByZero() {
        assertThatThrownBy(() -> value(List.of(1, 0), Operator.DIVIDED)).isInstanceOf(ArithmeticException.class);
    }

    @ParameterizedTest
    @EnumSource
    void theCalculatorAgreesWithEveryDrawnOne(Split split) {
        Set<String> typed = new HashSet<>();
        for (long index = 0; index < 2000; index++) {
            Expression expression = Expression.draw(Draw.of(3, 9, split, index));
            assertThat(Calculator.evaluate(expression.call())).as(expression.typed()).contains(expression.result());
            typed.add(expression.typed().replaceAll("[0-9. ]", ""));
        }
        assertThat(typed).contains("+", "-", "*", "x", "×", "/", "÷", "plus").anyMatch(signs -> signs.contains("("));
    }

    /// Signs are the only difference, so a model can copy the rest.
    @Test
    void theCallIsWhatWasTypedInTheCalculatorsSigns() {
        for (long index = 0; index < 2000; index++) {
            Expression expression = Expression.draw(Draw.of(3, 9, Split.TRAIN, index));
            String inSigns = expression.typed().replace("divided by", "/").replace("plus", "+").replace("minus", "-").replace("times", "*")
                    .replace('x', '*').replace('×', '*').replace('÷', '/');
            assertThat(expression.call()).isEqualTo(inSigns);
        }
    }

    @Test
    void anExpressionBelongsToOneSplit() {
        Set<String> trained = new HashSet<>();
        for (long index = 0; index < 2000; index++) {
            trained.add(Expression.draw(Draw.of(3, 9, Split.TRAIN, index)).call().replace(" ", ""));
        }
        for (long index = 0; index < 500; index++) {
            assertThat(trained).doesNotContain(Expression.draw(Draw.of(3, 9, Split.TEST, index)).call().replace(" ", ""));
        }
    }
}
