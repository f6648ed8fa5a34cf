package nanochat.chat.terminal;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What the user can type instead of a message, in the order of the help.
enum SlashCommand {
    HELP("/help", "", "what you can type here"), //
    CLEAR("/clear", "", "start a new conversation"), //
    RETRY("/retry", "", "answer the last message again, with other draws"), //
    SYSTEM("/system", "[TEXT]", "show or set what the model reads first; - removes it"), //
    TEMPERATURE("/temperature", "[T]", "show or set how freely words are drawn; 0: always the likeliest"), //
    SAVE("/save", "FILE", "add the conversation to a file of conversations (.jsonl)"), //
    LOAD("/load", "FILE", "continue the last conversation of such a file"), //
    QUIT("/quit", "", "leave, as Ctrl-D does");

    private final String word;
    private final String argument;
    private final String help;

    SlashCommand(String word, String argument, String help) {
        this.word = word;
        this.argument = argument;
        this.help = help;
    }

    /// What the user types, slash included.
    String word() {
        return word;
    }

    /// What may follow it, as the help has it; nothing where it takes none.
    String argument() {
        return argument;
    }

    String help() {
        return help;
    }

    static Optional<SlashCommand> of(String word) {
        return Arrays.stream(values()).filter(command -> command.word.equals(word)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(SlashCommand::word).toList();
    }
}
