package nanochat.data.corpus;

import java.util.List;
import nanochat.conversation.Message;

/// A problem in words and its solution by the calculator.
///
/// @param frame which of the frames of `problems.txt` it is made from
/// @param steps how many calculations its solution takes: one or two
/// @param question what the user asks
/// @param reply the solution: each step as a thought, a call of the calculator and the equation, and the answer in a sentence
/// @param answer what any right reply has to say: its last number
public record WordProblem(String frame, int steps, String question, Message.Assistant reply, Answer answer) {
    /// The question and the solution.
    public List<Message> messages() {
        return List.of(new Message.User(question), reply);
    }
}
