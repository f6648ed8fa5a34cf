package nanochat.data.corpus;

import java.util.List;
import java.util.Optional;

/// An exercise with two operands and a whole, non-negative result.
record Sum(int left, Operator operator, int right) {
    /// The four operations, and how they are read.
    enum Operator {
        PLUS('+', "plus"), MINUS('-', "minus"), TIMES('*', "times"), DIVIDED('/', "divided by");

        private final char sign;
        private final String word;

        Operator(char sign, String word) {
            this.sign = sign;
            this.word = word;
        }

        char sign() {
            return sign;
        }

        String word() {
            return word;
        }

        /// The operator that is written so.
        static Operator of(char sign) {
            return OPERATORS.stream().filter(operator -> operator.sign == sign).findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no operator is written " + sign));
        }
    }

    static final List<Operator> OPERATORS = List.of(Operator.values());

    Sum {
        if (left < 0 || right < 0 || !isWhole(left, operator, right)) {
            throw new IllegalArgumentException(left + " " + operator + " " + right + " has no whole, non-negative result");
        }
    }

    private static boolean isWhole(int left, Operator operator, int right) {
        return switch (operator) {
            case PLUS, TIMES -> true;
            case MINUS -> left >= right;
            case DIVIDED -> right > 0 && left % right == 0;
        };
    }

    /// The sum of two operands that are not negative; nothing where its result would be negative or not whole.
    static Optional<Sum> of(int left, Operator operator, int right) {
        return isWhole(left, operator, right) ? Optional.of(new Sum(left, operator, right)) : Optional.empty();
    }

    /// A sum of the split's operands: up to `largest` in sums and differences, up to `largestFactor` in products and quotients.
    static Sum draw(Draw draw, int largest, int largestFactor) {
        while (true) {
            Sum sum = any(draw, largest, largestFactor);
            if (draw.allows(sum.key())) {
                return sum;
            }
        }
    }

    private static Sum any(Draw draw, int largest, int largestFactor) {
        Operator operator = draw.of(OPERATORS);
        boolean additive = operator == Operator.PLUS || operator == Operator.MINUS;
        int a = draw.between(0, additive ? largest : largestFactor);
        int b = draw.between(operator == Operator.DIVIDED ? 1 : 0, additive ? largest : largestFactor);
        return switch (operator) {
            case PLUS, TIMES -> new Sum(a, operator, b);
            case MINUS -> new Sum(Math.max(a, b), operator, Math.min(a, b));
            case DIVIDED -> new Sum(a * b, operator, b);
        };
    }

    /// Tells this sum from all others; decides whether it is held out.
    long key() {
        return ((long) left * 10_000 + right) * 128 + operator.sign();
    }

    int result() {
        return switch (operator) {
            case PLUS -> left + right;
            case MINUS -> left - right;
            case TIMES -> left * right;
            case DIVIDED -> left / right;
        };
    }

    /// Whether one can tell a story of it in the plural: all three numbers are above one.
    boolean isOfSeveral() {
        return left > 1 && right > 1 && result() > 1;
    }

    /// `7 + 5`, the expression a calculator understands.
    String expression() {
        return left + " " + operator.sign() + " " + right;
    }

    static Template.Slot<Sum> slot(String name) {
        return switch (name) {
            case "expression" -> (sum, out) -> out.append(sum.expression());
            case "left" -> (sum, out) -> out.append(sum.left);
            case "right" -> (sum, out) -> out.append(sum.right);
            case "sign" -> (sum, out) -> out.append(sum.operator.sign());
            case "word" -> (sum, out) -> out.append(sum.operator.word());
            case "result" -> (sum, out) -> out.append(sum.result());
            default -> throw new IllegalArgumentException("a sum has no slot " + name);
        };
    }
}
