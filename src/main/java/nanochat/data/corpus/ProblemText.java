package nanochat.data.corpus;

import java.util.List;
import java.util.Map;

/// A word problem that is being told: its numbers by their letters, its solution, and who and what it is about.
record ProblemText(Map<String, Integer> numbers, List<Sum> steps, Scene scene) {
    private static final String TIMES = "times ";

    /// What fills a slot: `a` a number, `times a` the same as "twice" or "3 times", `result` what the last step gives, else a word of the
    /// cast.
    ///
    /// @throws IllegalArgumentException when the name is none of these
    static Template.Slot<ProblemText> slot(String name, Cast cast) {
        if (name.length() == 1) {
            return (problem, out) -> out.append(problem.number(name));
        }
        if (name.startsWith(TIMES)) {
            String letter = name.substring(TIMES.length());
            return (problem, out) -> out.append(times(problem.number(letter)));
        }
        if (name.equals("result")) {
            return (problem, out) -> out.append(problem.steps.getLast().result());
        }
        Template.Slot<Scene> word = cast.slot(name).orElseThrow(() -> new IllegalArgumentException("a word problem has no slot " + name));
        return (problem, out) -> word.append(problem.scene, out);
    }

    private int number(String letter) {
        Integer number = numbers.get(letter);
        if (number == null) {
            throw new IllegalStateException("problems.txt: a line speaks of the number '" + letter + "', which its frame does not have");
        }
        return number;
    }

    private static String times(int number) {
        return number == 2 ? "twice" : number + " times";
    }
}
