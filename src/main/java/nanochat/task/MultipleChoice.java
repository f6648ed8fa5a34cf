package nanochat.task;

import java.util.List;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.io.BadInputException;

/// A question of which one of several answers is right.
///
/// @param choices the answers to choose from
/// @param letters what each one is called
/// @param correct the letter of the right one
public record MultipleChoice(String question, List<String> choices, List<String> letters, String correct) {
    /// @throws BadInputException when not every choice has a letter, there is nothing to choose from, or no choice is the right one
    public MultipleChoice {
        choices = List.copyOf(choices);
        letters = List.copyOf(letters);
        if (choices.size() != letters.size() || choices.size() < 2) {
            throw new BadInputException("there are " + choices.size() + " choices with " + letters.size() + " letters");
        }
        if (!letters.contains(correct)) {
            throw new BadInputException("the right answer is '" + correct + "', which is none of " + letters);
        }
    }

    /// The letter stands after its choice and without a space before it: small models bind it better so, and it is the very token that
    /// they have to answer with.
    public Conversation conversation() {
        StringBuilder prompt = new StringBuilder("Multiple Choice question: ").append(question).append('\n');
        for (int i = 0; i < choices.size(); i++) {
            prompt.append("- ").append(choices.get(i)).append('=').append(letters.get(i)).append('\n');
        }
        prompt.append("\nRespond only with the letter of the correct answer.");
        return new Conversation(List.of(new Message.User(prompt.toString()), new Message.Assistant(correct)));
    }
}
