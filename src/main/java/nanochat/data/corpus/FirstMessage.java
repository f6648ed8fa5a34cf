package nanochat.data.corpus;

import java.util.List;

/// What somebody types first, and what a right reply to it says. They are in `first-messages.txt`, one a line.
///
/// @param rule the right side of the line: `honest`, `says REGEX`, `honest or says REGEX`
public record FirstMessage(String text, String rule) {
    private static final String ARROW = " => ";
    private static final String HONEST = "honest";
    private static final String SAYS = "says ";

    /// All of them, in the order of the file.
    public static List<FirstMessage> all() {
        return Resource.lines("first-messages.txt").stream().map(FirstMessage::parse).toList();
    }

    private static FirstMessage parse(String line) {
        int arrow = line.lastIndexOf(ARROW);
        return new FirstMessage(line.substring(0, arrow), line.substring(arrow + ARROW.length()));
    }

    /// What a right reply says.
    ///
    /// @throws IllegalStateException when the rule is none of the three
    public Answer answer() {
        if (rule.equals(HONEST)) {
            return new Answer.Honest();
        }
        if (rule.startsWith(SAYS)) {
            return new Answer.Says(rule.substring(SAYS.length()));
        }
        String either = HONEST + " or " + SAYS;
        if (rule.startsWith(either)) {
            return new Answer.Either(new Answer.Honest(), new Answer.Says(rule.substring(either.length())));
        }
        throw new IllegalStateException("the rule '" + rule + "' for '" + text + "' is neither honest nor says");
    }
}
