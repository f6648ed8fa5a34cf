package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Part;

/// A word problem without its numbers, people and things: a section of `problems.txt`, whose first lines explain it.
final class ProblemFrame {
    private record Range(int low, int high) {}

    private static final String NUMBERS = "numbers ";
    private static final String STEP = "step ";
    private static final Pattern NUMBER = Pattern.compile("([a-z]) (\\d+)-(\\d+)");
    /// Of numbers drawn at random, one in twenty belongs to a split that is held out, and for a quotient one in a few divides the other.
    private static final int MOST_DRAWS = 1_000_000;

    private final String name;
    private final Map<String, Range> numbers = new TreeMap<>();
    private final List<ProblemStep> steps = new ArrayList<>();
    private final Dialog<ProblemText> dialog;

    /// @throws IllegalStateException when a line is not as `problems.txt` says
    ProblemFrame(String name, List<String> lines, Cast cast) {
        this.name = name;
        List<String> said = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(NUMBERS)) {
                parseNumbers(line);
            } else if (line.startsWith(STEP)) {
                steps.add(ProblemStep.parse(line, cast));
            } else {
                said.add(line);
            }
        }
        if (numbers.isEmpty() || steps.isEmpty()) {
            throw new IllegalStateException("problems.txt: section [" + name + "] needs its numbers and at least one step");
        }
        dialog = new Dialog<>(name, said, slot -> ProblemText.slot(slot, cast));
    }

    private void parseNumbers(String line) {
        for (String each : line.substring(NUMBERS.length()).split(", ", -1)) {
            Matcher matcher = NUMBER.matcher(each);
            if (!matcher.matches()) {
                throw new IllegalStateException("problems.txt: '" + line + "' is no line such as 'numbers a 3-40, b 2-20'");
            }
            numbers.put(matcher.group(1), new Range(Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3))));
        }
    }

    /// How many steps its solution takes.
    int steps() {
        return steps.size();
    }

    /// A problem with numbers and words of the split.
    WordProblem problem(Draw draw) {
        ProblemText text = text(draw);
        return problem(draw, text, dialog.question(draw, text));
    }

    /// The same, in words for training by rewards.
    WordProblem practice(Draw draw) {
        ProblemText text = text(draw);
        return problem(draw, text, dialog.practice(draw, text));
    }

    private WordProblem problem(Draw draw, ProblemText text, String question) {
        return new WordProblem(name, steps(), question, reply(draw, text), new Answer.LastNumber(text.steps().getLast().result()));
    }

    private ProblemText text(Draw draw) {
        for (int i = 0; i < MOST_DRAWS; i++) {
            Map<String, Integer> drawn = new HashMap<>();
            numbers.forEach((letter, range) -> drawn.put(letter, draw.between(range.low(), range.high())));
            Optional<List<Sum>> sums = solve(drawn);
            if (sums.isPresent() && allows(draw, sums.get())) {
                return new ProblemText(drawn, sums.get(), new Scene(draw, 0));
            }
        }
        throw new IllegalStateException("problems.txt: the numbers of [" + name + "] leave none for " + draw.split());
    }

    /// The steps with these numbers; nothing where one of them is not whole, or less than two.
    private Optional<List<Sum>> solve(Map<String, Integer> drawn) {
        List<Sum> sums = new ArrayList<>();
        for (ProblemStep step : steps) {
            OptionalInt it = sums.isEmpty() ? OptionalInt.empty() : OptionalInt.of(sums.getLast().result());
            Optional<Sum> sum = step.sum(drawn, it);
            if (sum.isEmpty()) {
                return Optional.empty();
            }
            sums.add(sum.get());
        }
        return Optional.of(sums);
    }

    /// A problem belongs to the split of all its steps together. Training also leaves out those of which one step is held out by itself: a sum
    /// that validation or tests ask for is nowhere worked out in training.
    private static boolean allows(Draw draw, List<Sum> sums) {
        return draw.allows(key(sums)) && (draw.split() != Split.TRAIN || sums.stream().allMatch(sum -> draw.allows(sum.key())));
    }

    /// Tells the calculations of a problem from all others; of one step, the key of its sum.
    static long key(List<Sum> sums) {
        long key = 0;
        for (Sum sum : sums) {
            key = key * 1_000_000_007L + sum.key();
        }
        return key;
    }

    /// `First add both: `, the call, its result, `12 + 5 = 17. Then ...`: as in the replies to sums, an equation follows its call.
    private Assistant reply(Draw draw, ProblemText text) {
        List<Part> parts = new ArrayList<>();
        StringBuilder said = new StringBuilder();
        for (int i = 0; i < steps.size(); i++) {
            Sum sum = text.steps().get(i);
            steps.get(i).thought().append(text, said);
            parts.add(new Part.Text(said.append(": ").toString()));
            parts.add(new Part.Python(sum.expression()));
            parts.add(new Part.PythonOutput("" + sum.result()));
            said.setLength(0);
            said.append(sum.expression()).append(" = ").append(sum.result()).append(". ");
        }
        parts.add(new Part.Text(said + dialog.reply(draw, text)));
        return new Assistant(parts);
    }
}
