package nanochat.data.corpus;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// An exercise in signs: two to four numbers, some of them in parentheses, as somebody types it.
///
/// @param typed `17x6+2`, `(3 + 4) ÷ 2`
/// @param call the same for the calculator, which has one sign for each operation; spaced as it was typed, so that most of it can be copied
/// @param result what the calculator makes of it
record Expression(String typed, String call, String result) {
    private static final int LONGEST_RESULT = 8;

    /// A quotient of whole numbers in lowest terms, its denominator above zero. Dividing by zero and numbers that a double does not hold are
    /// an `ArithmeticException`.
    private record Quotient(long numerator, long denominator) {
        private static final long LARGEST = 1L << 53;

        private static Quotient of(long numerator, long denominator) {
            if (denominator == 0 || Math.abs(numerator) > LARGEST || Math.abs(denominator) > LARGEST) {
                throw new ArithmeticException(numerator + "/" + denominator);
            }
            long divisor = gcd(Math.abs(numerator), Math.abs(denominator)) * (denominator < 0 ? -1 : 1);
            return new Quotient(numerator / divisor, denominator / divisor);
        }

        private static long gcd(long a, long b) {
            return b == 0 ? a : gcd(b, a % b);
        }

        private static Quotient of(BigDecimal decimal) {
            return of(decimal.unscaledValue().longValueExact(), BigDecimal.TEN.pow(decimal.scale()).longValueExact());
        }

        private Quotient apply(Sum.Operator operator, Quotient right) {
            return switch (operator) {
                case PLUS -> sum(right.numerator, right.denominator);
                case MINUS -> sum(-right.numerator, right.denominator);
                case TIMES -> of(Math.multiplyExact(numerator, right.numerator), Math.multiplyExact(denominator, right.denominator));
                case DIVIDED -> of(Math.multiplyExact(numerator, right.denominator), Math.multiplyExact(denominator, right.numerator));
            };
        }

        private Quotient sum(long addend, long itsDenominator) {
            return of(Math.addExact(Math.multiplyExact(numerator, itsDenominator), Math.multiplyExact(addend, denominator)),
                    Math.multiplyExact(denominator, itsDenominator));
        }

        /// As the calculator prints it: a whole number, or the shortest decimal that tells its double apart.
        private String print() {
            return denominator == 1
                    ? Long.toString(numerator)
                    : new BigDecimal(Double.toString((double) numerator / denominator)).stripTrailingZeros().toPlainString();
        }
    }

    /// Numbers with an operator between each two, and what stands in parentheses.
    ///
    /// @param first number in the parentheses
    /// @param last number in the parentheses; before the first where there are none
    private record Terms(List<BigDecimal> numbers, List<Sum.Operator> operators, int first, int last) {
        private Quotient value() {
            List<Quotient> values = new ArrayList<>(numbers.stream().map(Quotient::of).toList());
            List<Sum.Operator> left = new ArrayList<>(operators);
            if (first < last) {
                Quotient inner = value(new ArrayList<>(values.subList(first, last + 1)), new ArrayList<>(left.subList(first, last)));
                values.subList(first, last + 1).clear();
                values.add(first, inner);
                left.subList(first, last).clear();
            }
            return value(values, left);
        }

        /// Products and quotients before sums and differences, each from left to right.
        private static Quotient value(List<Quotient> values, List<Sum.Operator> operators) {
            for (boolean products : new boolean[]{true, false}) {
                for (int i = 0; i < operators.size();) {
                    Sum.Operator operator = operators.get(i);
                    if (products == (operator == Sum.Operator.TIMES || operator == Sum.Operator.DIVIDED)) {
                        values.set(i, values.get(i).apply(operator, values.remove(i + 1)));
                        operators.remove(i);
                    } else {
                        i++;
                    }
                }
            }
            return values.getFirst();
        }

        private String write(String space, Signs signs) {
            StringBuilder out = new StringBuilder();
            for (int i = 0; i < numbers.size(); i++) {
                if (i > 0) {
                    out.append(space).append(signs.of(operators.get(i - 1))).append(space);
                }
                out.append(first < last && i == first ? "(" : "").append(numbers.get(i).toPlainString()).append(first < last && i == last
                        ? ")"
                        : "");
            }
            return out.toString();
        }
    }

