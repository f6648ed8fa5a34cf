package nanochat.engine.tool;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Optional;

/// What the model's tool call can compute, and nothing else: arithmetic (numbers, `+ - * /`, parentheses, signs) and what [TextCall] knows
/// of the letters of a text, `"text".count("part")` first of all.
///
/// Arithmetic is exact, in fractions: 0.1+0.2 is 0.3 and 10/3*3 is 10. An integral result prints without a decimal point; any other as the
/// shortest decimal that tells its double apart (0.3333333333333333), never with an exponent. Commas in numbers are dropped. Whatever does not fit
/// this grammar, divides by zero, or exceeds the limits has no result. Nothing is ever thrown, and the limits keep every call far below a millisecond's
/// worth of digits.
public final class Calculator {
    private static final int LONGEST_EXPRESSION = 512;
    private static final int LONGEST_RESULT = 64;
    private static final int DEEPEST_NESTING = 64;
    /// More than a double tells apart.
    private static final MathContext QUOTIENT_DIGITS = new MathContext(40);

    private final TextCursor text;
    private int depth;

    private Calculator(String text) {
        this.text = new TextCursor(text);
    }

    /// The result as the model reads it, or nothing.
    public static Optional<String> evaluate(String expression) {
        if (expression.length() > LONGEST_EXPRESSION) {
            return Optional.empty();
        }
        String trimmed = expression.strip();
        Optional<String> result = TextCall.isOne(trimmed)
                ? TextCall.evaluate(trimmed)
                : new Calculator(trimmed.replace(",", "")).arithmetic();
        return result.filter(digits -> digits.length() <= LONGEST_RESULT);
    }

    /// A rational number; the denominator is positive and prime to the numerator.
    private record Fraction(BigInteger numerator, BigInteger denominator) {
        static Fraction of(BigInteger numerator, BigInteger denominator) {
            BigInteger divisor = numerator.gcd(denominator);
            BigInteger signed = denominator.signum() < 0 ? divisor.negate() : divisor;
            return new Fraction(numerator.divide(signed), denominator.divide(signed));
        }

        static Fraction of(BigDecimal decimal) {
            return decimal.scale() <= 0
                    ? new Fraction(decimal.toBigIntegerExact(), BigInteger.ONE)
                    : of(decimal.unscaledValue(), BigInteger.TEN.pow(decimal.scale()));
        }

        Fraction plus(Fraction other) {
            return of(numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
                    denominator.multiply(other.denominator));
        }

        Fraction times(Fraction other) {
            return of(numerator.multiply(other.numerator), denominator.multiply(other.denominator));
        }

        Fraction negated() {
            return new Fraction(numerator.negate(), denominator);
        }

        Fraction inverse() {
            return of(denominator, numerator);
        }

        boolean isZero() {
            return numerator.signum() == 0;
        }

        /// As [Calculator] says; nothing for a fraction beyond the range of doubles.
        Optional<String> print() {
            if (denominator.equals(BigInteger.ONE)) {
                return Optional.of(numerator.toString());
            }
            double nearest = new BigDecimal(numerator).divide(new BigDecimal(denominator), QUOTIENT_DIGITS).doubleValue();
            return nearest == 0 || Double.isInfinite(nearest)
                    ? Optional.empty()
                    : Optional.of(new BigDecimal(Double.toString(nearest)).stripTrailingZeros().toPlainString());
        }
    }

    private Optional<String> arithmetic() {
        Optional<Fraction> value = sum();
        text.skipSpaces();
        return text.isAtEnd() ? value.flatMap(Fraction::print) : Optional.empty();
    }

    /// sum = product (("+" | "-") product)*
    private Optional<Fraction> sum() {
        Optional<Fraction> value = product();
        while (value.isPresent()) {
            if (text.take('+')) {
                Fraction left = value.get();
                value = product().map(left::plus);
            } else if (text.take('-')) {
                Fraction left = value.get();
                value = product().map(right -> left.plus(right.negated()));
            } else {
                break;
            }
        }
        return value;
    }

    /// product = factor (("*" | "/") factor)*
    private Optional<Fraction> product() {
        Optional<Fraction> value = factor();
        while (value.isPresent()) {
            if (text.take('*')) {
                Fraction left = value.get();
                value = factor().map(left::times);
            } else if (text.take('/')) {
                Fraction left = value.get();
                value = factor().filter(right -> !right.isZero()).map(right -> left.times(right.inverse()));
            } else {
                break;
            }
        }
        return value;
    }

    /// factor = ("+" | "-") factor | "(" sum ")" | number
    private Optional<Fraction> factor() {
        depth++;
        try {
            if (depth > DEEPEST_NESTING) {
                return Optional.empty();
            }
            if (text.take('-')) {
                return factor().map(Fraction::negated);
            }
            if (text.take('+')) {
                return factor();
            }
            if (text.take('(')) {
                Optional<Fraction> value = sum();
                return text.take(')') ? value : Optional.empty();
            }
            return number();
        } finally {
            depth--;
        }
    }

    /// number = digits ["." [digits]] | "." digits
    private Optional<Fraction> number() {
        text.skipSpaces();
        int start = text.position();
        int digits = text.skipDigits();
        if (text.peek() == '.') {
            text.moveTo(text.position() + 1);
            digits += text.skipDigits();
        }
        return digits == 0 ? Optional.empty() : Optional.of(Fraction.of(new BigDecimal(text.since(start))));
    }
}
