package nanochat.data.corpus;

import static nanochat.data.corpus.Sum.Operator.DIVIDED;
import static nanochat.data.corpus.Sum.Operator.TIMES;

import java.util.List;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Part;

/// Questions about numbers, which the calculator answers: sums in words, signs and stories, and equations.
final class ToolExchanges {
    /// Of a hundred sums that can be told as a story, how many are. In training more: they are harder to understand than to compute.
    private static final int STORIES_PERCENT = 25;
    private static final int TRAINING_STORIES_PERCENT = 45;
    /// Of a hundred expressions, how many are a share, a square, a half.
    private static final int IN_WORDS_PERCENT = 12;

    /// What is calculated in questions such as "What is 15% of 200?".
    private record InWords(int a, int b) {
        private static InWords draw(Draw draw) {
            while (true) {
                InWords numbers = new InWords(draw.percent(60) ? draw.between(2, 20) : draw.between(21, 99),
                        draw.percent(50) ? draw.between(1, 20) * 10 : draw.between(2, 400));
                if (draw.allows(numbers.a * 1000L + numbers.b)) {
                    return numbers;
                }
            }
        }

        private static Template.Slot<InWords> slot(String name) {
            return switch (name) {
                case "a" -> (numbers, out) -> out.append(numbers.a);
                case "b" -> (numbers, out) -> out.append(numbers.b);
                default -> throw new IllegalArgumentException("there are numbers a and b, not " + name);
            };
        }
    }

    private final Dialog<Sum> sums;
    private final Dialog<SumStory> plus;
    private final Dialog<SumStory> minus;
    private final Dialog<SumStory> times;
    private final Dialog<SumStory> divided;
    private final List<String> names;
    private final List<String> things;
    private final Dialog<Equation> equations;
    private final Dialog<Expression> expressions;
    private final Dialog<InWords> percent;
    private final Dialog<InWords> square;
    private final Dialog<InWords> half;
    private final Dialog<InWords> twice;

    ToolExchanges(Sections sections) {
        sums = new Dialog<>(sections, "sum", Sum::slot);
        plus = new Dialog<>(sections, "plus", SumStory::slot);
        minus = new Dialog<>(sections, "minus", SumStory::slot);
        times = new Dialog<>(sections, "times", SumStory::slot);
        divided = new Dialog<>(sections, "divided by", SumStory::slot);
        names = sections.lines("name");
        things = sections.lines("things");
        equations = new Dialog<>(sections, "equation", Equation::slot);
        expressions = new Dialog<>(sections, "expression", Expression::slot);
        percent = new Dialog<>(sections, "percent", InWords::slot);
        square = new Dialog<>(sections, "square", InWords::slot);
        half = new Dialog<>(sections, "half", InWords::slot);
        twice = new Dialog<>(sections, "twice", InWords::slot);
    }

    Exchange arithmetic(Draw draw) {
        Sum sum = switch (draw.between(1, 4)) {
            case 1 -> Sum.draw(draw, 20, 10);
            case 2, 3 -> Sum.draw(draw, 99, 20);
            default -> Sum.draw(draw, 999, 99);
        };
        boolean told = sum.isOfSeveral() && draw.percent(draw.split() == Split.TRAIN ? TRAINING_STORIES_PERCENT : STORIES_PERCENT);
        return told ? exchange(draw, stories(sum.operator()), SumStory.of(sum, draw, names, things), sum) : exchange(draw, sums, sum, sum);
    }

    private static <C> Exchange exchange(Draw draw, Dialog<C> dialog, C context, Sum sum) {
        return new Exchange(Exchange.Kind.ARITHMETIC, dialog.question(draw, context),
                computed(sum.expression(), sum.result(), dialog.reply(draw, context)), new Answer.LastNumber(sum.result()));
    }

    private Dialog<SumStory> stories(Sum.Operator operator) {
        return switch (operator) {
            case PLUS -> plus;
            case MINUS -> minus;
            case TIMES -> times;
            case DIVIDED -> divided;
        };
    }

    Exchange equation(Draw draw) {
        Equation equation = Equation.draw(draw);
        String expression = "(" + equation.result() + (equation.offset() > 0 ? " - " : " + ") + Math.abs(equation.offset()) + ") / "
                + equation.factor();
        return new Exchange(Exchange.Kind.EQUATION, equations.question(draw, equation),
                computed(expression, equation.x(), equations.reply(draw, equation)), new Answer.ValueOfX(equation.x()));
    }

    /// What people type into a calculator.
    Exchange expression(Draw draw) {
        if (draw.percent(IN_WORDS_PERCENT)) {
            return inWords(draw);
        }
        Expression expression = Expression.draw(draw);
        return exchange(expressions.question(draw, expression), expression, expressions.reply(draw, expression));
    }

    private Exchange inWords(Draw draw) {
        InWords numbers = InWords.draw(draw);
        return switch (draw.between(1, 4)) {
            case 1 -> inWords(draw, percent, numbers, Expression.of(List.of(numbers.a, 100, numbers.b), List.of(DIVIDED, TIMES)));
            case 2 -> inWords(draw, square, numbers, Expression.of(List.of(numbers.a, numbers.a), List.of(TIMES)));
            case 3 -> inWords(draw, half, numbers, Expression.of(List.of(numbers.a, 2), List.of(DIVIDED)));
            default -> inWords(draw, twice, numbers, Expression.of(List.of(2, numbers.a), List.of(TIMES)));
        };
    }

    private Exchange inWords(Draw draw, Dialog<InWords> dialog, InWords numbers, Expression expression) {
        return exchange(dialog.question(draw, numbers), expression, expressions.reply(draw, expression));
    }

    private static Exchange exchange(String question, Expression expression, String reply) {
        return new Exchange(Exchange.Kind.EXPRESSION, question,
                new Assistant(new Part.Python(expression.call()), new Part.PythonOutput(expression.result()), new Part.Text(reply)),
                new Answer.LastDecimal(expression.result()));
    }

    private static Assistant computed(String expression, int result, String reply) {
        return new Assistant(new Part.Python(expression), new Part.PythonOutput("" + result), new Part.Text(reply));
    }
}