    /// How somebody writes the operations.
    private record Signs(String plus, String minus, String times, String divided) {
        private static final Signs CALCULATOR = new Signs("+", "-", "*", "/");
        private static final List<String> TIMES = List.of("*", "*", "*", "x", "x", "×");
        private static final List<String> DIVIDED = List.of("/", "/", "/", "÷");
        private static final Signs WORDS = new Signs("plus", "minus", "times", "divided by");

        private static Signs draw(Draw draw) {
            return new Signs("+", "-", draw.of(TIMES), draw.of(DIVIDED));
        }

        private String of(Sum.Operator operator) {
            return switch (operator) {
                case PLUS -> plus;
                case MINUS -> minus;
                case TIMES -> times;
                case DIVIDED -> divided;
            };
        }
    }

    /// What two or more whole numbers make, for questions that put it in other words.
    static Expression of(List<Integer> numbers, List<Sum.Operator> operators) {
        Terms terms = new Terms(numbers.stream().map(BigDecimal::valueOf).toList(), operators, 0, -1);
        String call = terms.write(" ", Signs.CALCULATOR);
        return new Expression(call, call, terms.value().print());
    }

    /// An expression that belongs to the split.
    static Expression draw(Draw draw) {
        while (true) {
            Terms terms = terms(draw);
            String key = terms.write("", Signs.CALCULATOR);
            if (draw.allows(key.hashCode())) {
                Optional<String> result = result(terms).filter(digits -> digits.length() <= LONGEST_RESULT || draw.percent(10));
                if (result.isPresent()) {
                    return written(draw, terms, result.get());
                }
            }
        }
    }

    private static Expression written(Draw draw, Terms terms, String result) {
        boolean words = terms.first > terms.last && draw.percent(12);
        String space = words || draw.percent(40) ? " " : "";
        return new Expression(terms.write(space, words ? Signs.WORDS : Signs.draw(draw)), terms.write(space, Signs.CALCULATOR), result);
    }

    private static Optional<String> result(Terms terms) {
        try {
            return Optional.of(terms.value().print());
        } catch (ArithmeticException byZeroOrTooLarge) {
            return Optional.empty();
        }
    }

    private static Terms terms(Draw draw) {
        int count = draw.percent(45) ? 2 : draw.percent(65) ? 3 : 4;
        boolean decimals = draw.percent(12);
        int largest = draw.percent(45) ? 12 : draw.percent(60) ? 99 : draw.percent(70) ? 999 : 9999;
        List<BigDecimal> numbers = new ArrayList<>();
        List<Sum.Operator> operators = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                operators.add(draw.of(Sum.OPERATORS));
            }
            boolean divisor = i > 0 && operators.getLast() == Sum.Operator.DIVIDED;
            numbers.add(number(draw, divisor ? 1 : 0, divisor && draw.percent(70) ? Math.min(largest, 10) : largest, decimals));
        }
        boolean parentheses = count > 2 && draw.percent(40);
        int first = parentheses ? draw.between(0, count - 2) : 0;
        int last = parentheses ? draw.between(first + 1, first == 0 ? count - 2 : count - 1) : -1;
        return new Terms(List.copyOf(numbers), List.copyOf(operators), first, last);
    }

    private static BigDecimal number(Draw draw, int smallest, int largest, boolean decimals) {
        int whole = draw.between(smallest, largest);
        if (!decimals || draw.percent(40)) {
            return BigDecimal.valueOf(whole);
        }
        return draw.percent(70)
                ? BigDecimal.valueOf(whole * 10L + draw.between(1, 9), 1)
                : BigDecimal.valueOf(whole * 100L + draw.between(1,
                        99), 2);
    }

    static Template.Slot<Expression> slot(String name) {
        return switch (name) {
            case "expression" -> (expression, out) -> out.append(expression.typed);
            case "result" -> (expression, out) -> out.append(expression.result);
            default -> throw new IllegalArgumentException("an expression has no slot " + name);
        };
    }
}
