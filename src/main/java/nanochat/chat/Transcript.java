package nanochat.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.TokenList;
import nanochat.tokenizer.Tokenizer;

/// What has been said, and how the model reads it. Immutable.
///
/// @param system instructions that the model reads before the first message it reads
/// @param turns messages of the user and their answers; only the last may be without one
/// @param forgotten how many of the turns, the oldest, the model no longer reads
record Transcript(Optional<String> system, List<Turn> turns, int forgotten) {
    /// Stands between the system message and a text to go on with, as [Rendering] has it between the system message and the user's.
    private static final String BLANK_LINE = "\n\n";

    /// @param answer absent where the model has not said anything to it
    record Turn(String user, Optional<Answer> answer) {}

    Transcript {
        turns = List.copyOf(turns);
    }

    static Transcript empty(Optional<String> system) {
        return new Transcript(system, List.of(), 0);
    }

    /// A conversation that took place elsewhere.
    static Transcript of(Conversation conversation, Rendering rendering) {
        Optional<String> system = Optional.empty();
        List<Turn> turns = new ArrayList<>();
        for (Message message : conversation.messages()) {
            switch (message) {
                case Message.SystemPrompt(String text) -> system = Optional.of(text);
                case Message.User(String text) -> turns.add(new Turn(text, Optional.empty()));
                case Message.Assistant answer -> {
                    String user = turns.removeLast().user();
                    turns.add(new Turn(user, Optional.of(new Answer(answer, tokens(user, answer, rendering)))));
                }
            }
        }
        return new Transcript(system, turns, 0);
    }

    /// What stands between assistant_start and assistant_end.
    private static int[] tokens(String user, Message.Assistant answer, Rendering rendering) {
        Conversation turn = new Conversation(List.of(new Message.User(user), answer));
        int[] all = rendering.render(turn).tokens();
        return Arrays.copyOfRange(all, rendering.completionPrompt(turn).length, all.length - 1);
    }

    Conversation conversation() {
        List<Message> messages = new ArrayList<>();
        system.ifPresent(text -> messages.add(new Message.SystemPrompt(text)));
        for (Turn turn : turns) {
            messages.add(new Message.User(turn.user()));
            turn.answer().ifPresent(answer -> messages.add(answer.message()));
        }
        return new Conversation(messages);
    }

    Transcript withSystem(Optional<String> instructions) {
        return new Transcript(instructions, turns, forgotten);
    }

    Transcript with(Turn next) {
        List<Turn> more = new ArrayList<>(turns);
        more.add(next);
        return new Transcript(system, more, forgotten);
    }

    Transcript withoutLastTurn() {
        return new Transcript(system, turns.subList(0, turns.size() - 1), Math.min(forgotten, turns.size() - 1));
    }

    Transcript withForgotten(int oldest) {
        return new Transcript(system, turns, oldest);
    }

    /// The tokens that a model which takes turns reads before it answers `message`. The turns have answers.
    int[] prompt(String message, Rendering rendering) {
        TokenList tokens = new TokenList(256);
        for (Turn turn : turns.subList(forgotten, turns.size())) {
            append(tokens, turn.user(), rendering);
            for (int token : turn.answer().orElseThrow().tokens()) {
                tokens.accept(token);
            }
            tokens.accept(rendering.tokenizer().id(SpecialToken.ASSISTANT_END));
        }
        append(tokens, message, rendering);
        return tokens.toArray();
    }

    /// Appends a message up to where the answer begins; bos and the system message come before the first one only.
    private void append(TokenList tokens, String message, Rendering rendering) {
        List<Message> messages = new ArrayList<>();
        if (tokens.size() == 0) {
            system.ifPresent(text -> messages.add(new Message.SystemPrompt(text)));
        }
        messages.add(new Message.User(message));
        int[] rendered = rendering.completionPrompt(new Conversation(messages));
        for (int i = tokens.size() == 0 ? 0 : 1; i < rendered.length; i++) {
            tokens.accept(rendered[i]);
        }
    }

    /// The tokens that any other model goes on with: `message` as the beginning of a document.
    int[] beginning(String message, Tokenizer tokenizer) {
        TokenList tokens = new TokenList(256);
        tokens.accept(tokenizer.id(SpecialToken.BOS));
        for (int token : tokenizer.encode(system.map(text -> text + BLANK_LINE + message).orElse(message))) {
            tokens.accept(token);
        }
        return tokens.toArray();
    }
}
