package nanochat.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.io.BadInputException;

/// A problem in words whose solution ends with a number, as GSM8K has them.
///
/// @param solution its calculations stand in it as `<<expression=result>>`, before the result is told; the number follows `#### `
public record MathProblem(String question, String solution) {
    private static final Pattern CALCULATION = Pattern.compile("<<([^>]+)>>");
    private static final Pattern FINAL_ANSWER = Pattern.compile("#### (-?[0-9.,]+)");

    /// @throws BadInputException when there is no number at the end of the solution
    public MathProblem {
        if (finalAnswer(solution).isEmpty()) {
            throw new BadInputException("the solution has no final answer after '#### '");
        }
    }

    /// The number after the first `#### `, without its commas.
    public static Optional<String> finalAnswer(String text) {
        Matcher answer = FINAL_ANSWER.matcher(text);
        return answer.find() ? Optional.of(answer.group(1).replace(",", "")) : Optional.empty();
    }

    /// Whether a reply's final answer is the solution's.
    public boolean isSolvedBy(String reply) {
        return finalAnswer(reply).equals(finalAnswer(solution));
    }

    /// The question and its solution, every calculation done by the tool.
    public Conversation conversation() {
        List<Part> parts = new ArrayList<>();
        Matcher calculation = CALCULATION.matcher(solution);
        int end = 0;
        while (calculation.find()) {
            addText(solution.substring(end, calculation.start()), parts);
            String inner = calculation.group(1);
            int equals = inner.lastIndexOf('=');
            parts.add(new Part.Python(equals < 0 ? inner : inner.substring(0, equals)));
            parts.add(new Part.PythonOutput(equals < 0 ? "" : inner.substring(equals + 1)));
            end = calculation.end();
        }
        addText(solution.substring(end), parts);
        return new Conversation(List.of(new Message.User(question), new Message.Assistant(parts)));
    }

    private static void addText(String text, List<Part> parts) {
        if (!text.isEmpty()) {
            parts.add(new Part.Text(text));
        }
    }
}
