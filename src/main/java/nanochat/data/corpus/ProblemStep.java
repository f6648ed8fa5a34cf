package nanochat.data.corpus;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A step of the solution of a word problem: two operands, each a number of the problem by its letter or `it`, the result of the step before.
///
/// @param thought what leads to it, in words
record ProblemStep(String left, Sum.Operator operator, String right, Template<ProblemText> thought) {
    private static final Pattern LINE = Pattern.compile("step ([a-z]|it) ([-+*/]) ([a-z]|it): (.+)");

    /// Reads a line such as `step it - c: Then take away those who get off`.
    static ProblemStep parse(String line, Cast cast) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalStateException("problems.txt: '" + line
                    + "' is no step such as 'step it - c: Then take away those who get off'");
        }
        return new ProblemStep(matcher.group(1), Sum.Operator.of(matcher.group(2).charAt(0)), matcher.group(3),
                Template.parse(matcher.group(4), name -> ProblemText.slot(name, cast)));
    }

    /// This step with the numbers of a problem; nothing where its result would not be whole, or less than two.
    ///
    /// @param it the result of the step before, where there is one
    Optional<Sum> sum(Map<String, Integer> numbers, OptionalInt it) {
        return Sum.of(operand(left, numbers, it), operator, operand(right, numbers, it)).filter(Sum::isOfSeveral);
    }

    private static int operand(String name, Map<String, Integer> numbers, OptionalInt it) {
        Optional<Integer> number = Optional.ofNullable(numbers.get(name));
        return number.orElseGet(() -> it.orElseThrow(() -> new IllegalStateException("problems.txt: a step speaks of '" + name
                + "' before there is one")));
    }
}
